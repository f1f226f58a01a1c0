// From measured values to the targets of the model: outliers on the bad side are pulled in, the values standardised, and
// then bent so that they look normal (Yeo and Johnson 2000, Biometrika 87). Lower is better throughout.
//   y        measured;  z   (y - mean) / std;  lambda   exponent of the bend, 1 bends nothing

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

/** @param y length n >= 1, finite @param bend whether to look for lambda; otherwise it is 1 */
export function transformObjective(y: ArrayLike<number>, bend: boolean): ObjectiveTransform {
  const kept = Float64Array.from(y, (value) => Math.min(Math.max(value, -LARGEST), LARGEST))
  const outliers = pullInOutliers(kept)
  const centre = meanAndStd(outliers.values)
  const { mean } = centre
  // All equal but for rounding: nothing to learn
  const std = centre.std > 1e-14 * Math.max(Math.abs(mean), 1e-300) ? centre.std : 0
  const z = outliers.values.map((value) => (std === 0 ? 0 : (value - mean) / std))
  const lambda = bend && std > 0 && z.length >= MIN_FOR_BEND ? fitLambda(z) : 1
  const bent = z.map((value) => yeoJohnson(value, lambda))
  const scale = meanAndStd(bent)
  const isBent = lambda !== 1 && scale.std > 1e-6 && bent.every(Number.isFinite)
  const used = isBent ? { lambda, ...scale, values: bent } : { lambda: 1, mean: 0, std: 1, values: z }
  return {
    targets: used.values.map((value) => (value - used.mean) / used.std),
    lambda: used.lambda,
    toValue: (target) =>
      outliers.pushOut(mean + std * inverseYeoJohnson(used.mean + used.std * target, used.lambda)),
    slopeAt: (target) => {
      const at = inverseYeoJohnson(used.mean + used.std * target, used.lambda)
      return (std * used.std) / yeoJohnsonSlope(at, used.lambda)
    },
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

/** psi(z, lambda), increasing in z, the identity for lambda 1. */
export function yeoJohnson(z: number, lambda: number): number {
  if (z >= 0) {
    return Math.abs(lambda) < 1e-8 ? Math.log1p(z) : Math.expm1(lambda * Math.log1p(z)) / lambda
  }
  const other = 2 - lambda
  return Math.abs(other) < 1e-8 ? -Math.log1p(-z) : -Math.expm1(other * Math.log1p(-z)) / other
}

/** d psi / dz > 0. */
function yeoJohnsonSlope(z: number, lambda: number): number {
  return Math.exp((z >= 0 ? lambda - 1 : 1 - lambda) * Math.log1p(Math.abs(z)))
}

/** Where psi is bounded (lambda < 0 above, lambda > 2 below) values beyond its range give the far end. */
function inverseYeoJohnson(value: number, lambda: number): number {
  if (value >= 0) {
    if (Math.abs(lambda) < 1e-8) return Math.expm1(Math.min(value, 300))
    return Math.expm1(Math.min(Math.log1p(Math.max(lambda * value, -1 + 1e-12)) / lambda, 300))
  }
  const other = 2 - lambda
  if (Math.abs(other) < 1e-8) return -Math.expm1(Math.min(-value, 300))
  return -Math.expm1(Math.min(Math.log1p(Math.max(-other * value, -1 + 1e-12)) / other, 300))
}

/**
 * Profile log-likelihood of lambda: -n/2 ln var(psi(z)) + (lambda - 1) sum sign(z) ln(1 + |z|), population variance.
 */
export function yeoJohnsonLogLikelihood(z: Float64Array, lambda: number): number {
  let logs = 0
  for (const value of z) logs += Math.sign(value) * Math.log1p(Math.abs(value))
  const { std } = meanAndStd(z.map((value) => yeoJohnson(value, lambda)))
  return -z.length * Math.log(Math.max(std, 1e-150)) + (lambda - 1) * logs
}

/** The most likely lambda in a range, by golden section: 40 steps, 1e-8 of the range. */
export function fitLambda(
  z: Float64Array,
  range: readonly [low: number, high: number] = LAMBDA_RANGE,
): number {
  const golden = (Math.sqrt(5) - 1) / 2
  let [low, high] = range
  let left = high - golden * (high - low)
  let right = low + golden * (high - low)
  let atLeft = yeoJohnsonLogLikelihood(z, left)
  let atRight = yeoJohnsonLogLikelihood(z, right)
  for (let step = 0; step < 40; step++) {
    if (atLeft > atRight) {
      ;[high, right, atRight] = [right, left, atLeft]
      left = high - golden * (high - low)
      atLeft = yeoJohnsonLogLikelihood(z, left)
    } else {
      ;[low, left, atLeft] = [left, right, atRight]
      right = low + golden * (high - low)
      atRight = yeoJohnsonLogLikelihood(z, right)
    }
  }
  return (low + high) / 2
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
