// Everything that runs while this controller leads, wired over one LeaderState: ingest, beats, scheduler and lease
// keeper. A new one is made at each election.
import { redisNames } from '../../sweeps/protocol.ts'
import type { Command } from '../../sweeps/protocol.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { AgentId, RunId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { ConditionState } from '../../runtime/condition.ts'
import type { AgentStatus, DispatchFigures } from '../dispatch-port.ts'
import type { DispatchMeter } from '../meter.ts'
import { createStopService } from '../stop-service.ts'
import type { AppliedReports } from '../credit/attempt-work.ts'
import { AttemptTally } from './attempt-tally.ts'
import { createChangeRetention } from './change-retention.ts'
import { agentOrders, createBeatHandler, stopCommand } from './beats.ts'
import { startChangeFollower, type RequestedChange } from './change-follower.ts'
import { createCommandSender } from './command-sender.ts'
import { createDelivery } from './delivery.ts'
import { createFirstRunNotices } from './first-run-notices.ts'
import { loadLeaderState, loadSweep } from './leader-state.ts'
import type { LeaderState } from './leader-state.ts'
import { createLeaseKeeper } from './lease-keeper.ts'
import type { LeaseTimes } from './leases.ts'
import type { Mailboxes } from './mailboxes.ts'
import type { RedisClients } from './redis-clients.ts'
import type { Quarantine } from './quarantine.ts'
import type { OpenAttempt } from './open-attempts.ts'
import { createReportIngest } from './report-ingest.ts'
import { learnsFromCurves } from './run-curves.ts'
import { createScheduler } from './scheduler.ts'
import { createStopJudge } from './stop-judge.ts'
import { startSuggestions } from './suggestions.ts'
import { createVerdicts } from './verdicts.ts'

export interface ReignOptions {
  readonly store: SweepStore
  readonly redis: RedisClients
  readonly mailboxes: Mailboxes
  readonly deployment: string
  readonly times: LeaseTimes
  readonly clock: Clock
  readonly log: Logger
  /** No other controller shares the store. */
  readonly isSoleController: boolean
  readonly meter: DispatchMeter
  /** A transaction was refused: another controller leads. */
  onLeadershipLost(): void
}

export interface Reign {
  /** A request changed something: see what, at once. */
  lookForChanges(): void
  readonly epoch: number
  /** Reports that were stored by a request, in a unit of this epoch. Never rejects. */
  takeClientReports(applied: AppliedReports): Promise<void>
  agentStatus(agentId: AgentId): AgentStatus | null
  /** Whether reports are read and stored. */
  ingestCondition(): ConditionState
  figures(): Promise<DispatchFigures>
  end(): Promise<void>
}

