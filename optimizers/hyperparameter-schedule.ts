// Hyperparameters as a function of the history alone. They are fitted from scratch at certain lengths of the history,
// each a tenth longer than the one before; between them a fit starts from the last of those. So a restarted process finds
// the same values with two fits, whatever its predecessor had computed.
import { fitHyperparameters } from './gaussian-process.ts'
import { LOW_NOISE_PRIOR } from './hyperprior.ts'
import type { ModelSpace } from './model-space.ts'
import type { EndedRun } from './run-history.ts'
import { buildTrainingSet, chooseRows } from './training-set.ts'
import type { TrainingSet } from './training-set.ts'

/** Fits use at most so many rows: 10 ms per evaluation there, and hyperparameters hardly change with more. */
const MAX_FIT_ROWS = 256
/** The same when rows stand for stages of runs: there are more runs then, and more asks. */
const MAX_STAGED_FIT_ROWS = 128
/** Beyond so many runs the last scheduled fit is used as it is. */
const MAX_REFIT_EVERY_RUN = 200
const GROWTH = 1.1

export class HyperparameterSchedule {
  readonly #space: ModelSpace
  readonly #scheduled = new Map<string, Float64Array>()

  constructor(space: ModelSpace) {
    this.#space = space
  }

  /** The runs before the last ones are no longer what they were. */
  forget(): void {
    this.#scheduled.clear()
  }

  /** @param set of all `runs` */
  thetaFor(runs: readonly EndedRun[], set: TrainingSet, bend: boolean): Float64Array {
    const length = scheduledLength(runs.length)
    const byStage = set.data.stages !== undefined
    const start = this.#scheduledFit(runs, length, bend, byStage)
    if (length === runs.length || runs.length > MAX_REFIT_EVERY_RUN) return start
    const { data } = rowsToFit(set)
    return fitHyperparameters(data, LOW_NOISE_PRIOR, [start], { isRefinement: true }).theta
  }

  #scheduledFit(runs: readonly EndedRun[], length: number, bend: boolean, byStage: boolean): Float64Array {
    const key = `${length}/${bend}/${byStage}`
    let theta = this.#scheduled.get(key)
    if (theta === undefined) {
      const set = buildTrainingSet(this.#space, runs.slice(0, length), bend, byStage)
      const data = set === null ? null : rowsToFit(set).data
      const start = LOW_NOISE_PRIOR.startFor(this.#space.dimensionCount + (byStage ? 1 : 0))
      theta = data === null ? start : fitHyperparameters(data, LOW_NOISE_PRIOR, [start]).theta
      this.#scheduled.set(key, theta)
    }
    return theta
  }
}

function rowsToFit(set: TrainingSet): TrainingSet {
  return chooseRows(set, set.data.stages === undefined ? MAX_FIT_ROWS : MAX_STAGED_FIT_ROWS)
}

/** The longest scheduled length that is not above n. */
export function scheduledLength(n: number): number {
  let length = 1
  for (;;) {
    const next = Math.max(length + 1, Math.ceil(GROWTH * length))
    if (next > n) return Math.min(length, n)
    length = next
  }
}
