// A sweep's ranking as answers show it: each run's place, and the best one. Kept between requests, because a sweep
// of 10,000 runs is read whenever somebody looks at one of them.
import { rankRuns } from '../sweeps/ranking.ts'
import type { RunState } from '../sweeps/run.ts'
import type { StoreReads } from '../sweeps/store.ts'
import type { RunId, SweepId, SweepRecord } from '../sweeps/sweep.ts'

export interface Standing {
  /** Place from 1; runs that are not ranked have none. */
  readonly rankOf: ReadonlyMap<RunId, number>
  readonly best: { readonly runId: RunId; readonly value: number } | null
}

export interface Standings {
  standingOf(sweep: SweepRecord, counts: Readonly<Record<RunState, number>>): Promise<Standing>
  /** Runs of the sweep were erased. */
  forget(sweepId: SweepId): void
}

const MAX_KEPT_SWEEPS = 200
const NOBODY: Standing = { rankOf: new Map(), best: null }

/**
 * Finished and stopped are final states and such a run's values change no more: as long as their number and the
 * spec stay the same, so does the ranking.
 */
export function createStandings(store: StoreReads): Standings {
  const kept = new Map<SweepId, { readonly key: string; readonly standing: Standing }>()
  return {
    async standingOf(sweep, counts) {
      if (sweep.metric === null || counts.finished + counts.stopped === 0) return NOBODY
      const key = `${sweep.specVersion}:${counts.finished}:${counts.stopped}`
      const known = kept.get(sweep.id)
      if (known?.key === key) return known.standing
      const standing = await computeStanding(store, sweep)
      kept.delete(sweep.id)
      kept.set(sweep.id, { key, standing })
      const [oldest] = kept.keys()
      if (kept.size > MAX_KEPT_SWEEPS && oldest !== undefined) kept.delete(oldest)
      return standing
    },
    forget: (sweepId) => void kept.delete(sweepId),
  }
}

async function computeStanding(store: StoreReads, sweep: SweepRecord): Promise<Standing> {
  const runs = await store.listRuns({ sweepId: sweep.id, states: ['finished', 'stopped'] })
  const { ranked } = rankRuns(runs, sweep.metric)
  const [first] = ranked
  return {
    rankOf: new Map(ranked.map((run, index) => [run.id, index + 1])),
    best: first === undefined || first.value === null ? null : { runId: first.id, value: first.value },
  }
}
