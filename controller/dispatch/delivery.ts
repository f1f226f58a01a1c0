// From committed attempts to jobs in mailboxes. A Redis that is away loses nothing: the attempt stands in SQL, and the
// lease keeper brings its job again.
import { conditionalPaths, groupPaths } from '../../sweeps/config.ts'
import { PROTOCOL_VERSION } from '../../sweeps/protocol.ts'
import type { AttemptJob } from '../../sweeps/protocol.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { AgentId } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { LeaderState, LiveSweep } from './leader-state.ts'
import type { Mailboxes } from './mailboxes.ts'
import type { OpenAttempt } from './open-attempts.ts'

/** Between SIGTERM and SIGKILL of a training process that is to stop. */
const STOP_GRACE_MS = 30_000

/** A committed attempt with all that its job needs. */
export interface Offer {
  readonly open: OpenAttempt
  readonly run: RunRecord
}

export interface Delivery {
  /** Jobs of attempts just committed. Never rejects. */
  deliver(offers: readonly Offer[]): void
  /** Jobs of attempts that no beat has shown yet: read from the store again. Never rejects. */
  redeliver(attempts: readonly OpenAttempt[]): Promise<void>
}

export function createDelivery(options: {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly mailboxes: Mailboxes
  readonly clock: Clock
  readonly log: Logger
}): Delivery {
  const { state, store, mailboxes, clock, log } = options

  function deliver(offers: readonly Offer[]): void {
    const byAgent = new Map<AgentId, { open: OpenAttempt; job: AttemptJob }[]>()
    const nowMs = clock.monotonicMs()
    for (const { open, run } of offers) {
      const live = run.sweepId === null ? undefined : state.sweeps.get(run.sweepId)
      if (live === undefined) continue
      // Not when it is there already, and nobody seems to take it: that lease began before.
      if (open.addedAtMs === null) beginLease(open)
      open.addedAtMs = nowMs
      open.deliveryCount += 1
      const list = byAgent.get(open.agentId) ?? []
      list.push({ open, job: attemptJob(live, run, open) })
      byAgent.set(open.agentId, list)
    }
    for (const [agentId, list] of byAgent) {
      const jobs = list.map(({ job }) => job)
      mailboxes.deliver(agentId, jobs).catch((error: unknown) => {
        for (const { open } of list) open.addedAtMs = null
        log.debug('mailbox.delivery_failed', { agentId, reason: (error as Error).message })
      })
    }
  }

  function beginLease(open: OpenAttempt): void {
    const agent = state.agents.get(open.agentId)
    open.lease =
      agent === undefined || agent.beatNumber === 0 || agent.polls
        ? null
        : {
            incarnation: agent.incarnation,
            heardBeat: agent.beatNumber,
            lengthMs: state.timesOf(agent).leaseMs,
          }
    open.deadlineMs = state.newDeadline(open.agentId)
  }

  return {
    deliver,
    async redeliver(attempts) {
      try {
        const runs = new Map(
          (await store.findRuns(attempts.map((open) => open.runId))).map((run) => [run.id, run]),
        )
        deliver(
          attempts.flatMap((open) => {
            const run = runs.get(open.runId)
            return run === undefined ? [] : [{ open, run }]
          }),
        )
      } catch (error) {
        log.debug('mailbox.delivery_failed', { reason: (error as Error).message })
      }
    },
  }
}

function attemptJob(live: LiveSweep, run: RunRecord, open: OpenAttempt): AttemptJob {
  const { record } = live
  const config = live.configOf(run.specVersion)
  return {
    protocol: PROTOCOL_VERSION,
    runId: run.id,
    attempt: open.attempt,
    token: open.token,
    sweepId: run.sweepId,
    sweepName: record.name,
    project: run.project,
    configText: run.configText,
    command: [...config.command],
    program: config.program,
    groups: groupPaths(config.parameters).map((path) => [...path]),
    conditional: [...conditionalPaths(config.parameters)],
    seed: run.seed,
    metric: record.metric === null ? null : { name: record.metric.name, goal: record.metric.goal },
    graceMs: STOP_GRACE_MS,
    runTimeoutMs: config.runTimeoutMs,
    noMetricTimeoutMs: config.noMetricTimeoutMs,
    ...(open.lease === null ? {} : { lease: open.lease }),
  }
}
