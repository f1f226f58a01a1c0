import { describe, expect, it } from 'vitest'
import { createPermutation } from '../../../optimizers/permutation.ts'

describe('createPermutation', () => {
  it('gives every element once, for all small sizes and some large ones', () => {
    for (const size of [...Array.from({ length: 70 }, (_, i) => i + 1), 255, 256, 257, 1000, 10_000]) {
      const at = createPermutation(size, 3)
      const seen = new Uint8Array(size)
      for (let index = 0; index < size; index++) seen[at(index)] = (seen[at(index)] ?? 0) + 1
      expect(
        seen.every((count) => count === 1),
        `size ${size}`,
      ).toBe(true)
    }
  })

  it('depends on the seed and leaves the order behind', () => {
    const first = Array.from({ length: 100 }, (_, i) => createPermutation(100, 1)(i))
    const second = Array.from({ length: 100 }, (_, i) => createPermutation(100, 2)(i))
    expect(first).not.toEqual(second)
    expect(first.filter((value, index) => value === index).length).toBeLessThan(10)
  })

  it('stays inside a range of 10^15', () => {
    const at = createPermutation(1e15, 9)
    for (let index = 0; index < 1000; index++) {
      const value = at(index)
      expect(Number.isInteger(value) && value >= 0 && value < 1e15).toBe(true)
    }
  })

  it('refuses sizes it cannot permute', () => {
    expect(() => createPermutation(0, 1)).toThrow(RangeError)
    expect(() => createPermutation(2 ** 53, 1)).toThrow(RangeError)
  })
})
