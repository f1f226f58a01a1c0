// Watches deadlines: puts jobs that nobody took into their mailbox again, recalls those of silent agents, and ends
// attempts whose lease ran out. All by the lease clock, which stands still while this controller hears nothing.
import { LeadershipLostError } from '../../sweeps/errors.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { endOpenAttempts } from './attempt-endings.ts'
import type { Ended } from './attempt-endings.ts'
import type { LeaderState } from './leader-state.ts'
import type { LiveAgent } from './live-agents.ts'
import type { Mailboxes } from './mailboxes.ts'
import type { OpenAttempt } from './open-attempts.ts'
import { SpeakingClients } from './speaking-clients.ts'
import type { Suggestions } from './suggestions.ts'

const TICK_MS = 250
/** An offer in no beat after so long is put into the mailbox again, under the same id. */
const OFFER_AGAIN_AFTER_MS = 15_000
/** The stream counts as heard when it was read within this time; a blocked read answers every second. */
const HEARD_WITHIN_MS = 3_000

export interface LeaseKeeperOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly mailboxes: Mailboxes
  readonly suggestions: Suggestions
  readonly clock: Clock
  readonly log: Logger
  /** What the ingest last read and stored. */
  readonly ingest: { readonly heardAtMs: number | null; readonly cursorEntryId: string }
  /** Newest entry of the stream now, `0-0` when there is none. */
  lastEntryId(): Promise<string>
  deliver(offers: readonly OpenAttempt[]): void
  /** Attempts ended: slots and runs are free. */
  onEnded(): void
  onLeadershipLost(): void
}

export interface LeaseKeeper {
  start(): void
  stop(): Promise<void>
  /** Takes back the untaken job of an agent that holds it no more; what was taken is left to its lease. */
  recall(open: OpenAttempt): void
}

