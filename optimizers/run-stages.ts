// What a model is told of runs when some were stopped early: values at several stages of their way, so that a short run
// says what it knows, no more, and the end is foretold from runs that were like it. A model over configuration and stage
// (Klein et al. 2020, arXiv:2003.10865) with few rows per run.
//   stage    0 at the end of a run, ln(progress / end) / ln 27 before: -1 where a 27th of the way is done
import type { EndedRun } from './run-history.ts'
import type { CurvePoint } from './stopping-rule.ts'
import { valueAtProgress } from './thinned-curve.ts'

/** One value of a run. */
export interface StagedValue {
  readonly row: Float64Array
  /** null: the run failed. */
  readonly value: number | null
  readonly stage: number
  /** A stopped run of which nothing is known but its best value. */
  readonly isUnsure: boolean
  /** The latest of its run. */
  readonly isLast: boolean
  /** The run went to its end with it, as far as is known. */
  readonly isResult: boolean
}

/** Beside the last value a run gives those that it had at these shares of the whole way, if it came so far. */
const WATCHED_SHARES = [1 / 9, 1 / 3] as const
/** A watched share this near to the last value tells nothing new. */
const NEARLY_LAST = 0.99
const EARLIEST_STAGE = -3
/** Of a stopped run, also when no run is known to have come farther. */
const LATEST_STAGE = -0.05

/** A run that was stopped on a way that is known. */
export function isPartial({ isStopped, curve }: EndedRun): boolean {
  return isStopped && curve.length > 0
}

/**
 * Values of all runs, those of a run together. The end of the way is the farthest that any run came.
 * @param byStage false: one value per run, at stage 0
 */
export function stageRuns(runs: readonly EndedRun[], byStage: boolean): StagedValue[] {
  const end = runs.reduce((most, { curve }) => Math.max(most, curve.at(-1)?.progress ?? 0), 0)
  return runs.flatMap((run): StagedValue[] => {
    const { row, value } = run
    const last = run.curve.at(-1)
    if (!byStage || value === null || last === undefined) {
      const isUnsure = run.isStopped && value !== null
      return [{ row, value, stage: 0, isUnsure, isLast: true, isResult: true }]
    }
    const points = pointsOnTheWay(run.curve, last.progress, end)
    const before = points.map((point) => ({
      row,
      value: point.value,
      stage: stageOf(point.progress, end),
      isUnsure: false,
      isLast: false,
      isResult: false,
    }))
    const own = run.isStopped
      ? { value: last.value, stage: Math.min(stageOf(last.progress, end), LATEST_STAGE) }
      : { value, stage: 0 }
    return [...before, { row, ...own, isUnsure: false, isLast: true, isResult: !run.isStopped }]
  })
}

function pointsOnTheWay(curve: readonly CurvePoint[], last: number, end: number): CurvePoint[] {
  const first = curve[0]!.progress
  return WATCHED_SHARES.flatMap((share) => {
    const progress = share * end
    if (progress < first || progress > NEARLY_LAST * last) return []
    const value = valueAtProgress(curve, progress)
    return value === null ? [] : { progress, value }
  })
}

function stageOf(progress: number, end: number): number {
  return Math.max(Math.log(progress / end) / Math.log(27), EARLIEST_STAGE)
}
