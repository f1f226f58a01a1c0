// How promising a point is, as a function over the space: log expected improvement of a model, with the odds that a run
// succeeds, in a region.
//   z        a point in the scaled coordinates of the model (gaussian-process.ts);  a(z)  larger is more promising
import { logImprovement, logImprovementSlope } from './acquisition.ts'
import type { Posterior } from './gaussian-process.ts'
import { logNormalCdf, millsRatio, normalDensity, normalCdf } from './normal.ts'

/** What stands in place of -Infinity: outside of the region, or surely failing. */
export const FORBIDDEN = -1000

export interface SurfaceOptions {
  readonly posterior: Posterior
  /** The target to improve on, in the model's units. */
  readonly tau: number
  /** Model of +1 (gave a value) and -1 (failed), with the same length scales; null: no failures to speak of. */
  readonly success: Posterior | null
  /** Points nearer to `centre` than `radius`, in scaled distance, are forbidden; null: none. */
  readonly hole: { readonly centre: Float64Array; readonly radius: number } | null
}

/** Odds of success are not taken for less: a model of few failures must not close a region. */
const LEAST_LOG_ODDS = Math.log(1e-3)

export class AcquisitionSurface {
  readonly posterior: Posterior
  readonly tau: number
  readonly #success: Posterior | null
  readonly #hole: SurfaceOptions['hole']

  constructor(options: SurfaceOptions) {
    this.posterior = options.posterior
    this.tau = options.tau
    this.#success = options.success
    this.#hole = options.hole
  }

  /** a(z). O(n^2 / 2). */
  valueAt(z: Float64Array): number {
    if (this.#isForbidden(z)) return FORBIDDEN
    this.posterior.predict(z)
    return this.#logImprovement() + this.#logOdds(z)
  }

  /** a(z), or -Infinity when it is surely below `least`: then without the variance, O(n d). */
  valueAbove(z: Float64Array, least: number): number {
    if (this.#isForbidden(z)) return FORBIDDEN
    this.posterior.predictMean(z)
    if (this.#logImprovement() < least) return -Infinity
    this.posterior.predictVariance()
    return this.#logImprovement() + this.#logOdds(z)
  }

  /** a(z) and its gradient in the numeric coordinates, as if nothing were forbidden. */
  gradientAt(z: Float64Array, gradient: Float64Array): number {
    const { posterior, tau } = this
    gradient.fill(0)
    posterior.predict(z)
    const variance = posterior.predictedVariance
    const std = Math.sqrt(variance)
    const improvement = (tau - posterior.predictedMean) / std
    const slope = logImprovementSlope(improvement)
    // a = ln std + ln h((tau - mu) / std): da/dmu = -h'/std, da/dvar = (1 - h' z) / (2 var)
    posterior.addGradient(z, -slope / std, (1 - slope * improvement) / (2 * variance), gradient)
    const value = Math.log(std) + logImprovement(improvement)
    return this.#success === null ? value : value + this.#addOddsGradient(z, gradient)
  }

  #logImprovement(): number {
    const std = Math.sqrt(this.posterior.predictedVariance)
    return Math.log(std) + logImprovement((this.tau - this.posterior.predictedMean) / std)
  }

  /** ln P(success), P = Phi(m / sqrt(v + noise)) (Gelbart et al. 2014, arXiv:1403.5607, with regression on +-1). */
  #logOdds(z: Float64Array): number {
    const success = this.#success
    if (success === null) return 0
    success.predict(z)
    const spread = Math.sqrt(success.predictedVariance + success.noise)
    return Math.max(logNormalCdf(success.predictedMean / spread), LEAST_LOG_ODDS)
  }

  #addOddsGradient(z: Float64Array, gradient: Float64Array): number {
    const success = this.#success!
    const odds = this.#logOdds(z)
    if (odds <= LEAST_LOG_ODDS) return odds
    const variance = success.predictedVariance + success.noise
    const spread = Math.sqrt(variance)
    const ratio = success.predictedMean / spread
    const slope = ratio < 0 ? 1 / millsRatio(-ratio) : normalDensity(ratio) / normalCdf(ratio)
    success.addGradient(z, slope / spread, (-slope * ratio) / (2 * variance), gradient)
    return odds
  }

  #isForbidden(z: Float64Array): boolean {
    if (this.#hole === null) return false
    return this.posterior.squaredDistance(z, this.#hole.centre) < this.#hole.radius ** 2
  }
}
