// A seeded permutation of 0..size-1 that needs no memory: any element is computed alone, so the first of 10^9 comes
// at once and any index can be resumed.
import { createRng } from './rng.ts'

/** Feistel halves are kept within 26 bits so that every product below stays exact. */
export const MAX_PERMUTATION_SIZE = 2 ** 52

/** @returns a bijection of the integers in [0, size) @throws RangeError when size is not in 1..MAX_PERMUTATION_SIZE */
export function createPermutation(size: number, seed: number): (index: number) => number {
  if (!Number.isInteger(size) || size < 1 || size > MAX_PERMUTATION_SIZE) {
    throw new RangeError(`a permutation of ${size} elements is out of range`)
  }
  const rng = createRng(seed, 'permutation')
  let halfBits = 1
  while (4 ** halfBits < size) halfBits += 1
  const half = 2 ** halfBits
  // 8 rounds: 4 already give a pseudo-random permutation (Luby and Rackoff 1988); tiny halves need more mixing
  const keys = Array.from({ length: 8 }, () => rng.integer(2 ** 32))
  const mixOnce = (value: number): number => {
    let left = Math.floor(value / half)
    let right = value % half
    for (const key of keys) {
      const next = left ^ (hash32(right, key) & (half - 1))
      left = right
      right = next
    }
    return left * half + right
  }
  // Cycle walking (Black and Rogaway 2002): the domain is under 4 * size, so 4 steps are expected at most
  return (index) => {
    let value = mixOnce(index)
    while (value >= size) value = mixOnce(value)
    return value
  }
}

/** MurmurHash3's finaliser over the value and the round's key. */
function hash32(value: number, key: number): number {
  let h = (value ^ key) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  h = Math.imul((h ^ (h >>> 16)) + (key | 0), 0x27d4eb2f)
  return h ^ (h >>> 15)
}
