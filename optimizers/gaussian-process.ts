// A Gaussian process: hyperparameters fitted to data, then posterior mean and variance at points.
//   theta    [ln l_1 .. ln l_d, ln s_f, ln s_n], see hyperprior.ts;  K, L, R, alpha, m  as in map-objective.ts
//   z        a point in scaled coordinates: numeric x_j / l_j, categories as level numbers
//   k        covariances of a point with the n rows;  v = R k;  mu = m + k'alpha;  var = s_f - v'v
import { minimiseInBox } from './lbfgsb.ts'
import type { HyperPrior } from './hyperprior.ts'
import { choleskyRows, dot, invertLower, multiplyLower, multiplyLowerTransposed } from './linear-algebra.ts'
import { MapObjective } from './map-objective.ts'
import type { GpData } from './map-objective.ts'

/** 1e-3: at 1e-2 a fit ends on a saddle of one of the four reference data sets (gaussian-process.test.ts). */
const FIT_GRADIENT_TOLERANCE = 1e-3
const FIT_ITERATIONS = 40
/** From a fit of nearly the same data: half as many evaluations as to the end, and no proposal that is worse for it. */
const REFINEMENT_GRADIENT_TOLERANCE = 1e-2
const REFINEMENT_ITERATIONS = 8

export interface HyperparameterFit {
  readonly theta: Float64Array
  /** J at theta, see map-objective.ts; +Infinity when no start could be evaluated. */
  readonly objective: number
}

export interface FitOptions {
  /** @default 'profiled' */
  readonly mean?: 'profiled' | number
  /** The starts come from fits of nearly the same data. @default false */
  readonly isRefinement?: boolean
}

/** The best local optimum from several starts. Never throws: a start where K fails counts as infinitely bad. */
export function fitHyperparameters(
  data: GpData,
  prior: HyperPrior,
  starts: readonly Float64Array[],
  options: FitOptions = {},
): HyperparameterFit {
  const { mean = 'profiled', isRefinement = false } = options
  const objective = new MapObjective(data, { prior, mean })
  const { low, high } = prior.boundsFor(lengthScaleCount(data))
  let best: HyperparameterFit = { theta: prior.startFor(lengthScaleCount(data)), objective: Infinity }
  for (const start of starts) {
    const { x, value } = minimiseInBox(
      (theta, gradient) => objective.evaluate(theta, gradient),
      start,
      low,
      high,
      {
        maxIterations: isRefinement ? REFINEMENT_ITERATIONS : FIT_ITERATIONS,
        gradientTolerance: isRefinement ? REFINEMENT_GRADIENT_TOLERANCE : FIT_GRADIENT_TOLERANCE,
        valueTolerance: 1e-7,
      },
    )
    if (value < best.objective && x.every(Number.isFinite)) best = { theta: x, objective: value }
  }
  return best
}

/** Length scales of a model of these data: one per dimension, and one for the stages. */
export function lengthScaleCount(data: GpData): number {
  return data.dimensionCount + (data.stages === undefined ? 0 : 1)
}

export interface PosteriorOptions {
  readonly theta: Float64Array
  /** Added to the noise variance e^(theta_(d+1)). @default 0 */
  readonly noiseFloor?: number
  /** @default 'profiled' */
  readonly mean?: 'profiled' | number
  /**
   * Points that are being measured, (m, d) row-major: the variance shrinks around them, the mean stays (Ginsbourger et
   * al. 2010, "Kriging is well-suited to parallelize optimization": the believer).
   */
  readonly pending?: Float64Array
}

/** Shares of s_f added to the diagonal, one after another, until K factorises. */
const JITTERS = [0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4] as const
/** Share of s_f below which a variance is rounding. */
const VARIANCE_FLOOR = 1e-12

/** The model with its hyperparameters fixed. Its methods share work space: no allocation per point. */
export class Posterior {
  readonly data: GpData
  readonly theta: Float64Array
  readonly outputScale: number
  /** Noise variance of a plain measurement. */
  readonly noise: number
  readonly mean: number
  /** Share of s_f that had to be added to the diagonal. */
  readonly jitter: number
  readonly lengthScales: Float64Array
  readonly inverseScales: Float64Array
  readonly alpha: Float64Array
  /** Results of the last predict(). */
  predictedMean = 0
  predictedVariance = 0
  readonly #count: number
  readonly #L: Float64Array
  readonly #R: Float64Array
  readonly #scaledRows: Float64Array
  readonly #scaledStages: Float64Array
  readonly #categoryWeights: Float64Array
  readonly #k: Float64Array
  readonly #slopes: Float64Array
  readonly #v: Float64Array
  readonly #w: Float64Array

