// What there is left to gain, by the model: for the advice when to stop.
//   tau    least mean of the model at the measured points;  beta   weight of the uncertainty (Srinivas et al. 2010)
import { logExpectedImprovement } from './acquisition.ts'
import { meansByModel, rowAt } from './fitted-model.ts'
import type { FittedModel } from './fitted-model.ts'

/** All in standard deviations of the transformed values. */
export interface Prospects {
  /**
   * With high probability the best measured point is no further than this above the least value of the rows that were
   * searched: (least upper bound of the measured) - (least lower bound), bounds mean +- sqrt(beta) std (Makarova et al.
   * 2022, arXiv:2104.08166, eq. 3). They take the least over the space; here each proposal adds the rows of its own arm.
   */
  readonly regretBound: number
  /** Standard deviation of a measurement. */
  readonly noiseStd: number
  /** Largest ln E[max(tau - f(x), 0)] of those rows. */
  readonly logGain: number
}

/** Rows of a search that are looked at: its local optima come first. With 64 of each an ask at 91 runs took 7 % longer. */
const MAX_SEARCHED_ROWS = 24
/** The upper bound of a point whose mean is far above the best one is not the least. */
const MAX_MEASURED_ROWS = 8
const FAILURE_PROBABILITY = 0.1

/** @param searched rows that a search found, the best first. O(16 n^2) */
export function assessProspects(
  model: FittedModel,
  searched: readonly Float64Array[],
): Prospects & { readonly tau: number } {
  const { posterior, set } = model
  const [n, d] = [set.data.targets.length, set.data.dimensionCount]
  // The factor 1/5 of the usual 2 ln(...) is Makarova's
  const width = Math.sqrt((2 / 5) * Math.log((d * n * n * Math.PI ** 2) / (6 * FAILURE_PROBABILITY)))
  const z = new Float64Array(d)
  const predict = (row: Float64Array) => {
    posterior.encode(row, z)
    posterior.predict(z)
    return { mean: posterior.predictedMean, std: Math.sqrt(posterior.predictedVariance) }
  }
  const means = meansByModel(model)
  const tau = means[0]!.mean
  const measured = means.slice(0, MAX_MEASURED_ROWS).map(({ i }) => predict(rowAt(set, i)))
  const found = searched.slice(0, MAX_SEARCHED_ROWS).map(predict)
  const upper = Math.min(...measured.map(({ mean, std }) => mean + width * std))
  const lower = Math.min(...[...measured, ...found].map(({ mean, std }) => mean - width * std))
  const gains = found.map(({ mean, std }) => logExpectedImprovement(mean, std, tau))
  const noiseStd = Math.sqrt(posterior.noise)
  return { regretBound: upper - lower, noiseStd, logGain: Math.max(...gains, -1000), tau }
}
