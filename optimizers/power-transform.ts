// Powers that make values look normal: Yeo and Johnson (2000, Biometrika 87) for values of any sign, Box and Cox (1964,
// J. R. Stat. Soc. B 26) for positive ones, with the exponent of greatest likelihood.
//   g(t, p) = (e^(p t) - 1) / p, t for p = 0: both transforms are +-g of a logarithm
//   lambda    the exponent; 1 bends nothing

/** Where g is taken: the logarithm of the (shifted) value, with the sign of its branch. */
export interface LogPoint {
  readonly sign: 1 | -1
  readonly log: number
}

/** A family of increasing functions, one for each lambda. */
export interface PowerFamily {
  logOf(value: number): LogPoint
  /** Value whose logarithm on that branch is `log`. */
  valueOf(sign: 1 | -1, log: number): number
}

export const YEO_JOHNSON: PowerFamily = {
  logOf: (value) => ({ sign: value >= 0 ? 1 : -1, log: Math.log1p(Math.abs(value)) }),
  valueOf: (sign, log) => sign * Math.expm1(log),
}

/** For values > 0 only. */
export const BOX_COX: PowerFamily = {
  logOf: (value) => ({ sign: 1, log: Math.log(value) }),
  valueOf: (_sign, log) => Math.exp(log),
}

/** Beyond it the inverse would overflow. */
const LARGEST_LOG = 300

/** psi(value, lambda), increasing in the value. */
export function powerTransform(family: PowerFamily, value: number, lambda: number): number {
  const { sign, log } = family.logOf(value)
  return sign * powerOfLog(log, sign > 0 ? lambda : 2 - lambda)
}

/** d psi / d value > 0. */
export function powerTransformSlope(family: PowerFamily, value: number, lambda: number): number {
  const { sign, log } = family.logOf(value)
  return Math.exp(((sign > 0 ? lambda : 2 - lambda) - 1) * log)
}

/** Where psi is bounded (an exponent below 0) values beyond its range give the far end. */
export function inversePowerTransform(family: PowerFamily, bent: number, lambda: number): number {
  // Only Box-Cox is negative on its one branch
  const sign = bent >= 0 || family === BOX_COX ? 1 : -1
  const power = sign > 0 ? lambda : 2 - lambda
  const size = sign * bent
  const log = Math.abs(power) < LEAST_POWER ? size : Math.log1p(Math.max(power * size, -1 + 1e-12)) / power
  return family.valueOf(sign, Math.min(Math.max(log, -LARGEST_LOG), LARGEST_LOG))
}

/** Profile log-likelihood of lambda: -n/2 ln var(psi) + (lambda - 1) sum of signed logarithms, population variance. */
export function powerLogLikelihood(family: PowerFamily, values: Float64Array, lambda: number): number {
  const { mean, logs, bent } = bendAll(
    Array.from(values, (value) => family.logOf(value)),
    lambda,
  )
  const variance = bent.reduce((sum, value) => sum + (value - mean) ** 2, 0) / bent.length
  return (-bent.length / 2) * Math.log(Math.max(variance, 1e-300)) + (lambda - 1) * logs
}

/**
 * The most likely lambda in a range, which may be one of its ends: the root of the likelihood's slope, by false position
 * (Illinois; Dowell and Jarratt 1971, BIT 11). To 1e-12 of the range, usually in ten passes over the values.
 */
export function fitPower(
  family: PowerFamily,
  values: Float64Array,
  range: readonly [low: number, high: number],
): number {
  const points = Array.from(values, (value) => family.logOf(value))
  let [low, high] = range
  let atLow = logLikelihoodSlope(points, low)
  let atHigh = logLikelihoodSlope(points, high)
  if (!(atLow > 0)) return low
  if (!(atHigh < 0)) return high
  const close = 1e-12 * (high - low)
  let kept: 'low' | 'high' | null = null
  for (let step = 0; step < 100 && high - low > close; step++) {
    const guess = (low * atHigh - high * atLow) / (atHigh - atLow)
    const isInside = guess > low && guess < high && step % 8 !== 7 // a halving now and then, should it crawl
    const middle = isInside ? guess : (low + high) / 2
    const slope = logLikelihoodSlope(points, middle)
    if (slope === 0 || Math.abs(middle - (slope > 0 ? low : high)) <= close) return middle
    if (slope > 0) {
      ;[low, atLow] = [middle, slope]
      if (kept === 'high') atHigh /= 2
      kept = 'high'
    } else {
      ;[high, atHigh] = [middle, slope]
      if (kept === 'low') atLow /= 2
      kept = 'low'
    }
  }
  return (low + high) / 2
}

/** d log-likelihood / d lambda. O(n). */
function logLikelihoodSlope(points: readonly LogPoint[], lambda: number): number {
  const { mean, logs, bent } = bendAll(points, lambda)
  let [squares, products] = [0, 0]
  for (let i = 0; i < bent.length; i++) {
    const { sign, log } = points[i]!
    const off = bent[i]! - mean
    squares += off * off
    // d psi / d lambda is the same on both branches: the sign and 2 - lambda cancel
    products += off * powerOfLogSlope(log, sign > 0 ? lambda : 2 - lambda)
  }
  return logs - (bent.length * products) / Math.max(squares, 1e-300)
}

function bendAll(
  points: readonly LogPoint[],
  lambda: number,
): { readonly bent: Float64Array; readonly mean: number; readonly logs: number } {
  const bent = new Float64Array(points.length)
  let [sum, logs] = [0, 0]
  for (let i = 0; i < bent.length; i++) {
    const { sign, log } = points[i]!
    bent[i] = sign * powerOfLog(log, sign > 0 ? lambda : 2 - lambda)
    sum += bent[i]!
    logs += sign * log
  }
  return { bent, mean: sum / bent.length, logs }
}

/** Below it p t has no digits left to divide. */
const LEAST_POWER = 1e-290

function powerOfLog(log: number, power: number): number {
  return Math.abs(power) < LEAST_POWER ? log : Math.expm1(power * log) / power
}

/** dg/dp = (p t e^(p t) - e^(p t) + 1) / p^2, by its series where the difference loses digits. */
function powerOfLogSlope(log: number, power: number): number {
  const x = power * log
  if (Math.abs(x) < 1e-3) return log * log * (1 / 2 + x * (1 / 3 + x * (1 / 8 + x * (1 / 30 + x / 144))))
  return (x * Math.exp(x) - Math.expm1(x)) / (power * power)
}