  private constructor(data: GpData, options: PosteriorOptions, jitter: number) {
    const { theta, noiseFloor = 0, pending = new Float64Array(0) } = options
    const d = data.dimensionCount
    const scaleCount = lengthScaleCount(data)
    const observed = data.targets.length
    const n = observed + pending.length / d
    this.data = data
    this.theta = theta
    this.outputScale = Math.exp(theta[scaleCount]!)
    this.noise = Math.exp(theta[scaleCount + 1]!) + noiseFloor
    this.jitter = jitter
    this.lengthScales = theta.slice(0, d).map(Math.exp)
    this.inverseScales = this.lengthScales.map((length) => 1 / length)
    this.#categoryWeights = this.inverseScales.map((inverse) => inverse * inverse)
    this.#count = n
    this.#k = new Float64Array(n)
    this.#slopes = new Float64Array(n)
    this.#v = new Float64Array(n)
    this.#w = new Float64Array(n)
    this.alpha = new Float64Array(n)
    this.#scaledRows = new Float64Array(n * d)
    for (let i = 0; i < n; i++) {
      const from = i < observed ? data.rows : pending
      const at = i < observed ? i * d : (i - observed) * d
      this.encode(from.subarray(at, at + d), this.#scaledRows.subarray(i * d, (i + 1) * d))
    }
    this.#scaledStages = new Float64Array(n)
    if (data.stages !== undefined) {
      const inverse = Math.exp(-theta[d]!)
      this.#scaledStages.set(data.stages.map((stage) => stage * inverse))
    }
    this.#L = new Float64Array(n * n)
    this.#R = new Float64Array(n * n)
    this.#fillCovariance(observed)
    const floor = 1e-13 * this.outputScale
    if (!choleskyRows(this.#L, n, 0, observed, floor)) throw new RangeError('not positive definite')
    // Pending rows come after: the same operations as if they had been there from the start
    if (!choleskyRows(this.#L, n, observed, n, floor)) throw new RangeError('not positive definite')
    invertLower(this.#L, this.#R, n, n)
    this.mean = this.#solve(observed, options.mean ?? 'profiled')
  }

  /** @returns null when K cannot be factorised even with 1e-4 s_f on its diagonal */
  static create(data: GpData, options: PosteriorOptions): Posterior | null {
    if (!options.theta.every(Number.isFinite)) return null
    for (const jitter of JITTERS) {
      try {
        return new Posterior(data, options, jitter)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
      }
    }
    return null
  }

  /** Scaled coordinates of a row: x_j / l_j, categories unchanged. */
  encode(row: ArrayLike<number>, z: Float64Array): void {
    const { dimensionCount: d, numericCount } = this.data
    for (let j = 0; j < numericCount; j++) z[j] = row[j]! * this.inverseScales[j]!
    for (let j = numericCount; j < d; j++) z[j] = row[j]!
  }

  /** Squared scaled distance of two encoded points. */
  squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
    const { dimensionCount: d, numericCount } = this.data
    let squared = 0
    for (let j = 0; j < numericCount; j++) squared += (a[j]! - b[j]!) ** 2
    for (let j = numericCount; j < d; j++) if (a[j] !== b[j]) squared += this.#categoryWeights[j]!
    return squared
  }

  /** Mean and variance of the objective (without noise) at an encoded point, into the two fields. O(n^2 / 2 + n d). */
  predict(z: Float64Array): void {
    this.predictMean(z)
    this.predictVariance()
  }

  /**
   * The mean alone, into its field; the variance's field gets a bound from above, s_f minus what the nearest row alone
   * takes away. O(n d).
   */
  predictMean(z: Float64Array): void {
    const [n, k] = [this.#count, this.#k]
    this.#fillKernelRow(z)
    this.predictedMean = this.mean + dot(k, 0, this.alpha, 0, n)
    let largest = 0
    for (let i = 0; i < n; i++) if (k[i]! > largest) largest = k[i]!
    // Noise up to four times the plain one (failed runs): the bound stays a bound for them
    const taken = (largest * largest) / (this.outputScale * (1 + this.jitter) + 4 * this.noise)
    this.predictedVariance = Math.max(this.outputScale - taken, VARIANCE_FLOOR * this.outputScale)
  }

  /** The variance at the point of the last predictMean(). O(n^2 / 2). */
  predictVariance(): void {
    const [n, v] = [this.#count, this.#v]
    multiplyLower(this.#R, n, n, this.#k, v)
    const variance = this.outputScale - dot(v, 0, v, 0, n)
    this.predictedVariance = Math.max(variance, VARIANCE_FLOOR * this.outputScale)
  }

  /**
   * After predict() at z: adds meanFactor d mean/dz + varianceFactor d var/dz, of the numeric coordinates.
   * @param gradient length >= numericCount, in scaled coordinates
   */
  addGradient(z: Float64Array, meanFactor: number, varianceFactor: number, gradient: Float64Array): void {
    const { dimensionCount: d, numericCount } = this.data
    const [n, slopes, w, alpha, rows] = [this.#count, this.#slopes, this.#w, this.alpha, this.#scaledRows]
    if (varianceFactor === 0) w.fill(0)
    else multiplyLowerTransposed(this.#R, n, n, this.#v, w)
    // dk_i/dz_j = -5/3 s_f (1 + s) e^-s (z_j - z_ij);  d var = -2 w'dk
    const scale = (-5 / 3) * this.outputScale
    for (let i = 0; i < n; i++) {
      const weight = scale * slopes[i]! * (meanFactor * alpha[i]! - 2 * varianceFactor * w[i]!)
      const row = i * d
      for (let j = 0; j < numericCount; j++) gradient[j] = gradient[j]! + weight * (z[j]! - rows[row + j]!)
    }
  }

  /** Leave-one-out mean and variance of each measurement (Rasmussen and Williams 2006, eq. 5.12). O(n^2). */
  leaveOneOut(): { readonly means: Float64Array; readonly variances: Float64Array } {
    const n = this.data.targets.length
    const variances = new Float64Array(n)
    for (let k = 0; k < n; k++) {
      for (let i = 0; i <= k; i++) variances[i] = variances[i]! + this.#R[k * this.#count + i]! ** 2
    }
    const means = this.data.targets.map((target, i) => target - this.alpha[i]! / variances[i]!)
    return { means, variances: variances.map((inverse) => 1 / inverse) }
  }

  /** L_ii of the measured rows. */
  choleskyDiagonal(): Float64Array {
    return this.data.targets.map((_, i) => this.#L[i * this.#count + i]!)
  }

  /** Covariances with every row, and the part of their slopes that the gradient needs. */
  #fillKernelRow(z: Float64Array, stage = 0): void {
    const { dimensionCount: d, numericCount } = this.data
    const [n, k, slopes, rows] = [this.#count, this.#k, this.#slopes, this.#scaledRows]
    const [weights, stages] = [this.#categoryWeights, this.#scaledStages]
    const outputScale = this.outputScale
    for (let i = 0; i < n; i++) {
      const row = i * d
      let squared = (stages[i]! - stage) ** 2
      for (let j = 0; j < numericCount; j++) {
        const difference = z[j]! - rows[row + j]!
        squared += difference * difference
      }
      for (let j = numericCount; j < d; j++) if (z[j]! !== rows[row + j]!) squared += weights[j]!
      const s = Math.sqrt(5 * squared)
      const fall = Math.exp(-s)
      const slope = (1 + s) * fall
      slopes[i] = slope
      k[i] = outputScale * (slope + (5 / 3) * squared * fall)
    }
  }

  #fillCovariance(observed: number): void {
    const d = this.data.dimensionCount
    const [n, L, k] = [this.#count, this.#L, this.#k]
    for (let i = 0; i < n; i++) {
      this.#fillKernelRow(this.#scaledRows.subarray(i * d, (i + 1) * d), this.#scaledStages[i])
      for (let j = 0; j < i; j++) L[i * n + j] = k[j]!
      const noiseScale = i < observed ? this.data.noiseScale[i]! : 1
      L[i * n + i] = this.outputScale * (1 + this.jitter) + this.noise * noiseScale
    }
  }

  /** alpha of the measured rows; that of pending ones is 0, so that the mean stays. @returns m */
  #solve(observed: number, wanted: 'profiled' | number): number {
    const [n, R, v, w, alpha] = [this.#count, this.#R, this.#v, this.#w, this.alpha]
    const { targets } = this.data
    let mean = wanted === 'profiled' ? 0 : wanted
    if (wanted === 'profiled') {
      this.#k.fill(1)
      multiplyLower(R, n, observed, this.#k, v)
      multiplyLowerTransposed(R, n, observed, v, w)
      let [weighted, total] = [0, 1e-6]
      for (let i = 0; i < observed; i++) {
        weighted += w[i]! * targets[i]!
        total += w[i]!
      }
      mean = weighted / total
    }
    for (let i = 0; i < observed; i++) w[i] = targets[i]! - mean
    multiplyLower(R, n, observed, w, v)
    multiplyLowerTransposed(R, n, observed, v, alpha)
    return mean
  }
}
