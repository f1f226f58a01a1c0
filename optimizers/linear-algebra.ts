// Dense symmetric positive definite systems: Cholesky factor, its inverse, triangular solves, rows appended.
//   A, L, R   square matrices, row-major in a Float64Array with `stride` numbers per row; only the lower triangle counts
//   L         Cholesky factor, A = L L^T;  R = L^-1
// Indexes stay inside by construction: hence the `!` of this file.

/**
 * Factorises rows `from`..`to` - 1 in place, given that the rows above are factorised already: an appended row is
 * bit for bit what a factorisation from the start gives. O((to^3 - from^3) / 6).
 * @returns false when a pivot is not above `pivotFloor`; the rows from there on are then spoilt
 */
export function choleskyRows(
  A: Float64Array,
  stride: number,
  from: number,
  to: number,
  pivotFloor: number,
): boolean {
  for (let i = from; i < to; i++) {
    const rowI = i * stride
    let j = 0
    // Four columns at a time: row i is read once for four sums, and none of them waits for another
    for (; j + 3 < i; j += 4) {
      const j0 = j * stride
      const j1 = j0 + stride
      const j2 = j1 + stride
      const j3 = j2 + stride
      let s0 = A[rowI + j]!
      let s1 = A[rowI + j + 1]!
      let s2 = A[rowI + j + 2]!
      let s3 = A[rowI + j + 3]!
      for (let k = 0; k < j; k++) {
        const a = A[rowI + k]!
        s0 -= a * A[j0 + k]!
        s1 -= a * A[j1 + k]!
        s2 -= a * A[j2 + k]!
        s3 -= a * A[j3 + k]!
      }
      s0 /= A[j0 + j]!
      s1 = (s1 - s0 * A[j1 + j]!) / A[j1 + j + 1]!
      s2 = (s2 - s0 * A[j2 + j]! - s1 * A[j2 + j + 1]!) / A[j2 + j + 2]!
      s3 = (s3 - s0 * A[j3 + j]! - s1 * A[j3 + j + 1]! - s2 * A[j3 + j + 2]!) / A[j3 + j + 3]!
      A[rowI + j] = s0
      A[rowI + j + 1] = s1
      A[rowI + j + 2] = s2
      A[rowI + j + 3] = s3
    }
    for (; j < i; j++) {
      const rowJ = j * stride
      A[rowI + j] = (A[rowI + j]! - dot(A, rowI, A, rowJ, j)) / A[rowJ + j]!
    }
    const pivot = A[rowI + i]! - dot(A, rowI, A, rowI, i)
    if (!(pivot > pivotFloor)) return false
    A[rowI + i] = Math.sqrt(pivot)
  }
  return true
}

/** Sum of a[aFrom + k] b[bFrom + k], k < count; four running sums, added in a fixed order. */
export function dot(a: Float64Array, aFrom: number, b: Float64Array, bFrom: number, count: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 3 < count; k += 4) {
    s0 += a[aFrom + k]! * b[bFrom + k]!
    s1 += a[aFrom + k + 1]! * b[bFrom + k + 1]!
    s2 += a[aFrom + k + 2]! * b[bFrom + k + 2]!
    s3 += a[aFrom + k + 3]! * b[bFrom + k + 3]!
  }
  for (; k < count; k++) s0 += a[aFrom + k]! * b[bFrom + k]!
  return s0 + s1 + (s2 + s3)
}

/** target[k] += factor * source[from + k], k < count. */
function addScaled(
  target: Float64Array,
  at: number,
  factor: number,
  source: Float64Array,
  from: number,
  count: number,
): void {
  for (let k = 0; k < count; k++) target[at + k] = target[at + k]! + factor * source[from + k]!
}

