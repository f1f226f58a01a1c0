// How badly hyperparameters explain the data: the negative log posterior density of a Gaussian process, with its gradient.
//   theta    [ln l_1 .. ln l_d, ln s_f, ln s_n], see hyperprior.ts
//   K        s_f Matern(r) + diag(noiseScale (s_n + floor));  L its Cholesky factor
//   m        constant mean, profiled: m = 1'K^-1 y / 1'K^-1 1 at every theta;  alpha = K^-1 (y - m)
//   W        alpha alpha' - K^-1;  dJ/dp = -1/2 tr(W dK/dp)   (Rasmussen and Williams 2006, eq. 5.9)
// No allocation during evaluations: one object per data set.
import type { HyperPrior } from './hyperprior.ts'
import { pairDifferences } from './kernels.ts'
import type { RowShape } from './kernels.ts'
import {
  choleskyRows,
  inverseFromFactor,
  invertLower,
  multiplyLower,
  multiplyLowerTransposed,
  sumLogDiagonal,
} from './linear-algebra.ts'

export interface GpData extends RowShape {
  /** (n, d) row-major, as kernels.ts reads them. */
  readonly rows: Float64Array
  /** Length n, about mean 0 and standard deviation 1. */
  readonly targets: Float64Array
  /** Length n: each row's share of the noise variance; 1 for a plain measurement, 1/m for the mean of m. */
  readonly noiseScale: Float64Array
  /**
   * Length n, when rows stand for several stages of their runs: 0 for an end, below 0 before it. It is one more numeric
   * coordinate with a length scale of its own, the last of theta's; predictions are made at 0.
   */
  readonly stages?: Float64Array
}

export interface MapObjectiveOptions {
  /** null: the likelihood alone, without a floor of the noise. */
  readonly prior: HyperPrior | null
  /** @default 'profiled' */
  readonly mean?: 'profiled' | number
}

/** Keeps m near 0 where 1'K^-1 1 says next to nothing of it. */
const MEAN_PRECISION = 1e-6

export class MapObjective {
  readonly #data: GpData
  readonly #prior: HyperPrior | null
  readonly #fixedMean: number | null
  /** Length scales: d, or d + 1 with stages. */
  readonly #columns: number
  readonly #differences: Float64Array
  /** Per pair: (1 + s) e^-s, the part of the kernel's slope that theta does not scale. */
  readonly #slopes: Float64Array
  readonly #K: Float64Array
  readonly #R: Float64Array
  readonly #inverse: Float64Array
  readonly #alpha: Float64Array
  readonly #ones: Float64Array
  readonly #work: Float64Array
  readonly #inverseSquares: Float64Array

  constructor(data: GpData, options: MapObjectiveOptions) {
    const n = data.targets.length
    this.#data = data
    this.#prior = options.prior
    this.#fixedMean = typeof options.mean === 'number' ? options.mean : null
    this.#columns = data.dimensionCount + (data.stages === undefined ? 0 : 1)
    this.#differences = pairDifferences(data.rows, n, data, data.stages)
    this.#slopes = new Float64Array((n * (n - 1)) / 2)
    this.#K = new Float64Array(n * n)
    this.#R = new Float64Array(n * n)
    this.#inverse = new Float64Array(n * n)
    this.#alpha = new Float64Array(n)
    this.#ones = new Float64Array(n)
    this.#work = new Float64Array(n)
    this.#inverseSquares = new Float64Array(this.#columns)
  }