export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { state, store, mailboxes, clock, log } = options
  let timer: NodeJS.Timeout | null = null
  let isStopped = false
  let ticking: Promise<void> = Promise.resolve()
  const speaking = new SpeakingClients(state, store)
  const recalling = new Map<OpenAttempt, { readonly isHolderGone: boolean }>()

  async function tick(): Promise<void> {
    const nowMs = clock.monotonicMs()
    const { heardAtMs } = options.ingest
    state.clock.tick(nowMs, heardAtMs !== null && nowMs - heardAtMs < HEARD_WITHIN_MS)
    const toDeliver: OpenAttempt[] = []
    const overdue: OpenAttempt[] = []
    for (const open of state.attempts.all()) {
      if (open.deadlineMs < state.clock.nowMs) overdue.push(open)
      else if (!open.isAccepted) sortOffer(open, nowMs, toDeliver)
    }
    if (toDeliver.length > 0) options.deliver(toDeliver)
    await recallPending()
    await speaking.look()
    if (overdue.length > 0) await endOverdue(overdue)
    await forgetSilentAgents()
  }

  function sortOffer(open: OpenAttempt, nowMs: number, toDeliver: OpenAttempt[]): void {
    const agent = state.agents.get(open.agentId)
    const isSweepOver = open.sweepId !== null && !state.sweeps.has(open.sweepId)
    if (agent === undefined || state.isSuspect(agent) || isSweepOver) {
      if (!open.isRecallRefused) recalling.set(open, { isHolderGone: false })
    } else if (agent.beatNumber === 0) {
      return // this leader has not heard it yet: it beats, or is suspect soon
    } else if (open.addedAtMs === null || nowMs - open.addedAtMs > OFFER_AGAIN_AFTER_MS) {
      toDeliver.push(open)
    }
  }

  async function recallPending(): Promise<void> {
    const pending = [...recalling]
    recalling.clear()
    for (const [open, { isHolderGone }] of pending) {
      if (open.isAccepted || state.attempts.get(open.key) !== open) continue
      const answer = await mailboxes.recall(open.agentId, open.runId, open.attempt)
      // Of a job that was delivered again, the first copy may have been taken, and may be at work.
      const wasNeverTaken = answer === 'recalled' && open.deliveryCount === 1
      if (state.agents.get(open.agentId)?.polls === true) {
        if (await endUnhanded(open)) options.onEnded()
        else open.isRecallRefused = true
      } else if (wasNeverTaken) await end([open], 'recalled', 'nobody took it from the mailbox')
      else if (answer === 'recalled' && isHolderGone) await end([open], 'lost', 'its agent was restarted')
      else open.isRecallRefused = true
    }
  }

  /** An attempt is lost only after everything that stood in the stream at its deadline is stored. */
  async function endOverdue(overdue: readonly OpenAttempt[]): Promise<void> {
    const unmarked = overdue.filter((open) => open.barrierEntryId === null)
    if (unmarked.length > 0) {
      const last = await options.lastEntryId()
      for (const open of unmarked) open.barrierEntryId = last
    }
    const cursor = options.ingest.cursorEntryId
    const lost = overdue.filter(
      (open) =>
        open.barrierEntryId !== null &&
        !isAfter(open.barrierEntryId, cursor) &&
        open.deadlineMs < state.clock.nowMs,
    )
    const spoken = await speaking.listSpeaking(lost)
    for (const open of spoken) {
      open.deadlineMs = state.newDeadline(open.agentId)
      open.barrierEntryId = null
    }
    const silent = lost.filter((open) => !spoken.includes(open))
    if (silent.length > 0) await endLost(silent)
  }

  async function endLost(lost: readonly OpenAttempt[]): Promise<void> {
    const leaseOf = ({ agentId }: OpenAttempt) => state.timesOf(state.agents.get(agentId)).leaseMs
    for (const leaseMs of new Set(lost.map(leaseOf))) {
      const attempts = lost.filter((open) => leaseOf(open) === leaseMs)
      await end(attempts, 'lost', `its agent did not list it for ${leaseMs / 1000} s`)
    }
  }

  /** Who polls is told of a run only after that is stored: what no hand-out tells of was never taken. */
  async function endUnhanded(open: OpenAttempt): Promise<boolean> {
    const reason = 'its agent asked for no work any more'
    const ended = await store.write(
      async (tx) => {
        const handouts = await tx.handouts.find([open])
        return handouts.length > 0 ? [] : endOpenAttempts(tx, [open], 'recalled', reason, clock.now())
      },
      { epoch: state.epoch },
    )
    takeEnded(ended, 'recalled', reason)
    return ended.length > 0
  }

  async function end(
    attempts: readonly OpenAttempt[],
    outcome: 'lost' | 'recalled',
    reason: string,
  ): Promise<void> {
    const ended = await store.write((tx) => endOpenAttempts(tx, attempts, outcome, reason, clock.now()), {
      epoch: state.epoch,
    })
    takeEnded(ended, outcome, reason)
    if (ended.length < attempts.length) await forgetEnded(attempts)
    options.onEnded()
  }

  function takeEnded(ended: readonly Ended[], outcome: 'lost' | 'recalled', reason: string): void {
    for (const { run, attempt } of ended) {
      const { agentId } = attempt
      log.info('attempt.ended', { runId: run.id, attempt: attempt.attempt, agentId, outcome, reason })
    }
    state.forget(ended, options.suggestions)
  }

  /** Not open in SQL, and known here: their end was committed, and the database could not say so. */
  async function forgetEnded(attempts: readonly OpenAttempt[]): Promise<void> {
    const left = attempts.filter((open) => state.attempts.get(open.key) === open)
    const records = (await store.findAttempts(left)).filter((record) => record.outcome !== null)
    const runs = new Map(
      (await store.findRuns(records.map(({ runId }) => runId))).map((run) => [run.id, run]),
    )
    const over = records.flatMap((attempt) => {
      const run = runs.get(attempt.runId)
      return run === undefined ? [] : [{ run, attempt }]
    })
    if (over.length > 0) state.forget(over, options.suggestions)
  }

  async function forgetSilentAgents(): Promise<void> {
    for (const agent of state.agents.all()) {
      const silentMs = state.clock.nowMs - agent.heardAtMs
      if (silentMs <= state.timesOf(agent).leaseMs || state.attempts.ofAgent(agent.id).size > 0) continue
      state.agents.remove(agent.id)
      await saveLost(agent)
    }
  }

  async function saveLost(agent: LiveAgent): Promise<void> {
    await store.write(
      async (tx) => {
        const record = await tx.findAgent(agent.id)
        if (record === null || record.state === 'left' || record.state === 'lost') return
        await tx.saveAgent({ ...record, state: 'lost' })
        await tx.recordChanges([
          {
            at: clock.now(),
            entity: 'agent',
            entityId: agent.id,
            sweepId: null,
            event: 'agent.lost',
            data: {},
          },
        ])
      },
      { epoch: state.epoch },
    )
  }

  function schedule(): void {
    timer = setTimeout(() => {
      ticking = tick()
        .catch((error: unknown) => {
          if (error instanceof LeadershipLostError) options.onLeadershipLost()
          else log.debug('leases.check_failed', { reason: (error as Error).message })
        })
        .then(() => {
          if (!isStopped) schedule()
        })
    }, TICK_MS)
  }

  return {
    start: schedule,
    async stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      await ticking
    },
    recall(open) {
      open.isRecallRefused = false
      recalling.set(open, { isHolderGone: true })
    },
  }
}

/** Is stream entry id `a` after `b`? Ids are `<ms>-<n>`. */
export function isAfter(a: string, b: string): boolean {
  const [aMs = 0, aN = 0] = a.split('-').map(Number)
  const [bMs = 0, bN = 0] = b.split('-').map(Number)
  return aMs === bMs ? aN > bN : aMs > bMs
}
