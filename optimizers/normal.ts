// The standard normal distribution: distribution function and its inverse. Each is usable alone.

/**
 * Phi^-1(p). Wichura (1988), algorithm AS 241 (PPND16): relative error about 1e-16.
 * @param p in [0, 1]; 0 gives -Infinity, 1 gives Infinity, anything else outside NaN
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN
  if (p === 0) return -Infinity
  if (p === 1) return Infinity
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(CENTRE_NUMERATOR, r)) / polynomial(CENTRE_DENOMINATOR, r)
  }
  let r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p))
  let x: number
  if (r <= 5) {
    r -= 1.6
    x = polynomial(MIDDLE_NUMERATOR, r) / polynomial(MIDDLE_DENOMINATOR, r)
  } else {
    r -= 5
    x = polynomial(TAIL_NUMERATOR, r) / polynomial(TAIL_DENOMINATOR, r)
  }
  return q < 0 ? -x : x
}

/**
 * Phi(z) = P(Z <= z), relative error about 1e-14 also in the lower tail, until it underflows below z = -38.
 * Taylor series about 0 for |z| < 5 (Marsaglia 2004), Laplace's continued fraction beyond.
 */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return NaN
  if (z >= 0) return 1 - upperTail(z)
  return upperTail(-z)
}

const SQRT_TWO_PI = Math.sqrt(2 * Math.PI)

/** P(Z > z) for z >= 0. */
function upperTail(z: number): number {
  if (z > 39) return 0
  const density = Math.exp((-z * z) / 2) / SQRT_TWO_PI
  // 2.5: below it the series loses less than three digits to 0.5 - sum, above it 200 fraction terms are exact
  if (z < 2.5) {
    let term = z
    let sum = z
    for (let n = 3; term > sum * 1e-17; n += 2) {
      term *= (z * z) / n
      sum += term
    }
    return 0.5 - density * sum
  }
  let fraction = z
  for (let n = 200; n >= 1; n--) fraction = z + n / fraction
  return density / fraction
}

/** Coefficients from the constant term up. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * x + (coefficients[i] ?? 0)
  return value
}

const CENTRE_NUMERATOR = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
  45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
]
const CENTRE_DENOMINATOR = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
  39307.89580009271061, 28729.085735721942674, 5226.495278852545925,
]
const MIDDLE_NUMERATOR = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
]
const MIDDLE_DENOMINATOR = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
]
const TAIL_NUMERATOR = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
  0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
const TAIL_DENOMINATOR = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
]