/** R = L^-1, lower triangular; the upper triangle of R is left as it is. O(n^3 / 6). */
export function invertLower(L: Float64Array, R: Float64Array, stride: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const row = i * stride
    R.fill(0, row, row + i + 1)
    let k = 0
    // Four rows of R at a time: the row that is built is read and written once for four of them
    for (; k + 3 < i; k += 4) {
      const f0 = L[row + k]!
      const f1 = L[row + k + 1]!
      const f2 = L[row + k + 2]!
      const f3 = L[row + k + 3]!
      const r0 = k * stride
      const r1 = r0 + stride
      const r2 = r1 + stride
      const r3 = r2 + stride
      for (let j = 0; j <= k; j++) {
        R[row + j] = R[row + j]! + f0 * R[r0 + j]! + f1 * R[r1 + j]! + (f2 * R[r2 + j]! + f3 * R[r3 + j]!)
      }
      R[row + k + 1] = R[row + k + 1]! + f1 * R[r1 + k + 1]! + f2 * R[r2 + k + 1]! + f3 * R[r3 + k + 1]!
      R[row + k + 2] = R[row + k + 2]! + f2 * R[r2 + k + 2]! + f3 * R[r3 + k + 2]!
      R[row + k + 3] = R[row + k + 3]! + f3 * R[r3 + k + 3]!
    }
    for (; k < i; k++) addScaled(R, row, L[row + k]!, R, k * stride, k + 1)
    const scale = 1 / L[row + i]!
    for (let j = 0; j < i; j++) R[row + j] = -R[row + j]! * scale
    R[row + i] = scale
  }
}

/** The lower triangle of A^-1 = R^T R, from R = L^-1. O(n^3 / 6). */
export function inverseFromFactor(R: Float64Array, inverse: Float64Array, stride: number, n: number): void {
  for (let i = 0; i < n; i++) inverse.fill(0, i * stride, i * stride + i + 1)
  let k = 0
  for (; k + 3 < n; k += 4) {
    const r0 = k * stride
    const r1 = r0 + stride
    const r2 = r1 + stride
    const r3 = r2 + stride
    // Above its diagonal a row of R counts as zeros: the last three columns of the block are done apart
    for (let i = 0; i <= k; i++) {
      const f0 = R[r0 + i]!
      const f1 = R[r1 + i]!
      const f2 = R[r2 + i]!
      const f3 = R[r3 + i]!
      const row = i * stride
      for (let j = 0; j <= i; j++) {
        inverse[row + j] =
          inverse[row + j]! + f0 * R[r0 + j]! + f1 * R[r1 + j]! + (f2 * R[r2 + j]! + f3 * R[r3 + j]!)
      }
    }
    for (let i = k + 1; i <= k + 3; i++) {
      for (let r = i; r <= k + 3; r++) {
        addScaled(inverse, i * stride, R[r * stride + i]!, R, r * stride, i + 1)
      }
    }
  }
  for (; k < n; k++) {
    for (let i = 0; i <= k; i++) {
      addScaled(inverse, i * stride, R[k * stride + i]!, R, k * stride, i + 1)
    }
  }
}

/** out = R b for a lower triangular R. */
export function multiplyLower(
  R: Float64Array,
  stride: number,
  n: number,
  b: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < n; i++) out[i] = dot(R, i * stride, b, 0, i + 1)
}

/** out = R^T b for a lower triangular R. */
export function multiplyLowerTransposed(
  R: Float64Array,
  stride: number,
  n: number,
  b: Float64Array,
  out: Float64Array,
): void {
  out.fill(0, 0, n)
  let i = 0
  for (; i + 3 < n; i += 4) {
    const f0 = b[i]!
    const f1 = b[i + 1]!
    const f2 = b[i + 2]!
    const f3 = b[i + 3]!
    const r0 = i * stride
    const r1 = r0 + stride
    const r2 = r1 + stride
    const r3 = r2 + stride
    for (let j = 0; j <= i; j++) {
      out[j] = out[j]! + f0 * R[r0 + j]! + f1 * R[r1 + j]! + (f2 * R[r2 + j]! + f3 * R[r3 + j]!)
    }
    out[i + 1] = out[i + 1]! + f1 * R[r1 + i + 1]! + f2 * R[r2 + i + 1]! + f3 * R[r3 + i + 1]!
    out[i + 2] = out[i + 2]! + f2 * R[r2 + i + 2]! + f3 * R[r3 + i + 2]!
    out[i + 3] = out[i + 3]! + f3 * R[r3 + i + 3]!
  }
  for (; i < n; i++) addScaled(out, 0, b[i]!, R, i * stride, i + 1)
}

/** Sum of ln L_ii: half of the log-determinant of A. */
export function sumLogDiagonal(L: Float64Array, stride: number, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += Math.log(L[i * stride + i]!)
  return sum
}
