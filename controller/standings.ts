// A sweep's ranking as answers show it: each run's place, and the best one. The places are kept between requests,
// because a page of runs shows a few of 10,000.
import type { RunState } from '../sweeps/run.ts'
import type { StoreReads } from '../sweeps/store.ts'
import type { RunId, SweepId, SweepRecord } from '../sweeps/sweep.ts'

export interface BestRun {
  readonly runId: RunId
  readonly value: number
}

export interface Standings {
  /** One look into the index of the ranking, whatever the number of runs. */
  bestOf(sweep: SweepRecord): Promise<BestRun | null>
  /** Place from 1; runs that are not ranked have none. */
  ranksOf(sweep: SweepRecord): Promise<ReadonlyMap<RunId, number>>
  /** Runs of the sweep were erased. */
  forget(sweepId: SweepId): void
}

const MAX_KEPT_SWEEPS = 100
const NOBODY: ReadonlyMap<RunId, number> = new Map()

/**
 * Finished and stopped are final states and such a run's values change no more: as long as their number and the
 * spec stay the same, so does the ranking. The number is asked of the store each time, because other controllers
 * write there too.
 */
export function createStandings(store: StoreReads): Standings {
  const kept = new Map<SweepId, { readonly key: string; readonly ranks: ReadonlyMap<RunId, number> }>()
  return {
    async bestOf(sweep) {
      if (sweep.metric === null) return null
      const [first] = await store.listRanked(sweep.id, sweep.metric.goal, 1)
      return first === undefined ? null : { runId: first.id, value: first.value }
    },

    async ranksOf(sweep) {
      if (sweep.metric === null) return NOBODY
      const counts: Readonly<Record<RunState, number>> = await store.countRunsByState(sweep.id)
      if (counts.finished + counts.stopped === 0) return NOBODY
      const key = `${sweep.specVersion}:${counts.finished}:${counts.stopped}`
      const known = kept.get(sweep.id)
      if (known?.key === key) return known.ranks
      const ranked = await store.listRanked(sweep.id, sweep.metric.goal)
      const ranks = new Map(ranked.map(({ id }, index) => [id, index + 1]))
      kept.delete(sweep.id)
      kept.set(sweep.id, { key, ranks })
      const [oldest] = kept.keys()
      if (kept.size > MAX_KEPT_SWEEPS && oldest !== undefined) kept.delete(oldest)
      return ranks
    },
    forget: (sweepId) => void kept.delete(sweepId),
  }
}