export async function beginReign(epoch: number, options: ReignOptions): Promise<Reign> {
  const { store, redis, mailboxes, deployment, times, clock, log, meter, onLeadershipLost } = options
  const names = redisNames(deployment)
  const sender = createCommandSender(redis.control, deployment, log)
  const send = (commands: ReadonlyMap<AgentId, readonly Command[]>) => void sender.send(commands)
  const suggestions = startSuggestions(log, () => void reopenSweeps())
  const since = await store.lastSeq()
  const tally = new AttemptTally(meter, clock)
  const state = await loadLeaderState(store, epoch, times, clock.monotonicMs(), suggestions, tally)
  const delivery = createDelivery({ state, store, mailboxes, clock, log })
  const shared = { state, store, suggestions, clock, log, meter, onLeadershipLost }
  const scheduler = createScheduler({
    ...shared,
    verdicts: createVerdicts({ ...shared, onQuarantined }),
    deliver: (offers) => delivery.deliver(offers),
    onSweepEnded,
  })
  const judge = createStopJudge({ ...shared, send })
  const ingest = createReportIngest({
    ...shared,
    judge,
    noticeEnds: createFirstRunNotices({ ...shared, noticesOf: createStopService({ store }).noticesOf }),
    redis,
    deployment,
    send,
    onBeats: createBeatHandler({ ...shared, send, recall: (open) => keeper.recall(open) }),
    onStored: () => scheduler.wake(),
    onNewGeneration: () => {
      for (const open of state.attempts.all()) if (!open.isAccepted) open.addedAtMs = null
    },
  })
  const keeper = createLeaseKeeper({
    ...shared,
    mailboxes,
    ingest,
    lastEntryId: async () =>
      (await redis.control.xrevrange(names.reports, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0',
    deliver: (attempts) => void delivery.redeliver(attempts),
    onEnded: () => scheduler.wake(),
  })

  /** The suggestion thread died: it is given everything again. */
  async function reopenSweeps(): Promise<void> {
    for (const { record, config } of state.sweeps.values()) {
      suggestions.open(record, await store.listRuns({ sweepId: record.id }), learnsFromCurves(config))
    }
    scheduler.wake()
  }

  function onSweepEnded(sweep: SweepRecord): void {
    state.sweeps.delete(sweep.id)
    suggestions.close(sweep.id)
    log.info('sweep.ended', { sweepId: sweep.id, state: sweep.state, reason: sweep.stateReason })
    send(endOfSweepCommands(state, sweep))
  }

  /** It is told at once, and its runs are there for others. */
  function onQuarantined(agentId: AgentId, { sweepIds }: Quarantine): void {
    takeAgentChange(agentId)
      .then(() => Promise.all(sweepIds.map((sweepId) => takeChange(sweepId))))
      .catch((error: unknown) => log.warn('changes.following_failed', { reason: (error as Error).message }))
  }

  /** A person drained it or put it into quarantine, or took that back; or the rule did. */
  async function takeAgentChange(agentId: AgentId): Promise<void> {
    const agent = state.agents.get(agentId)
    const record = await store.findAgent(agentId)
    if (agent === undefined || record === null) return
    const { isBarred, commands } = agentOrders(record)
    const stay: Command[] = agent.isBarred && !isBarred ? [{ type: 'stay' }] : []
    agent.isBarred = isBarred
    if (record.quarantine === null) state.failing.forgive(agentId)
    send(new Map([[agentId, [...commands, ...stay]]]))
    for (const sweepId of agent.sweepIds) state.touch(sweepId)
    scheduler.wake()
  }

  /** Attempts whose end another controller stored, because their client told it. */
  async function forgetEnded(
    open: readonly OpenAttempt[],
    runs: ReadonlyMap<RunId, RunRecord>,
  ): Promise<void> {
    const gone = open.filter(({ runId, attempt }) => runs.get(runId)?.openAttempt !== attempt)
    if (gone.length === 0) return
    const ended = (await store.findAttempts(gone)).flatMap((attempt) => {
      const run = runs.get(attempt.runId)
      return run === undefined || attempt.outcome === null ? [] : [{ run, attempt }]
    })
    state.forget(ended, suggestions)
  }

  /** A person changed the sweep: wishes of its open runs are sent at once, and the scheduler looks again. */
  async function takeChange(
    sweepId: SweepId,
    { isRewritten, endedRunIds }: RequestedChange = { isRewritten: false, endedRunIds: [] },
  ): Promise<void> {
    if (isRewritten) judge.forget(sweepId)
    await loadSweep(state, store, sweepId, suggestions)
    if (endedRunIds.length > 0 && state.sweeps.has(sweepId))
      suggestions.observe(sweepId, await store.findRuns(endedRunIds))
    const open = [...state.attempts.ofSweep(sweepId)]
    const runs = new Map((await store.findRuns(open.map(({ runId }) => runId))).map((run) => [run.id, run]))
    await forgetEnded(open, runs)
    const commands = new Map<AgentId, Command[]>()
    for (const attempt of state.attempts.ofSweep(sweepId)) {
      const run = runs.get(attempt.runId)
      attempt.wish = run?.wish ?? null
      attempt.wishReason = run?.wishReason ?? ''
      commands.set(attempt.agentId, [...(commands.get(attempt.agentId) ?? []), ...stopCommand(attempt)])
    }
    send(commands)
    const sweep = await store.findSweep(sweepId)
    if (sweep !== null && !state.sweeps.has(sweepId)) send(endOfSweepCommands(state, sweep))
    scheduler.wake()
  }

  const looksRegularly = !options.isSoleController
  const follower = startChangeFollower({
    store,
    since,
    looksRegularly,
    log,
    takeChange,
    takeAgentChange,
    onLeadershipLost,
  })
  const retention = createChangeRetention({ store, epoch, clock, log, onLeadershipLost })
  ingest.start()
  keeper.start()
  retention.start()
  scheduler.wake()

  return {
    lookForChanges: () => follower.wake(),

    epoch,

    takeClientReports: (applied) => ingest.takeClientReports(applied),

    agentStatus(agentId) {
      const agent = state.agents.get(agentId)
      if (agent === undefined) return null
      return {
        silentMs: state.clock.nowMs - agent.heardAtMs,
        suspect: state.isSuspect(agent),
        held: state.attempts.ofAgent(agentId).size,
      }
    },

    ingestCondition: () => ingest.condition,

    figures: async () => ({ ...countSlots(state), lag: await ingest.lag() }),

    async end() {
      redis.reading.disconnect(true) // wakes a blocked read
      await Promise.allSettled([
        follower.stop(),
        ingest.stop(),
        keeper.stop(),
        scheduler.stop(),
        retention.stop(),
      ])
      await suggestions.stop()
    },
  }
}

function countSlots(state: LeaderState): Omit<DispatchFigures, 'lag'> {
  let slotCount = 0
  for (const agent of state.agents.all()) if (!state.isSuspect(agent)) slotCount += agent.capacity
  let accepted = 0
  let offered = 0
  for (const open of state.attempts.all()) {
    if (open.isAccepted) accepted++
    else offered++
  }
  return { slotCount, busySlotCount: offered + accepted, attempts: { offered, accepted } }
}

/** Agents that work nothing else leave now instead of at their next beat. */
function endOfSweepCommands(state: LeaderState, sweep: SweepRecord): Map<AgentId, Command[]> {
  const commands = new Map<AgentId, Command[]>()
  for (const agent of state.agents.all()) {
    if (!agent.sweepIds.includes(sweep.id)) continue
    const list: Command[] = []
    if (state.attempts.ofSweep(sweep.id).size === 0) list.push({ type: 'sweepEnded', sweepId: sweep.id })
    if (agent.sweepIds.length === 1) {
      const why = sweep.state === 'cancelled' ? 'told' : 'done'
      list.push({ type: 'leave', why, reason: `sweep ${sweep.state}` })
    }
    commands.set(agent.id, list)
  }
  return commands
}
