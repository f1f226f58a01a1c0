// The Beta(a, b) distribution on [0, 1]: distribution function and its inverse.
//   a, b   shape parameters, both > 0
//   I_x    regularised incomplete beta function, the distribution function at x

/**
 * I_x(a, b), relative error about 1e-13 for a, b up to 1e4.
 * Continued fraction of DiDonato and Morris (1992, eq. 9's even/odd form as in Numerical Recipes 6.4), by Lentz.
 * @param x clipped to [0, 1]
 */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  // The fraction converges quickly on this side of the mean; the other side is its mirror image.
  return x < (a + 1) / (a + b + 2) ? lowerTail(x, 1 - x, a, b) : 1 - lowerTail(1 - x, x, b, a)
}

/**
 * The x with I_x(a, b) = p, relative error about 1e-12 (in x, or in 1 - x near 1).
 * @param p in [0, 1]
 */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1)) return NaN
  if (p === 0) return 0
  if (p === 1) return 1
  if (a === 1 && b === 1) return p
  // Solve on the side where x is small, in t = log x: quantiles of small a reach 1e-300, where x itself is no scale.
  const half = betaCdf(0.5, a, b)
  return p <= half ? Math.exp(logQuantile(p, 1 - p, a, b)) : 1 - Math.exp(logQuantile(1 - p, p, b, a))
}

/**
 * log x with I_x(a, b) = p, for an x <= 1/2: Newton in log x, kept inside a bracket that halves when Newton leaves it.
 * @param complement 1 - p, exact where p is near 1: the smaller of the two tails is compared
 */
function logQuantile(p: number, complement: number, a: number, b: number): number {
  const logNorm = logBeta(a, b)
  let high = Math.log(0.5)
  let low = Math.min(high, (Math.log(p) + Math.log(a) + logNorm) / a - Math.max(0, b) * 2 - 2)
  while (low > -745 && betaCdf(Math.exp(low), a, b) > p) low *= 2
  low = Math.max(low, -745)
  let t = Math.min(high, Math.max(low, (Math.log(p) + Math.log(a) + logNorm) / a))
  for (let iteration = 0; iteration < 200; iteration++) {
    const x = Math.exp(t)
    const probability = betaCdf(x, a, b)
    const slope = Math.exp(a * t + (b - 1) * Math.log1p(-x) - logNorm) // d I / d t = x * density
    // In log I below the median: I is nearly a power of x there, so its logarithm is nearly straight in t
    const excess = p <= 0.5 ? Math.log(probability / p) * probability : complement - betaCdf(1 - x, b, a)
    const newton = t - excess / slope
    if (Math.abs(newton - t) <= 1e-15 * Math.max(1, Math.abs(t))) return newton
    if (excess > 0) high = t
    else low = t
    const next = newton > low && newton < high ? newton : (low + high) / 2
    if (high - low <= 1e-15 * Math.max(1, Math.abs(t))) return next
    t = next
  }
  return t
}

function lowerTail(x: number, complement: number, a: number, b: number): number {
  const front = Math.exp(
    a * Math.log(x) + b * (complement < 0.5 ? Math.log(complement) : Math.log1p(-x)) - logBeta(a, b),
  )
  return (front / a) * continuedFraction(x, a, b)
}

function continuedFraction(x: number, a: number, b: number): number {
  const TINY = 1e-300
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), TINY)
  let value = d
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d, TINY)
    c = nonZero(1 + even / c, TINY)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d, TINY)
    c = nonZero(1 + odd / c, TINY)
    const step = d * c
    value *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return value
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value
}

/** log B(a, b) for a, b > 0. */
function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

/** log Gamma(x), x > 0: Stirling's series above 12 (8 terms, error below 1e-17 there), recurrence below. */
export function logGamma(x: number): number {
  let shift = 1
  let z = x
  while (z < 12) {
    shift *= z
    z += 1
  }
  const inverse = 1 / z
  const square = inverse * inverse
  const series =
    inverse *
    (1 / 12 -
      square *
        (1 / 360 -
          square *
            (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360360 - square / 156))))))
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - Math.log(shift)
}
