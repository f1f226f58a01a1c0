// The first places of a sweep's ranking: by the index of the ranking where a run's own value ranks it, else by the
// sweep's board.
import type { BestRunsQuery } from '../sweeps/run-schema.ts'
import { rankRuns } from '../sweeps/ranking.ts'
import { summaryValue } from '../sweeps/run-history.ts'
import type { RunFacts, StoreReads } from '../sweeps/store.ts'
import type { MetricSpec, RunId, SweepRecord } from '../sweeps/sweep.ts'
import type { SweepBoards } from './sweep-board.ts'

export interface RankBestDeps {
  readonly store: StoreReads
  readonly boards: SweepBoards
}

export interface BestRuns {
  /** Best first. */
  readonly ids: RunId[]
  /** Runs outside the ranking by why; only what is above 0. */
  readonly notCounted: Record<string, number>
}

/** The first `n` of the ranking that the query asks for. */
export function rankBest(deps: RankBestDeps, sweep: SweepRecord, query: BestRunsQuery): Promise<BestRuns> {
  const isUsual = query.summary === undefined && query.include === undefined
  return isUsual ? rankByIndex(deps.store, sweep, query.n) : rankByBoard(deps.boards, sweep, query)
}

/** Cost independent of the number of runs, apart from counting them in an index. */
async function rankByIndex(store: StoreReads, sweep: SweepRecord, n: number): Promise<BestRuns> {
  const { metric } = sweep
  const [ranked, counts, unranked] = await Promise.all([
    metric === null ? [] : store.listRanked(sweep.id, metric.goal, n),
    store.countRunsByState(sweep.id),
    store.countUnranked(sweep.id),
  ])
  const ended = counts.finished + counts.stopped
  return {
    ids: ranked.map(({ id }) => id),
    notCounted: aboveZero({
      queued: counts.queued + counts.preempted,
      running: counts.running,
      failed: counts.failed,
      cancelled: counts.cancelled,
      lost: counts.lost,
      noMetric: metric === null ? ended : unranked.noMetric,
      nan: metric === null ? 0 : unranked.nan,
    }),
  }
}

async function rankByBoard(
  boards: SweepBoards,
  sweep: SweepRecord,
  { n, summary, include }: BestRunsQuery,
): Promise<BestRuns> {
  const { runs } = await boards.boardOf(sweep.id)
  const { ranked, notCounted } = rankRuns(runs, sweep.metric, {
    includeRunning: include === 'running',
    ...(sweep.metric === null || summary === undefined
      ? {}
      : { rankedValue: valueBy({ ...sweep.metric, summary }) }),
  })
  return { ids: ranked.slice(0, n).map(({ id }) => id), notCounted: aboveZero({ ...notCounted }) }
}

function valueBy(metric: MetricSpec): (run: RunFacts) => number | null {
  return ({ summaries }) => {
    const summary = summaries.find(({ key }) => key === metric.name)
    return summary === undefined ? null : summaryValue(summary, metric.summary)
  }
}

function aboveZero(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}
