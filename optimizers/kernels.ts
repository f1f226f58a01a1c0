// The covariance of the model: Matern 5/2 over numeric coordinates and categories, with a length scale for each.
//   r^2   sum over numeric j of (x_j - x'_j)^2 / l_j^2, plus sum over categories j of 1[x_j != x'_j] / l_j^2
//   s     sqrt(5) r
//   k     s_f (1 + s + s^2 / 3) e^-s                       (Rasmussen and Williams 2006, eq. 4.17)
// Points are rows with the numeric coordinates first, then the categories as level numbers.

/** How the coordinates of a row are to be read. */
export interface RowShape {
  /** Coordinates per row, at least 1. */
  readonly dimensionCount: number
  /** The first so many are numbers; the others are level numbers of categories. */
  readonly numericCount: number
}

/** Squared distance of two rows without length scales, categories 1 apart. O(d), no allocation. */
export function squaredRowDistance(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { dimensionCount, numericCount }: RowShape,
): number {
  let sum = 0
  for (let j = 0; j < dimensionCount; j++) {
    const difference = a[j]! - b[j]!
    sum += j < numericCount ? difference * difference : difference === 0 ? 0 : 1
  }
  return sum
}

/** k / s_f at squared scaled distance r^2 >= 0: 1 at 0, falling to 0. */
export function matern52(squaredDistance: number): number {
  const s = Math.sqrt(5 * squaredDistance)
  return (1 + s + (s * s) / 3) * Math.exp(-s)
}

/** d(k / s_f) / d(r^2) = -5/6 (1 + s) e^-s; finite at 0. */
export function matern52Slope(squaredDistance: number): number {
  const s = Math.sqrt(5 * squaredDistance)
  return (-5 / 6) * (1 + s) * Math.exp(-s)
}

/**
 * (x_j - x'_j)^2, or 1[x_j != x'_j] for categories, of every pair of rows.
 * @param rows (n, d) row-major
 * @param stages length n: one more numeric coordinate, behind the others
 * @returns (n (n - 1) / 2, d) row-major, d + 1 with stages, pairs in the order (1,0), (2,0), (2,1), (3,0), ...
 */
export function pairDifferences(
  rows: Float64Array,
  n: number,
  shape: RowShape,
  stages?: Float64Array,
): Float64Array {
  const { dimensionCount: d, numericCount } = shape
  const columns = d + (stages === undefined ? 0 : 1)
  const differences = new Float64Array(((n * (n - 1)) / 2) * columns)
  let at = 0
  for (let i = 1; i < n; i++) {
    for (let k = 0; k < i; k++) {
      for (let j = 0; j < d; j++) {
        const difference = rows[i * d + j]! - rows[k * d + j]!
        differences[at++] = j < numericCount ? difference * difference : difference === 0 ? 0 : 1
      }
      if (stages !== undefined) differences[at++] = (stages[i]! - stages[k]!) ** 2
    }
  }
  return differences
}
