import { describe, expect, it } from 'vitest'
import {
  choleskyRows,
  dot,
  inverseFromFactor,
  invertLower,
  multiplyLower,
  multiplyLowerTransposed,
  sumLogDiagonal,
} from '../../../optimizers/linear-algebra.ts'
import { createRng } from '../../../optimizers/rng.ts'

/** B B' + I, row-major. */
function positiveDefinite(n: number, seed: number): Float64Array {
  const rng = createRng(seed, 'matrix', n)
  const B = Float64Array.from({ length: n * n }, () => rng() - 0.5)
  return Float64Array.from(
    { length: n * n },
    (_, at) => dot(B, Math.floor(at / n) * n, B, (at % n) * n, n) + (at % (n + 1) === 0 ? 1 : 0),
  )
}

const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 13, 40]

describe('Cholesky', () => {
  it('gives a factor whose product is the matrix, for every remainder of the blocks', () => {
    for (const n of SIZES) {
      const A = positiveDefinite(n, 1)
      const L = A.slice()
      expect(choleskyRows(L, n, 0, n, 0)).toBe(true)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) expect(dot(L, i * n, L, j * n, j + 1)).toBeCloseTo(A[i * n + j]!, 12)
      }
    }
  })

  it('appends rows bit for bit as if they had been there', () => {
    const n = 13
    const whole = positiveDefinite(n, 2)
    const parts = whole.slice()
    choleskyRows(whole, n, 0, n, 0)
    for (let i = 0; i < n; i++) choleskyRows(parts, n, i, i + 1, 0)
    expect(parts).toEqual(whole)
  })

  it('says so when a matrix is not positive definite', () => {
    expect(choleskyRows(Float64Array.from([1, 0, 2, 1]), 2, 0, 2, 0)).toBe(false)
    expect(choleskyRows(Float64Array.from([NaN]), 1, 0, 1, 0)).toBe(false)
  })

  it('inverts, multiplies and sums logarithms', () => {
    for (const n of SIZES) {
      const A = positiveDefinite(n, 3)
      const L = A.slice()
      choleskyRows(L, n, 0, n, 0)
      const R = new Float64Array(n * n)
      const inverse = new Float64Array(n * n)
      invertLower(L, R, n, n)
      inverseFromFactor(R, inverse, n, n)
      const at = (i: number, j: number) => inverse[Math.max(i, j) * n + Math.min(i, j)]!
      const b = Float64Array.from({ length: n }, (_, i) => Math.sin(i))
      const [half, solved] = [new Float64Array(n), new Float64Array(n)]
      multiplyLower(R, n, n, b, half)
      multiplyLowerTransposed(R, n, n, half, solved)
      for (let i = 0; i < n; i++) {
        let [unit, product] = [0, 0]
        for (let k = 0; k < n; k++) {
          unit += A[i * n + k]! * at(k, 0)
          product += A[i * n + k]! * solved[k]!
        }
        expect(unit).toBeCloseTo(i === 0 ? 1 : 0, 10)
        expect(product).toBeCloseTo(b[i]!, 10)
      }
      if (n === 2)
        expect(2 * sumLogDiagonal(L, n, n)).toBeCloseTo(Math.log(A[0]! * A[3]! - A[1]! * A[2]!), 12)
    }
  })
})
