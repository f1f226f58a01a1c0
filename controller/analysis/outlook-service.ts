// The outlook of a sweep, from its board and its agents. It is computed at most once in a few seconds as long as nothing
// of the sweep changes, and takes a few milliseconds for 10,000 runs.
import type { Clock } from '../../runtime/clock.ts'
import type { OutlookResponse } from '../../sweeps/analysis-schema.ts'
import { buildOutlook } from '../../sweeps/analysis/outlook.ts'
import { parseSweepFile } from '../../sweeps/config.ts'
import type { AgentRecord, RunFacts, StoreReads } from '../../sweeps/store.ts'
import type { RunId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { SweepBoards } from '../sweep-board.ts'
import { readGpusPerRun, TELLING_RUNS } from './gpus-per-run.ts'
import { presentOutlook } from './present-outlook.ts'

export interface OutlookService {
  outlookOf(sweep: SweepRecord): Promise<OutlookResponse>
}

export interface OutlookDeps {
  readonly store: StoreReads
  readonly boards: SweepBoards
  readonly clock: Clock
}

/** What is left of a running sweep changes by itself as time goes by. */
const FRESH_MS = 5_000
const MAX_KEPT = 50

interface KeptOutlook {
  readonly key: string
  readonly madeAt: number
  readonly answer: OutlookResponse
}

export function createOutlookService({ store, boards, clock }: OutlookDeps): OutlookService {
  const kept = new Map<SweepId, KeptOutlook>()

  return {
    async outlookOf(sweep) {
      const [board, all, busy] = await Promise.all([
        boards.boardOf(sweep.id),
        store.listAgents(),
        store.countOpenAttempts(sweep.id),
      ])
      const own = all.filter((agent) => agent.sweepIds.includes(sweep.id) && agent.state !== 'left')
      const alive = own.filter(takesWork)
      const slots = { alive: alive.reduce((sum, agent) => sum + agent.slots, 0), busy }
      const agents = { alive: alive.length, total: own.length }
      const key = JSON.stringify([board.version, sweep.state, sweep.specVersion, agents, slots])
      const now = clock.now()
      const before = kept.get(sweep.id)
      if (before?.key === key && now - before.madeAt < FRESH_MS) return before.answer
      const outlook = buildOutlook({
        sweep,
        config: parseSweepFile(sweep.configText).config,
        runs: board.runs,
        slots,
        gpusPerRun: await readGpusPerRun(store, newestStarted(board.runs)),
        now,
      })
      const { seq } = board
      const nameOf = (runId: string) => board.runs.find(({ id }) => id === runId)?.name ?? runId
      const answer = presentOutlook(outlook, { sweep, seq, now, agents, slots, nameOf })
      kept.delete(sweep.id)
      kept.set(sweep.id, { key, madeAt: now, answer })
      const [oldest] = kept.keys()
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
      return answer
    },
  }
}

function takesWork(agent: AgentRecord): boolean {
  return agent.state === 'alive' && !agent.drain && agent.quarantine === null
}

function newestStarted(runs: readonly RunFacts[]): RunId[] {
  const started = runs.filter(({ startedAt }) => startedAt !== null)
  return started
    .slice(-TELLING_RUNS)
    .reverse()
    .map(({ id }) => id)
}