  /**
   * J(theta) up to the constant n/2 ln 2 pi, lower is better; +Infinity where K is not positive definite. Writes dJ/dtheta
   * into `gradient` (length d + 2). O(n^3 / 2 + n^2 d).
   */
  evaluate(theta: Float64Array, gradient: Float64Array): number {
    const { noiseScale, targets } = this.#data
    const d = this.#columns
    const n = targets.length
    const outputScale = Math.exp(theta[d]!)
    const ownNoise = Math.exp(theta[d + 1]!)
    const noise = ownNoise + (this.#prior?.noiseFloor ?? 0)
    this.#fillCovariance(theta, outputScale, noise)
    if (!choleskyRows(this.#K, n, 0, n, 1e-12 * outputScale)) {
      gradient.fill(0)
      return Infinity
    }
    invertLower(this.#K, this.#R, n, n)
    inverseFromFactor(this.#R, this.#inverse, n, n)
    const fit = this.#solve(n)
    gradient.fill(0)
    this.#addPairGradients(gradient, outputScale)
    let diagonal = 0
    let noiseDiagonal = 0
    for (let i = 0; i < n; i++) {
      const w = this.#alpha[i]! * this.#alpha[i]! - this.#inverse[i * n + i]!
      diagonal += w
      noiseDiagonal += w * noiseScale[i]!
    }
    gradient[d] = gradient[d]! - 0.5 * outputScale * diagonal
    gradient[d + 1] = -0.5 * ownNoise * noiseDiagonal
    const likelihood = 0.5 * fit + sumLogDiagonal(this.#K, n, n)
    return likelihood + (this.#prior?.penalise(theta, gradient) ?? 0)
  }

  /** Sum of alpha: minus dJ/dm at the last theta, 0 when the mean is profiled. */
  get meanSlope(): number {
    return this.#alpha.reduce((sum, value) => sum + value, 0)
  }

  #fillCovariance(theta: Float64Array, outputScale: number, noise: number): void {
    const { noiseScale } = this.#data
    const d = this.#columns
    const n = noiseScale.length
    const [K, slopes, differences, inverseSquares] = [
      this.#K,
      this.#slopes,
      this.#differences,
      this.#inverseSquares,
    ]
    for (let j = 0; j < d; j++) inverseSquares[j] = 5 * Math.exp(-2 * theta[j]!)
    let pair = 0
    let at = 0
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) {
        let squared = 0
        for (let j = 0; j < d; j++) squared += inverseSquares[j]! * differences[at + j]!
        at += d
        const s = Math.sqrt(squared)
        const fall = Math.exp(-s)
        const slope = (1 + s) * fall
        slopes[pair++] = slope
        K[i * n + k] = outputScale * (slope + (s * s * fall) / 3)
      }
      K[i * n + i] = outputScale + noise * noiseScale[i]!
    }
  }

  /** alpha, by R. @returns (y - m)' alpha */
  #solve(n: number): number {
    const [R, alpha, ones, work] = [this.#R, this.#alpha, this.#ones, this.#work]
    const { targets } = this.#data
    let mean = this.#fixedMean ?? 0
    if (this.#fixedMean === null) {
      work.fill(1)
      multiplyLower(R, n, n, work, alpha)
      multiplyLowerTransposed(R, n, n, alpha, ones) // K^-1 1
      let [weighted, total] = [0, MEAN_PRECISION]
      for (let i = 0; i < n; i++) {
        weighted += ones[i]! * targets[i]!
        total += ones[i]!
      }
      mean = weighted / total
    }
    for (let i = 0; i < n; i++) work[i] = targets[i]! - mean
    multiplyLower(R, n, n, work, ones)
    multiplyLowerTransposed(R, n, n, ones, alpha)
    let fit = 0
    for (let i = 0; i < n; i++) fit += ones[i]! * ones[i]!
    return fit
  }

  /** The length scales' gradients, and the pairs' part of the output scale's. */
  #addPairGradients(gradient: Float64Array, outputScale: number): void {
    const d = this.#columns
    const n = this.#data.targets.length
    const [alpha, inverse, slopes, differences, inverseSquares] = [
      this.#alpha,
      this.#inverse,
      this.#slopes,
      this.#differences,
      this.#inverseSquares,
    ]
    let pair = 0
    let at = 0
    let scaleGradient = 0
    for (let i = 1; i < n; i++) {
      const alphaI = alpha[i]!
      for (let k = 0; k < i; k++) {
        const w = alphaI * alpha[k]! - inverse[i * n + k]!
        const slope = slopes[pair++]!
        // K's own entries are overwritten by L: k = s_f ((1 + s) e^-s + s^2 e^-s / 3) is made again from the slope
        let squared = 0
        const weighted = w * slope
        for (let j = 0; j < d; j++) {
          const difference = differences[at + j]!
          squared += inverseSquares[j]! * difference
          gradient[j] = gradient[j]! - weighted * difference
        }
        at += d
        scaleGradient += w * (slope + (squared * slope) / (3 * (1 + Math.sqrt(squared))))
      }
    }
    // inverseSquares hold 5 / l^2: s_f 5/3 (1 + s) e^-s delta^2 / l^2, each pair twice, times 1/2
    for (let j = 0; j < d; j++) gradient[j] = (gradient[j]! * outputScale * inverseSquares[j]!) / 3
    gradient[d] = gradient[d]! - outputScale * scaleGradient
  }
}
