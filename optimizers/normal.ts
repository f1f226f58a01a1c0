// The standard normal distribution: density, distribution function (also its logarithm and its inverse), and the scaled
// complementary error function. Each is usable alone.

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

/** phi(z), the density. */
export function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / SQRT_TWO_PI
}

/** P(Z > z), relative error about 1e-14 also in the upper tail. */
export function normalSurvival(z: number): number {
  return normalCdf(-z)
}

/** ln Phi(z), relative error about 1e-14 for every finite z: -5e19 at -1e10, where Phi itself is 0. */
export function logNormalCdf(z: number): number {
  if (z > 0) return Math.log1p(-upperTail(z))
  if (z > -1) return Math.log(upperTail(-z))
  return (-z * z) / 2 - LOG_SQRT_TWO_PI + Math.log(millsRatio(-z))
}

/** P(Z > z) / phi(z), for z >= 0: close to 1 / z for large z. */
export function millsRatio(z: number): number {
  return SQRT_HALF_PI * erfcx(z * Math.SQRT1_2)
}

/**
 * e^(x^2) erfc(x): relative error below 1e-14, infinite below x = -26.7, about 1 / (x sqrt(pi)) for large x.
 * Cody (1969), Math. Comp. 23, three rational approximations.
 */
export function erfcx(x: number): number {
  if (x < -0.46875) return 2 * expOfSquare(x) - erfcx(-x)
  if (x <= 0.46875) {
    const square = x * x
    const erf = (x * polynomial(ERF_NUMERATOR, square)) / polynomial(ERF_DENOMINATOR, square)
    return Math.exp(square) * (1 - erf)
  }
  if (x <= 4) return polynomial(ERFC_NUMERATOR, x) / polynomial(ERFC_DENOMINATOR, x)
  const inverse = 1 / (x * x)
  const correction =
    (inverse * polynomial(ERFC_FAR_NUMERATOR, inverse)) / polynomial(ERFC_FAR_DENOMINATOR, inverse)
  return (1 / Math.sqrt(Math.PI) - correction) / x
}

/** e^(x^2) with the square split in two, as rounding it once would cost the digits that it has before the point. */
function expOfSquare(x: number): number {
  const coarse = Math.trunc(x * 16) / 16
  return Math.exp(coarse * coarse) * Math.exp((x - coarse) * (x + coarse))
}

const LOG_SQRT_TWO_PI = 0.5 * Math.log(2 * Math.PI)
const SQRT_HALF_PI = Math.sqrt(Math.PI / 2)

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
// prettier-ignore
const ERF_NUMERATOR = [3209.3775891384694, 377.485237685302, 113.86415415105016, 3.1611237438705655, 0.18577770618460315]
// prettier-ignore
const ERF_DENOMINATOR = [2844.236833439171, 1282.6165260773723, 244.02463793444417, 23.601290952344122, 1]
// prettier-ignore
const ERFC_NUMERATOR = [1230.3393547979972, 2051.0783778260716, 1712.0476126340707, 881.952221241769, 298.6351381974001, 66.11919063714163, 8.883149794388377, 0.5641884969886701, 2.1531153547440383e-08]
// prettier-ignore
const ERFC_DENOMINATOR = [1230.3393548037495, 3439.3676741437216, 4362.619090143247, 3290.7992357334597, 1621.3895745666903, 537.1811018620099, 117.6939508913125, 15.744926110709835, 1]
// prettier-ignore
const ERFC_FAR_NUMERATOR = [0.0006587491615298378, 0.016083785148742275, 0.12578172611122926, 0.36034489994980445, 0.30532663496123236, 0.016315387137302097]
// prettier-ignore
const ERFC_FAR_DENOMINATOR = [0.0023352049762686918, 0.06051834131244132, 0.5279051029514285, 1.8729528499234673, 2.568520192289822, 1]
