// Expected improvement in logarithms, closed forms only. Where to look for its maximum is acquisition-maximizer.ts.
//   h(z)     phi(z) + z Phi(z):  E[max(tau - f, 0)] = sigma h((tau - mu) / sigma) for f ~ N(mu, sigma^2)
//   tau      the value to improve on, lower is better
// Ament et al. 2023, "Unexpected improvements to expected improvement", eq. 9, arXiv:2310.20708. They switch to an
// asymptotic form at z = -10^6; here Mills' ratio serves down to -25 and a series from there.
import { millsRatio, normalCdf, normalDensity, normalSurvival } from './normal.ts'

/**
 * ln h(z): relative error about 1e-13 for every finite z, -5e19 at z = -1e10, where h itself is 0.
 */
export function logImprovement(z: number): number {
  if (z > -1) return Math.log(normalDensity(z) + z * upperShare(z))
  const base = (-z * z) / 2 - LOG_SQRT_TWO_PI
  if (z > -25) return base + Math.log1p(z * millsRatio(-z))
  return z < -1e5 ? base - 2 * Math.log(-z) : base + Math.log(tailSeries(z))
}

/** d ln h / dz = Phi(z) / h(z) > 0. */
export function logImprovementSlope(z: number): number {
  if (z > -1) {
    const share = upperShare(z)
    return share / (normalDensity(z) + z * share)
  }
  if (z < -1e5) return -z
  const ratio = millsRatio(-z)
  return z > -25 ? ratio / (1 + z * ratio) : ratio / tailSeries(z)
}

/**
 * ln E[max(tau - f, 0)] for f ~ N(mean, std^2); larger is more promising.
 * @param std > 0, same units as mean and tau
 */
export function logExpectedImprovement(mean: number, std: number, tau: number): number {
  return Math.log(std) + logImprovement((tau - mean) / std)
}

const LOG_SQRT_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/** Phi(z) for z > -1, by Mills' ratio above 1: a few multiplications where the series takes thirty. */
function upperShare(z: number): number {
  return z > 1 ? 1 - (z > 38 ? normalSurvival(z) : normalDensity(z) * millsRatio(z)) : normalCdf(z)
}

/** h(z) / phi(z) for z <= -25, where 1 + z millsRatio(-z) would lose its digits. */
function tailSeries(z: number): number {
  const i = 1 / (z * z)
  return i * (1 - 3 * i * (1 - 5 * i * (1 - 7 * i * (1 - 9 * i * (1 - 11 * i)))))
}
