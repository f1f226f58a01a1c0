// What the leader holds in memory during one epoch: a cache of SQL and of the newest beats, made anew at each
// election. Nothing here decides; scheduler, ingest and lease keeper read and update it.
import { parseSweepFile } from '../../sweeps/config.ts'
import type { SweepConfig } from '../../sweeps/config.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { AgentRecord, SweepStore } from '../../sweeps/store.ts'
import { isTerminalSweepState } from '../../sweeps/sweep.ts'
import type { AgentId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { Ended } from './attempt-endings.ts'
import type { AttemptTally } from './attempt-tally.ts'
import { FailingAgents } from './failing-agents.ts'
import { LeaseClock, pollingTimes } from './leases.ts'
import type { LeaseTimes } from './leases.ts'
import { LiveAgents } from './live-agents.ts'
import type { LiveAgent } from './live-agents.ts'
import { learnsFromCurves } from './run-curves.ts'
import { OpenAttempts } from './open-attempts.ts'
import type { OpenAttempt } from './open-attempts.ts'
import type { Suggestions } from './suggestions.ts'

/** As many as one request puts into the queue, and more. */
const MAX_WAITING = 10_000

const RECALLED_ENDS = 20

export interface LiveSweep {
  record: SweepRecord
  /** Of the newest version. */
  config: SweepConfig
  /** Of the version that a run was proposed by. */
  configOf(specVersion: number): SweepConfig
  /** The method has nothing left to propose. */
  isExhausted: boolean
  /** The last look found nothing to start: no use to look again before something of it changes. */
  isIdle: boolean
}

export class LeaderState {
  readonly attempts = new OpenAttempts()
  readonly agents = new LiveAgents()
  readonly failing = new FailingAgents()
  readonly sweeps = new Map<SweepId, LiveSweep>()
  readonly clock: LeaseClock
  /** Sweeps that may have come to their end. */
  readonly toSettle = new Set<SweepId>()

  constructor(
    readonly epoch: number,
    readonly times: LeaseTimes,
    monotonicMs: number,
    readonly tally: AttemptTally,
  ) {
    this.clock = new LeaseClock(monotonicMs)
  }

  timesOf(agent: Pick<LiveAgent, 'polls'> | undefined): LeaseTimes {
    return agent?.polls === true ? pollingTimes(this.times) : this.times
  }

  newDeadline(agentId: AgentId): number {
    return this.clock.nowMs + this.timesOf(this.agents.get(agentId)).leaseMs
  }

  isSuspect(agent: Pick<LiveAgent, 'heardAtMs' | 'polls'>): boolean {
    return this.clock.nowMs - agent.heardAtMs > this.timesOf(agent).suspectMs
  }

  /** Something of the sweep changed: look at it again. */
  touch(sweepId: SweepId | null): void {
    if (sweepId === null) return
    const live = this.sweeps.get(sweepId)
    if (live !== undefined) live.isIdle = false
    this.toSettle.add(sweepId)
  }

  /** Attempts were ended in SQL. */
  forget(ended: readonly Ended[], suggestions: Suggestions): void {
    this.tally.ended(ended)
    const bySweep = new Map<SweepId, RunRecord[]>()
    for (const { run, attempt } of ended) {
      this.attempts.remove(`${run.id}-${attempt.attempt}`)
      this.failing.note(run, attempt, this.clock.nowMs)
      this.touch(run.sweepId)
      if (run.sweepId === null) continue
      const runs = bySweep.get(run.sweepId) ?? []
      runs.push(run)
      bySweep.set(run.sweepId, runs)
    }
    for (const [sweepId, runs] of bySweep) suggestions.observe(sweepId, runs)
  }

  /** Its agent listed the attempt or reported of it. */
  accept(open: OpenAttempt): void {
    if (open.isAccepted) return
    open.isAccepted = true
    this.tally.accepted(open.addedAtMs)
  }

  /** A lost attempt is open again. */
  revive(revived: readonly Ended[]): void {
    for (const { run, attempt } of revived) {
      if (attempt.outcome !== null) continue
      const open = this.attempts.add(attempt, run, this.newDeadline(attempt.agentId))
      this.tally.revived()
      open.isAccepted = true
      this.touch(run.sweepId)
    }
  }
}

/** Everything that is open, read from the store; every attempt gets a full lease. */
export async function loadLeaderState(
  store: SweepStore,
  epoch: number,
  times: LeaseTimes,
  monotonicMs: number,
  suggestions: Suggestions,
  tally: AttemptTally,
): Promise<LeaderState> {
  const state = new LeaderState(epoch, times, monotonicMs, tally)
  for (const sweep of await store.listSweeps()) {
    if (!isTerminalSweepState(sweep.state)) await loadSweep(state, store, sweep.id, suggestions)
  }
  const agents = (await store.listAgents()).filter(({ state: is }) => is !== 'left' && is !== 'lost')
  for (const agent of agents) state.agents.recall(agent, state.clock.nowMs)
  await recallEnds(state, store, agents)
  const open = await store.listOpenAttempts()
  const runs = new Map(
    (await store.findRuns(open.map((attempt) => attempt.runId))).map((run) => [run.id, run]),
  )
  for (const attempt of open) {
    const run = runs.get(attempt.runId)
    // An earlier leader delivered it, and perhaps again.
    if (run !== undefined)
      state.attempts.add(attempt, run, state.newDeadline(attempt.agentId)).deliveryCount = 2
  }
  return state
}

/** How the runs of each ended since it started: a streak of failures goes on under a new leader. */
async function recallEnds(
  state: LeaderState,
  store: SweepStore,
  agents: readonly AgentRecord[],
): Promise<void> {
  // An incarnation is the time of its start: what was offered before was another process's.
  const since = agents.map(({ id, incarnation }) => ({ id, since: incarnation }))
  for (const { attempt, sweepId } of await store.listLastEnds(since, RECALLED_ENDS))
    state.failing.note({ sweepId }, attempt, state.clock.nowMs)
  for (const agent of agents) if (agent.quarantine?.by === 'rule') state.failing.setQuarantined(agent.id)
}

/** Reads a sweep again after it changed; one that is over is let go. */
export async function loadSweep(
  state: LeaderState,
  store: SweepStore,
  sweepId: SweepId,
  suggestions: Suggestions,
): Promise<void> {
  const record = await store.findSweep(sweepId)
  const known = state.sweeps.get(sweepId)
  if (record === null || isTerminalSweepState(record.state)) {
    if (known !== undefined) {
      state.sweeps.delete(sweepId)
      suggestions.close(sweepId)
    }
    return
  }
  if (known === undefined) {
    const configs = await readConfigs(store, record)
    suggestions.open(record, await store.listRuns({ sweepId }), learnsFromCurves(configs.config))
    state.sweeps.set(sweepId, { record, ...configs, isExhausted: false, isIdle: false })
  } else {
    // An edit leaves the space as it is: what the method knows stays true, but for how it takes stopped runs
    if (known.record.specVersion !== record.specVersion) {
      const learned = learnsFromCurves(known.config)
      Object.assign(known, await readConfigs(store, record))
      const learns = learnsFromCurves(known.config)
      // Before the first proposal another file may have taken its place, with another space.
      const isUntouched = record.runCount === 0
      if (isUntouched) known.isExhausted = false
      if (learned !== learns || isUntouched)
        suggestions.open(record, await store.listRuns({ sweepId }), learns)
    }
    known.record = record
    known.isIdle = false
    // Runs that a person put into the queue or sent back are open again, whatever the method knew of them.
    suggestions.observe(sweepId, await store.listWaitingRuns(sweepId, MAX_WAITING))
  }
  state.toSettle.add(sweepId)
}

async function readConfigs(
  store: SweepStore,
  record: SweepRecord,
): Promise<Pick<LiveSweep, 'config' | 'configOf'>> {
  const { config } = parseSweepFile(record.configText)
  const parsed = new Map([[record.specVersion, config]])
  const texts =
    record.specVersion === 1
      ? []
      : (await store.listSpecVersions(record.id)).map((spec) => [spec.version, spec.configText] as const)
  const textByVersion = new Map(texts)
  return {
    config,
    configOf(specVersion) {
      const known = parsed.get(specVersion)
      if (known !== undefined) return known
      const text = textByVersion.get(specVersion)
      const older = text === undefined ? config : parseSweepFile(text).config
      parsed.set(specVersion, older)
      return older
    },
  }
}
