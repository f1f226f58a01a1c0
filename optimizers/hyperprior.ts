// What is believed of the model's hyperparameters before any data: penalties, bounds and the start of a fit.
//   theta    [ln l_1 .. ln l_d, ln s_f, ln s_n]; the noise variance is s_n + noiseFloor

export interface HyperPrior {
  /** Added to every noise variance. */
  readonly noiseFloor: number
  /**
   * Adds the penalty's gradient to `gradient` (length d + 2) and returns the penalty, lower is more likely, up to a
   * constant.
   */
  penalise(theta: Float64Array, gradient: Float64Array): number
  /** Where a fit without a predecessor starts. @returns length d + 2 */
  startFor(dimensionCount: number): Float64Array
  /** Bounds of theta, length d + 2 each. */
  boundsFor(dimensionCount: number): { readonly low: Float64Array; readonly high: Float64Array }
}

const LENGTH_SCALES = [0.005, 1000] as const
const OUTPUT_SCALES = [1e-3, 100] as const
const NOISES = [1e-9, 2] as const

/**
 * Flat for length scales between 0.3 and 3 with walls outside (0.1 (l^2 + l^-2)), Gamma(2, 1) on the output scale,
 * ln s_n ~ N(-10, 3^2). A prior that holds the noise up (a floor of 1e-6, Gamma(1.1, 30)) costs half of the regret after
 * 25 evaluations on objectives without noise.
 */
export const LOW_NOISE_PRIOR: HyperPrior = {
  noiseFloor: 1e-8,

  penalise(theta, gradient) {
    const d = theta.length - 2
    let penalty = 0
    for (let j = 0; j < d; j++) {
      const square = Math.exp(2 * theta[j]!)
      penalty += 0.1 * (square + 1 / square)
      gradient[j] = gradient[j]! + 0.2 * (square - 1 / square)
    }
    const outputScale = Math.exp(theta[d]!)
    gradient[d] = gradient[d]! + outputScale - 1
    const noise = theta[d + 1]! + 10
    gradient[d + 1] = gradient[d + 1]! + noise / 9
    return penalty + outputScale - theta[d]! + (noise * noise) / 18
  },

  startFor: (dimensionCount) => thetaOf(dimensionCount, 0.6, 1, Math.exp(-7)),

  boundsFor: (dimensionCount) => ({
    low: thetaOf(dimensionCount, LENGTH_SCALES[0], OUTPUT_SCALES[0], NOISES[0]),
    high: thetaOf(dimensionCount, LENGTH_SCALES[1], OUTPUT_SCALES[1], NOISES[1]),
  }),
}

/** The same length scale everywhere. */
export function thetaOf(
  dimensionCount: number,
  lengthScale: number,
  outputScale: number,
  noise: number,
): Float64Array {
  const theta = new Float64Array(dimensionCount + 2).fill(Math.log(lengthScale))
  theta[dimensionCount] = Math.log(outputScale)
  theta[dimensionCount + 1] = Math.log(noise)
  return theta
}
