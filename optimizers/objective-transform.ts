// From measured values to the targets of the model: outliers on the bad side are pulled in, the values standardised, and
// then bent so that they look normal. Lower is better throughout.
//   y        measured;  z   (y - mean) / std;  lambda   exponent of the bend, 1 bends nothing
import {
  BOX_COX,
  fitPower,
  inversePowerTransform,
  powerTransform,
  powerTransformSlope,
  YEO_JOHNSON,
} from './power-transform.ts'
import type { PowerFamily } from './power-transform.ts'
import { halfRankWarp, logWarp } from './rank-warp.ts'

export interface ObjectiveTransform {
  /** Length n, mean 0 and standard deviation 1, or all zeros where every value is the same. */
  readonly targets: Float64Array
  readonly lambda: number
  /** A target back in the units of y. Monotone; extrapolates beyond the data. */
  toValue(target: number): number
  /** d value / d target at a target: standard deviations go back by it to first order. */
  slopeAt(target: number): number
}

/** Values beyond it would overflow when squared and summed. */
const LARGEST = 1e140
/** With fewer values an exponent cannot be told. */
const MIN_FOR_BEND = 8
const MIN_FOR_OUTLIERS = 5
/** Outside of [0, 2] the exponent ran away as values piled up at the best one. */
const LAMBDA_RANGE = [0, 2] as const

/**
 * How values are bent. `box-cox` is for positive values and becomes `yeo-johnson` where one is not; `rank` keeps no
 * distances among the bad half. What each is worth: docs/decisions/0008-bayesian-optimiser.md.
 */
export type BendFamily = 'yeo-johnson' | 'box-cox' | 'rank'

/**
 * @param y length n >= 1, finite
 * @param bend false: standardised only
 */
export function transformObjective(
  y: ArrayLike<number>,
  bend: boolean,
  family: BendFamily = 'yeo-johnson',
): ObjectiveTransform {
  const kept = Float64Array.from(y, (value) => Math.min(Math.max(value, -LARGEST), LARGEST))
  const outliers = pullInOutliers(kept)
  const { mean, std } = meanAndStd(outliers.values)
  // All equal but for rounding: nothing to learn
  const isFlat = !(std > 1e-14 * Math.max(Math.abs(mean), 1e-300))
  const straight = bendNothing(outliers.values, mean, isFlat ? 0 : std)
  const isBendable = bend && !isFlat && kept.length >= MIN_FOR_BEND
  const bent = isBendable ? BENDS[family](outliers.values, mean, std) : straight
  const scale = meanAndStd(bent.values)
  const isUsable = bent !== straight && scale.std > 1e-6 && bent.values.every(Number.isFinite)
  const used = isUsable ? { ...bent, ...scale } : { ...straight, mean: 0, std: 1 }
  return {
    targets: used.values.map((value) => (value - used.mean) / used.std),
    lambda: used.lambda,
    toValue: (target) => outliers.pushOut(used.inverse(used.mean + used.std * target)),
    slopeAt: (target) => used.std * used.inverseSlope(used.mean + used.std * target),
  }
}

/** Values of one scale or another, and the way back. */
interface Bend {
  readonly values: Float64Array
  readonly lambda: number
  inverse(bent: number): number
  /** d value / d bent. */
  inverseSlope(bent: number): number
}

type MakeBend = (y: Float64Array, mean: number, std: number) => Bend

const bendNothing: MakeBend = (y, mean, std) => ({
  values: y.map((value) => (std === 0 ? 0 : (value - mean) / std)),
  lambda: 1,
  inverse: (z) => mean + std * z,
  inverseSlope: () => std,
})

const BENDS: Readonly<Record<BendFamily, MakeBend>> = {
  'yeo-johnson': (y, mean, std) => bendByPower(YEO_JOHNSON, y, mean, std),
  'box-cox': (y, mean, std) =>
    y.every((value) => value > 0) ? bendByPower(BOX_COX, y, 0, std) : bendByPower(YEO_JOHNSON, y, mean, std),
  rank: (y) => bendByRank(y),
}

function bendByPower(family: PowerFamily, y: Float64Array, centre: number, std: number): Bend {
  const z = y.map((value) => (value - centre) / std)
  const lambda = fitPower(family, z, LAMBDA_RANGE)
  const back = (bent: number) => inversePowerTransform(family, bent, lambda)
  return {
    values: z.map((value) => powerTransform(family, value, lambda)),
    lambda,
    inverse: (bent) => centre + std * back(bent),
    inverseSlope: (bent) => std / powerTransformSlope(family, back(bent), lambda),
  }
}

/** The way back is linear between the measured values, and goes on beyond them. */
function bendByRank(y: Float64Array): Bend {
  const values = logWarp(halfRankWarp(y))
  const knots = [...new Map([...values].map((bent, i) => [bent, y[i]!]))].sort((a, b) => a[0] - b[0])
  const segmentAt = (bent: number) => {
    const above = knots.findIndex(([knot]) => knot > bent)
    const end = above < 0 ? knots.length - 1 : Math.max(above, 1)
    const [[fromBent, from], [toBent, to]] = [knots[end - 1]!, knots[end]!]
    const slope = (to - from) / (toBent - fromBent)
    return { slope, value: from + slope * (bent - fromBent) }
  }
  return {
    values,
    lambda: 1,
    inverse: (bent) => segmentAt(bent).value,
    inverseSlope: (bent) => segmentAt(bent).slope,
  }
}

/**
 * When a value lies more than 8 s above the median, s being the distance from the best to the median: values above
 * median + 2 s come nearer, in order, as cap + 0.1 s ln(1 + (y - cap) / s). The good side stays as it is.
 */
export function pullInOutliers(y: Float64Array): {
  readonly values: Float64Array
  readonly pushOut: (value: number) => number
} {
  const nothing = { values: y, pushOut: (value: number) => value }
  if (y.length < MIN_FOR_OUTLIERS) return nothing
  const sorted = Float64Array.from(y).sort()
  const median = quantileOf(sorted, 0.5)
  const spread = median - sorted[0]!
  const s = spread > 0 ? spread : quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25) || meanAndStd(y).std
  if (!(s > 0) || !(sorted[y.length - 1]! > median + 8 * s)) return nothing
  const cap = median + 2 * s
  return {
    values: y.map((value) => (value > cap ? cap + 0.1 * s * Math.log1p((value - cap) / s) : value)),
    pushOut: (value) =>
      value > cap ? cap + s * Math.expm1(Math.min((value - cap) / (0.1 * s), 300)) : value,
  }
}

/** Population standard deviation. */
export function meanAndStd(values: ArrayLike<number>): { readonly mean: number; readonly std: number } {
  const n = values.length
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]!
  const mean = sum / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2
  return { mean, std: Math.sqrt(squares / n) }
}

/** Linear between order statistics. @param sorted ascending, not empty */
export function quantileOf(sorted: ArrayLike<number>, p: number): number {
  const at = p * (sorted.length - 1)
  const below = sorted[Math.floor(at)]!
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below)
}
