// What `sweep plot` draws, as the columns that charts/ takes: a snapshot's runs, those that a filter takes, ranked by the
// metric that is drawn.
import type { HistoryRuns } from '../../charts/history-data.ts'
import type { ParallelColumn } from '../../charts/parallel-data.ts'
import type { LiveRun, SweepSnapshot } from '../../sweeps/live-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { didYouMean } from '../../sweeps/nearest-name.ts'
import { oneLineOf } from '../text-width.ts'
import { compileSelection } from '../top/filter-runs.ts'
import { LiveRuns, numberOf } from '../top/live-runs.ts'

export interface PlotWish {
  /** null: the sweep's. */
  readonly metric: string | null
  /** null: the sweep's. */
  readonly goal: 'minimize' | 'maximize' | null
  /** A filter; null: all runs. */
  readonly where: string | null
}

export interface PlotData {
  readonly metric: string
  readonly goal: 'minimize' | 'maximize'
  /** In order of creation. */
  readonly runs: HistoryRuns & { readonly createdAtMs: readonly number[] }
  /** Rows that the filter takes; null: all. */
  readonly rows: Uint32Array | null
  /** Parameters that differ, as many as can be told apart, and the metric. */
  readonly columns: readonly ParallelColumn[]
}

/** More axes than this lie on each other. */
const MAX_AXES = 10

/** @param important names of parameters, the most important first @throws SweepError */
export function readPlotData(
  snapshot: SweepSnapshot,
  wish: PlotWish,
  important: readonly string[],
): PlotData {
  const live = new LiveRuns(snapshot)
  const all = [...live.all]
  const own = snapshot.sweep.metric
  const metric = wish.metric ?? own?.name
  if (metric === undefined) {
    throw new SweepError('USAGE', `${snapshot.sweep.id} has no metric`, { hint: 'Name one:  --metric loss' })
  }
  if (metric !== own?.name && !snapshot.metrics.some(({ name }) => name === metric) && all.length > 0) {
    const known = snapshot.metrics.map(({ name }) => name)
    throw new SweepError('NOT_FOUND', `no run of ${snapshot.sweep.id} has reported "${metric}"`, {
      hint: `${didYouMean(metric, known)}  Reported: ${known.slice(0, 10).join(', ') || 'nothing yet'}`.trim(),
    })
  }
  const goal = wish.goal ?? own?.goal ?? 'minimize'
  const valueOf = (run: LiveRun) => (metric === own?.name ? run.value : run.metrics[metric]?.last)
  const values = Float64Array.from(all, (run) => numberOf(valueOf(run)))
  const selection = wish.where === null ? null : compileSelection(wish.where)
  const rows =
    selection === null
      ? null
      : Uint32Array.from(all.flatMap((run, row) => (selection.takes(run, live) ? [row] : [])))
  return {
    metric: oneLineOf(metric),
    goal,
    runs: {
      ids: all.map(({ id }) => id),
      values,
      ranks: rankValues(all, values, goal),
      states: all.map(({ state }) => state),
      nanRows: new Set(all.flatMap((run, row) => (valueOf(run) === 'NaN' ? [row] : []))),
      createdAtMs: all.map(({ createdAtMs }) => createdAtMs),
    },
    rows,
    columns: [
      ...parameterColumns(snapshot, important),
      { name: oneLineOf(metric), values, isLog: false, fence: goal === 'minimize' ? 'high' : 'low' },
    ],
  }
}

/** As sweeps are ranked: runs that ended well, by value, then by when they ended. */
function rankValues(runs: readonly LiveRun[], values: Float64Array, goal: PlotData['goal']): Uint32Array {
  const sign = goal === 'maximize' ? -1 : 1
  const rows = runs.flatMap(({ state }, row) =>
    (state === 'finished' || state === 'stopped') && !Number.isNaN(values[row]) ? [row] : [],
  )
  const end = (row: number) => runs[row]?.finishedAtMs ?? Infinity
  rows.sort((a, b) => {
    const [left, right] = [sign * (values[a] ?? NaN), sign * (values[b] ?? NaN)]
    return left === right ? end(a) - end(b) || a - b : left - right
  })
  const ranks = new Uint32Array(runs.length)
  for (const [index, row] of rows.entries()) ranks[row] = index + 1
  return ranks
}

function parameterColumns(snapshot: SweepSnapshot, important: readonly string[]): ParallelColumn[] {
  const varying = snapshot.params.filter(
    ({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1,
  )
  const turn = (name: string) => (important.includes(name) ? important.indexOf(name) : Infinity)
  const chosen = varying
    .map((param, index) => ({ param, index }))
    .sort((a, b) => turn(a.param.name) - turn(b.param.name) || a.index - b.index)
    .slice(0, MAX_AXES - 1)
  return chosen.map(({ param: { name, values, log } }) => ({
    name: oneLineOf(name),
    values: values.map((value) => (typeof value === 'string' ? oneLineOf(value) : value)),
    isLog: log === true,
  }))
}
