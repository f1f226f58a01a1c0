// Values by their rank where they are bad, and by their size where they are good, for data of which half is junk: the
// half-rank and log warps of Vizier (Song et al. 2024, arXiv:2408.11527, section 3.1), for lower is better.
import { normalQuantile } from './normal.ts'

/** Of the log warp: how much more the good end is spread than the bad one. */
const OFFSET = 1.5

/**
 * Values above the median m become m + s q, q being half-normal scores of their ranks and s the root mean square distance
 * of the distinct good values from m. The good half stays.
 * @param y length n >= 1, finite
 */
export function halfRankWarp(y: Float64Array): Float64Array {
  const sorted = Float64Array.from(y).sort()
  const middle = (sorted.length - 1) / 2
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
  const distinct = [...new Set(sorted)]
  const good = distinct.filter((value) => value <= median)
  const bad = distinct.filter((value) => value > median)
  const s = Math.sqrt(good.reduce((sum, value) => sum + (value - median) ** 2, 0) / good.length)
  if (bad.length === 0 || !(s > 0)) return y
  const count = bad.length + (distinct.includes(median) ? 0.5 : 0)
  // Ranks count from the worst
  const scores = bad.map((_, i) => normalQuantile((0.5 * (bad.length - i - 0.5)) / count))
  const warped = new Map(bad.map((value, i) => [value, median - scores[i]! * s]))
  return y.map((value) => warped.get(value) ?? value)
}

/** From -1/2 (the best) to 1/2 (the worst), steeper at the good end; zeros when all values are the same. */
export function logWarp(y: Float64Array): Float64Array {
  const low = y.reduce((a, b) => Math.min(a, b))
  const high = y.reduce((a, b) => Math.max(a, b))
  if (!(high > low)) return y.map(() => 0)
  return y.map((value) => Math.log1p((OFFSET - 1) * ((value - low) / (high - low))) / Math.log(OFFSET) - 0.5)
}
