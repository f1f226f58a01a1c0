// Everything that runs while this controller leads, wired over one LeaderState: ingest, beats, scheduler and lease
// keeper. A new one is made at each election.
import { redisNames } from '../../sweeps/protocol.ts'
import type { Command } from '../../sweeps/protocol.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { AgentId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { AgentStatus } from '../dispatch-port.ts'
import { createChangeRetention } from './change-retention.ts'
import { createBeatHandler, stopCommand } from './beats.ts'
import { createCommandSender } from './command-sender.ts'
import { createDelivery } from './delivery.ts'
import { loadLeaderState, loadSweep } from './leader-state.ts'
import type { LeaderState } from './leader-state.ts'
import { createLeaseKeeper } from './lease-keeper.ts'
import type { LeaseTimes } from './leases.ts'
import type { Mailboxes } from './mailboxes.ts'
import type { RedisClients } from './redis-clients.ts'
import { createReportIngest } from './report-ingest.ts'
import { createScheduler } from './scheduler.ts'
import { startSuggestions } from './suggestions.ts'

export interface ReignOptions {
  readonly store: SweepStore
  readonly redis: RedisClients
  readonly mailboxes: Mailboxes
  readonly deployment: string
  readonly times: LeaseTimes
  readonly clock: Clock
  readonly log: Logger
  /** A transaction was refused: another controller leads. */
  onLeadershipLost(): void
}

export interface Reign {
  /** A person changed the sweep: wishes of its open runs are sent at once, and the scheduler looks again. */
  takeChange(sweepId: SweepId): Promise<void>
  agentStatus(agentId: AgentId): AgentStatus | null
  end(): Promise<void>
}

export async function beginReign(epoch: number, options: ReignOptions): Promise<Reign> {
  const { store, redis, mailboxes, deployment, times, clock, log, onLeadershipLost } = options
  const names = redisNames(deployment)
  const sender = createCommandSender(redis.control, deployment, log)
  const send = (commands: ReadonlyMap<AgentId, readonly Command[]>) => void sender.send(commands)
  const suggestions = startSuggestions(log, () => void reopenSweeps())
  const state = await loadLeaderState(store, epoch, times, clock.monotonicMs(), suggestions)
  const delivery = createDelivery({ state, store, mailboxes, clock, log })
  const shared = { state, store, suggestions, clock, log, onLeadershipLost }
  const scheduler = createScheduler({
    ...shared,
    deliver: (offers) => delivery.deliver(offers),
    onSweepEnded,
  })
  const ingest = createReportIngest({
    ...shared,
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
    for (const { record } of state.sweeps.values()) {
      suggestions.open(record, await store.listRuns({ sweepId: record.id }))
    }
    scheduler.wake()
  }

  function onSweepEnded(sweep: SweepRecord): void {
    state.sweeps.delete(sweep.id)
    suggestions.close(sweep.id)
    log.info('sweep.ended', { sweepId: sweep.id, state: sweep.state, reason: sweep.stateReason })
    send(endOfSweepCommands(state, sweep))
  }

  const retention = createChangeRetention({ store, epoch, clock, log, onLeadershipLost })
  ingest.start()
  keeper.start()
  retention.start()
  scheduler.wake()

  return {
    async takeChange(sweepId) {
      await loadSweep(state, store, sweepId, suggestions)
      const open = [...state.attempts.ofSweep(sweepId)]
      const runs = new Map((await store.findRuns(open.map(({ runId }) => runId))).map((run) => [run.id, run]))
      const commands = new Map<AgentId, Command[]>()
      for (const attempt of open) {
        const run = runs.get(attempt.runId)
        attempt.wish = run?.wish ?? null
        attempt.wishReason = run?.wishReason ?? ''
        commands.set(attempt.agentId, [...(commands.get(attempt.agentId) ?? []), ...stopCommand(attempt)])
      }
      send(commands)
      const sweep = await store.findSweep(sweepId)
      if (sweep !== null && !state.sweeps.has(sweepId)) send(endOfSweepCommands(state, sweep))
      scheduler.wake()
    },

    agentStatus(agentId) {
      const agent = state.agents.get(agentId)
      if (agent === undefined) return null
      return {
        silentMs: state.clock.nowMs - agent.heardAtMs,
        suspect: state.isSuspect(agent.heardAtMs),
        held: state.attempts.ofAgent(agentId).size,
      }
    },

    async end() {
      redis.reading.disconnect(true) // wakes a blocked read
      await Promise.allSettled([ingest.stop(), keeper.stop(), scheduler.stop(), retention.stop()])
      await suggestions.stop()
    },
  }
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
