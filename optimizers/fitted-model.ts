// A model of the objective fitted to a training set, with the model of where runs fail, and what is asked of both.
import { lengthScaleCount, Posterior } from './gaussian-process.ts'
import { LOW_NOISE_PRIOR } from './hyperprior.ts'
import type { TrainingSet } from './training-set.ts'

export interface FittedModel {
  readonly posterior: Posterior
  readonly set: TrainingSet
  /** Model of +1 (gave a value) and -1 (failed); null: no failures to speak of. */
  readonly success: Posterior | null
}

/**
 * @param pending rows of open runs
 * @returns null when neither these hyperparameters nor the default ones give a covariance that can be factorised
 */
export function fitModel(
  set: TrainingSet,
  theta: Float64Array,
  pending: readonly Float64Array[],
): FittedModel | null {
  const d = set.data.dimensionCount
  const rows = new Float64Array(pending.length * d)
  for (const [i, row] of pending.entries()) rows.set(row, i * d)
  const options = { noiseFloor: LOW_NOISE_PRIOR.noiseFloor, pending: rows }
  const posterior =
    Posterior.create(set.data, { ...options, theta }) ??
    Posterior.create(set.data, { ...options, theta: LOW_NOISE_PRIOR.startFor(lengthScaleCount(set.data)) })
  return posterior === null ? null : { posterior, set, success: fitSuccess(set, posterior) }
}

/** From three failures and a share of 5 % on: +-1 with the length scales of the objective. */
function fitSuccess(set: TrainingSet, posterior: Posterior): Posterior | null {
  const count = set.hasValue.length
  const failures = count - set.hasValue.reduce((sum, has) => sum + has, 0)
  if (failures < 3 || failures < 0.05 * count) return null
  const theta = posterior.theta.slice()
  theta[theta.length - 2] = 0
  theta[theta.length - 1] = Math.log(0.1)
  const targets = Float64Array.from(set.hasValue, (has) => (has === 1 ? 1 : -1))
  const data = { ...set.data, targets, noiseScale: new Float64Array(count).fill(1) }
  return Posterior.create(data, { theta, mean: 0 })
}

export function rowAt(set: TrainingSet, i: number): Float64Array {
  const d = set.data.dimensionCount
  return set.data.rows.slice(i * d, (i + 1) * d)
}

/** The model's mean at each row with a value, the best first; i: row of the training set. */
export function meansByModel({
  posterior,
  set,
}: FittedModel): { readonly i: number; readonly mean: number }[] {
  const z = new Float64Array(set.data.dimensionCount)
  const means = set.ranking.map((i) => {
    posterior.encode(rowAt(set, i), z)
    posterior.predictMean(z)
    return { i, mean: posterior.predictedMean }
  })
  return means.sort((a, b) => a.mean - b.mean)
}

/** Rows with values, by the model's mean, the best first. */
export function topByModel(model: FittedModel, count: number): Float64Array[] {
  return meansByModel(model)
    .slice(0, count)
    .map(({ i }) => rowAt(model.set, i))
}
