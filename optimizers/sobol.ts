// Sobol's low-discrepancy sequence, plain and scrambled. Gray-code order; the points are multiples of 2^-30.
//   v_k        direction number k of one dimension, 30 bits, as an integer
//   scramble   a random lower triangular matrix over GF(2) applied to the bits, then a random digital shift
import type { Rng } from './rng.ts'
import { SOBOL_DIRECTIONS } from './sobol-directions.ts'

/** Beyond these, coordinates are drawn uniformly instead (scrambledSobol) or refused (sobolPoints). */
export const MAX_SOBOL_DIMENSIONS = SOBOL_DIRECTIONS.length + 1

const BITS = 30
const SCALE = 2 ** -BITS

/**
 * The first points of the plain sequence, the origin included.
 * @returns row-major (count, dimensionCount), each in [0, 1)
 * @throws RangeError above MAX_SOBOL_DIMENSIONS
 */
export function sobolPoints(count: number, dimensionCount: number): Float64Array {
  if (dimensionCount > MAX_SOBOL_DIMENSIONS)
    throw new RangeError(`a Sobol sequence has at most ${MAX_SOBOL_DIMENSIONS} dimensions here`)
  const points = new Float64Array(count * dimensionCount)
  for (let j = 0; j < dimensionCount; j++) {
    fillDimension(points, count, dimensionCount, j, directionNumbers(j), 0)
  }
  return points
}

/**
 * The first points of the sequence, scrambled by a random linear matrix and a digital shift: every point is uniform, and
 * the points keep the even spread of the plain sequence (Matousek 1998, J. Complexity 14).
 * @returns row-major (count, dimensionCount), each in [0, 1); dimensions above MAX_SOBOL_DIMENSIONS are independent
 *   uniform numbers
 */
export function scrambledSobol(count: number, dimensionCount: number, rng: Rng): Float64Array {
  const points = new Float64Array(count * dimensionCount)
  for (let j = 0; j < dimensionCount; j++) {
    if (j >= MAX_SOBOL_DIMENSIONS) {
      for (let i = 0; i < count; i++) points[i * dimensionCount + j] = rng()
      continue
    }
    const directions = scrambleDirections(directionNumbers(j), rng, bitsFor(count))
    fillDimension(points, count, dimensionCount, j, directions, rng.integer(2 ** BITS))
  }
  return points
}

function fillDimension(
  points: Float64Array,
  count: number,
  stride: number,
  j: number,
  directions: Int32Array,
  shift: number,
): void {
  let bits = shift
  for (let i = 0; i < count; i++) {
    if (i > 0) bits ^= directions[trailingZeros(i)]!
    points[i * stride + j] = bits * SCALE
  }
}

/** v_1..v_30 of dimension j (0-based) by the recurrence of its polynomial (Bratley and Fox 1988, ACM TOMS 14). */
function directionNumbers(j: number): Int32Array {
  const v = new Int32Array(BITS)
  const row = j === 0 ? undefined : SOBOL_DIRECTIONS[j - 1]
  if (row === undefined) {
    for (let k = 0; k < BITS; k++) v[k] = 2 ** (BITS - 1 - k)
    return v
  }
  const [polynomial, ...initial] = row
  const degree = initial.length
  for (let k = 0; k < degree; k++) v[k] = initial[k]! * 2 ** (BITS - 1 - k)
  for (let k = degree; k < BITS; k++) {
    let next = v[k - degree]! ^ (v[k - degree]! >> degree)
    for (let i = 1; i < degree; i++) if ((polynomial >> (degree - i)) & 1) next ^= v[k - i]!
    v[k] = next
  }
  return v
}

/** Every direction number times one random lower triangular matrix with a unit diagonal. Only the first `used`. */
function scrambleDirections(directions: Int32Array, rng: Rng, used: number): Int32Array {
  // Row r gives output bit r (the highest is 0): itself, and a random half of the bits above it
  const rows = new Int32Array(BITS)
  for (let r = 0; r < BITS; r++) {
    const above = r === 0 ? 0 : rng.integer(2 ** r) * 2 ** (BITS - r)
    rows[r] = above | (2 ** (BITS - 1 - r))
  }
  const scrambled = new Int32Array(BITS)
  for (let k = 0; k < used; k++) {
    let value = 0
    for (let r = 0; r < BITS; r++) value = value * 2 + parity(rows[r]! & directions[k]!)
    scrambled[k] = value
  }
  return scrambled
}

function parity(bits: number): number {
  let x = bits ^ (bits >>> 16)
  x ^= x >>> 8
  x ^= x >>> 4
  x ^= x >>> 2
  x ^= x >>> 1
  return x & 1
}

function trailingZeros(i: number): number {
  return 31 - Math.clz32(i & -i)
}

/** How many direction numbers the first `count` points use. */
function bitsFor(count: number): number {
  return Math.min(BITS, 32 - Math.clz32(Math.max(count - 1, 1)))
}
