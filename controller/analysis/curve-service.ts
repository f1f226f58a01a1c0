// Learning curves of many runs at once: the wanted ones in buckets, and the band of the others. Curves of runs that ended
// are kept: they change no more.
import { bandOf, plotCurve } from '../../sweeps/analysis/curve-band.ts'
import { sampleRuns } from '../../sweeps/analysis/importance.ts'
import { MAX_CURVES } from '../../sweeps/analysis-schema.ts'
import type { CurvesQuery, CurvesResponse } from '../../sweeps/analysis-schema.ts'
import { CurveBuckets } from '../../sweeps/curve-buckets.ts'
import type { CurveBucket } from '../../sweeps/curve-buckets.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { isTerminalRunState } from '../../sweeps/run.ts'
import { metricNumber } from '../../sweeps/store.ts'
import type { RunFacts, StoreReads } from '../../sweeps/store.ts'
import type { SweepRecord } from '../../sweeps/sweep.ts'
import { readCountedRows } from '../export-history.ts'
import type { Standings } from '../standings.ts'
import type { SweepBoards } from '../sweep-board.ts'
import { filterBoard } from './filter-board.ts'
import { presentHead } from './present-outlook.ts'

export interface CurveService {
  /** @throws SweepError REQUEST_INVALID when `where` is no filter, or `runs` names a run of no or another sweep */
  curvesOf(sweep: SweepRecord, query: CurvesQuery): Promise<CurvesResponse>
}

export interface CurveDeps {
  readonly store: StoreReads
  readonly boards: SweepBoards
  readonly standings: Standings
}

/** So many of the others make the band: their histories are read in full. */
const BAND_RUNS = 100
const BAND_POINTS = 100
const DEFAULT_RUNS = 5
const MAX_KEPT = 2_000

export function createCurveService({ store, boards, standings }: CurveDeps): CurveService {
  const kept = new Map<string, CurveBuckets>()

  async function readCurve(run: RunFacts, metric: string, points: number): Promise<CurveBuckets> {
    const key = JSON.stringify([run.id, metric, points, run.attemptCount])
    const known = kept.get(key)
    if (known !== undefined) return known
    const buckets = new CurveBuckets(points)
    for await (const { row } of readCountedRows(store, run)) {
      if (!Object.hasOwn(row.metrics, metric)) continue
      buckets.take(row.step, row.at, metricNumber(row.metrics[metric] ?? NaN))
    }
    if (isTerminalRunState(run.state)) {
      kept.set(key, buckets)
      const [oldest] = kept.keys()
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    }
    return buckets
  }

  return {
    async curvesOf(sweep, query) {
      const board = await boards.boardOf(sweep.id)
      const metric = query.metric ?? sweep.metric?.name ?? null
      const { runs, ranks } = await filterBoard(standings, sweep, board.runs, query.where)
      const head = { sweep: presentHead(sweep), seq: board.seq, metric, x: query.x }
      if (metric === null) return { ...head, runs: [], band: null }
      const rankOf = (run: RunFacts) => ranks.get(run.id) ?? null
      const wanted = chooseRuns(board.runs, runs, query.runs, rankOf)
      const curves: CurvesResponse['runs'] = []
      for (const run of wanted) {
        const curve = await readCurve(run, metric, query.points)
        curves.push({
          runId: run.id,
          name: run.name,
          state: run.state,
          rank: rankOf(run),
          ...columnsOf(run, curve, query.x),
        })
      }
      const others = runs.filter((run) => !wanted.includes(run) && run.startedAt !== null)
      return {
        ...head,
        runs: curves,
        band: query.band === 'none' ? null : await readBand(others, metric, query.x),
      }
    },
  }

  async function readBand(
    others: readonly RunFacts[],
    metric: string,
    x: CurvesQuery['x'],
  ): Promise<CurvesResponse['band']> {
    const sample = sampleRuns(others, BAND_RUNS)
    const curves = []
    for (const run of sample) {
      const { buckets } = await readCurve(run, metric, BAND_POINTS)
      curves.push(plotCurve(buckets, placeIn(run, x)))
    }
    const band = bandOf(curves)
    if (band === null) return null
    const { low, middle, high } = band
    return {
      x: [...band.x],
      low: [...low],
      middle: [...middle],
      high: [...high],
      runs: sample.length,
      of: others.length,
    }
  }
}

/** Those that are asked for, in that order; without any the best of those that the filter takes. */
function chooseRuns(
  all: readonly RunFacts[],
  filtered: readonly RunFacts[],
  ids: string | undefined,
  rankOf: (run: RunFacts) => number | null,
): RunFacts[] {
  if (ids === undefined) {
    const ranked = filtered.filter((run) => rankOf(run) !== null)
    return ranked.sort((a, b) => (rankOf(a) ?? 0) - (rankOf(b) ?? 0)).slice(0, DEFAULT_RUNS)
  }
  const byId = new Map<string, RunFacts>(all.map((run) => [run.id, run]))
  const wanted = [...new Set(ids.split(',').filter((id) => id !== ''))]
  if (wanted.length > MAX_CURVES)
    throw new SweepError('REQUEST_INVALID', `runs: ${wanted.length} runs, ${MAX_CURVES} at the most`, {
      at: 'runs',
      hint: 'Ask for them in parts.',
    })
  return wanted.map((id) => {
    const run = byId.get(id)
    if (run !== undefined) return run
    throw new SweepError('REQUEST_INVALID', `runs: the sweep has no run "${id}"`, {
      at: 'runs',
      hint: 'Name runs by their whole ids, separated by commas.',
    })
  })
}

function placeIn(run: RunFacts, x: CurvesQuery['x']): (bucket: CurveBucket) => number {
  const start = run.startedAt ?? run.createdAt
  return x === 'step' ? ({ step }) => step : ({ at }) => (at - start) / 1000
}

function columnsOf(
  run: RunFacts,
  { buckets, isWhole }: CurveBuckets,
  x: CurvesQuery['x'],
): Pick<CurvesResponse['runs'][number], 'x' | 'mean' | 'min' | 'max' | 'isWhole' | 'nonFinite'> {
  const plotted = plotCurve(buckets, placeIn(run, x))
  return {
    x: [...plotted.x],
    mean: [...plotted.mean],
    min: buckets.map(({ min }) => min),
    max: buckets.map(({ max }) => max),
    isWhole,
    nonFinite: buckets.reduce((sum, { nonFinite }) => sum + nonFinite, 0),
  }
}
