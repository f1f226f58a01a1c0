// What a run and an attempt are: records and the state machine. One function changes a run's state.
import { NO_AGENT } from './client-run.ts'
import { IllegalTransitionError } from './errors.ts'
import type { AgentId, RunId, SweepId } from './sweep.ts'

/**
 * queued     waits for a slot, or is offered to an agent that has not started it (openAttempt tells which)
 * preempted  as queued, after a hand-back
 * running    its latest attempt has started
 * finished   the latest attempt ended with exit code 0
 * failed     any other exit code or a signal, a time-out, or a command that could not start
 * stopped    early termination: its values count as data
 * cancelled  by a person
 * lost       20 attempts were lost: final. Without a sweep: its client was silent, and may come back
 *
 * A run without a sweep that has ended runs again when its client begins it anew (W&B's resume).
 */
export const RUN_STATES = [
  'queued',
  'preempted',
  'running',
  'finished',
  'failed',
  'stopped',
  'cancelled',
  'lost',
] as const
export type RunState = (typeof RUN_STATES)[number]

const RUN_TRANSITIONS = {
  queued: ['running', 'preempted', 'failed', 'stopped', 'cancelled', 'lost', 'queued'],
  preempted: ['running', 'queued', 'failed', 'stopped', 'cancelled', 'lost'],
  running: ['finished', 'failed', 'stopped', 'cancelled', 'queued', 'preempted', 'lost'], // queued: its agent went silent
  failed: ['queued'], // by retry or quarantine only
  lost: ['queued'], // by retry only
  finished: [],
  stopped: [],
  cancelled: [],
} as const satisfies Record<RunState, readonly RunState[]>

/** After this many lost attempts a run is `lost` for good. */
export const MAX_LOSSES = 20

export const ATTEMPT_OUTCOMES = [
  'finished',
  'failed',
  'stopped',
  'cancelled',
  'preempted',
  'lost',
  'recalled',
] as const
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

/** What a person or a rule wants of a run that is open; null: let it run. */
export type RunWish = 'stop' | 'cancel'

/** A run as stored. Times are epoch milliseconds (UTC). */
export interface RunRecord {
  readonly id: RunId
  readonly name: string
  readonly sweepId: SweepId | null
  readonly project: string
  readonly state: RunState
  /** JSON text; `1` and `1.0` differ. See config-text.ts. */
  readonly configText: string
  /** Canonical hash of the config: unique with (sweep, replicate). */
  readonly configHash: string
  readonly replicate: number
  readonly specVersion: number
  /** Index of the suggestion it came from; null for runs that nobody proposed. */
  readonly suggestionIndex: number | null
  /** JSON text `{method, index, ...}`; null for runs that nobody proposed. */
  readonly suggestedBy: string | null
  readonly seed: number
  /** The metric's value by the sweep's goal and summary; NaN is kept; null: never reported. */
  readonly value: number | null
  readonly bestStep: number | null
  /** Number of the latest attempt; 0 before the first. */
  readonly attemptCount: number
  /** The attempt that is offered or running now; null when none is. */
  readonly openAttempt: number | null
  readonly lossCount: number
  /** Failures that count against the sweep's `retry`. */
  readonly failureCount: number
  readonly wish: RunWish | null
  readonly wishReason: string | null
  readonly stopReason: string | null
  readonly tags: readonly string[]
  readonly notes: string
  readonly group: string | null
  readonly jobType: string | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
}

/** One start of a run's command, as stored. */
export interface AttemptRecord {
  readonly runId: RunId
  /** From 1, only growing. */
  readonly attempt: number
  readonly agentId: AgentId
  readonly host: string
  /** Random; job, journal, reports and beats carry it, another token is never credited. */
  readonly token: string
  readonly offeredAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly pid: number | null
  readonly slot: number | null
  /** null while open. */
  readonly outcome: AttemptOutcome | null
  readonly exitCode: number | null
  readonly signal: string | null
  /** Why it ended so, for people. */
  readonly reason: string | null
  /** The last lines of stderr. */
  readonly stderrTail: string | null
  /** Highest report number stored; reports 1..reportSeq are stored without a gap. */
  readonly reportSeq: number
}

/** What a run is before its first attempt, besides what only its maker knows. */
const FRESH_RUN = {
  state: 'queued',
  replicate: 0,
  suggestionIndex: null,
  suggestedBy: null,
  value: null,
  bestStep: null,
  attemptCount: 0,
  openAttempt: null,
  lossCount: 0,
  failureCount: 0,
  wish: null,
  wishReason: null,
  stopReason: null,
  tags: [],
  notes: '',
  group: null,
  jobType: null,
  startedAt: null,
  finishedAt: null,
} as const satisfies Partial<RunRecord>

/** A run that nothing has happened to yet. */
export function freshRun(own: Omit<RunRecord, keyof typeof FRESH_RUN> & Partial<RunRecord>): RunRecord {
  return { ...FRESH_RUN, ...own }
}

export function isTerminalRunState(state: RunState): boolean {
  return state !== 'queued' && state !== 'preempted' && state !== 'running'
}

/** Waits for a slot and is offered to nobody. */
export function isWaiting(run: RunRecord): boolean {
  return (run.state === 'queued' || run.state === 'preempted') && run.openAttempt === null
}

/** @throws IllegalTransitionError when the table above does not allow it */
export function transitionRun(run: RunRecord, to: RunState): RunRecord {
  const allowed: readonly RunState[] = RUN_TRANSITIONS[run.state]
  if (!allowed.includes(to)) throw new IllegalTransitionError('run', run.id, run.state, to)
  return { ...run, state: to }
}

/** How an attempt ended, as its agent reports it or the leader decides it. */
export interface AttemptEnd {
  readonly outcome: AttemptOutcome
  readonly at: number
  readonly exitCode?: number | null
  readonly signal?: string | null
  readonly reason?: string | null
  readonly stderrTail?: string | null
}

/**
 * Ends the open attempt and moves its run: finished, failed, stopped and cancelled end the run; preempted, lost
 * and recalled send it back, unless a person or a rule wished its end (then the same change ends it so) or it
 * was lost MAX_LOSSES times.
 * @param options.mayGoBack false when its sweep was stopped or cancelled: a run that would go back ends `cancelled`
 * @param options.maxAttempts a failed run goes back until it has failed so often @default 1
 */
export function endAttempt(
  run: RunRecord,
  attempt: AttemptRecord,
  end: AttemptEnd,
  options: { readonly mayGoBack: boolean; readonly maxAttempts?: number },
): { run: RunRecord; attempt: AttemptRecord } {
  const endedAttempt: AttemptRecord = {
    ...attempt,
    endedAt: end.at,
    outcome: end.outcome,
    exitCode: end.exitCode ?? null,
    signal: end.signal ?? null,
    reason: end.reason ?? null,
    stderrTail: end.stderrTail ?? null,
  }
  const lossCount = run.lossCount + (end.outcome === 'lost' ? 1 : 0)
  const failureCount = run.failureCount + (end.outcome === 'failed' ? 1 : 0)
  const isRetried = end.outcome === 'failed' && failureCount < (options.maxAttempts ?? 1)
  const to =
    isRetried && options.mayGoBack && run.wish === null
      ? 'queued'
      : attempt.agentId === NO_AGENT && end.outcome === 'lost' && run.wish === null
        ? 'lost' // nobody would start it again
        : runStateAfter(run, end.outcome, lossCount, options.mayGoBack)
  const through = to === 'finished' && run.state !== 'running' ? transitionRun(run, 'running') : run
  const moved = through.state === to ? through : transitionRun(through, to)
  const isOver = isTerminalRunState(to)
  return {
    attempt: endedAttempt,
    run: {
      ...moved,
      openAttempt: null,
      lossCount,
      failureCount,
      finishedAt: isOver ? end.at : null,
      // A wish that came too late is no reason; one that was granted is, however the attempt went
      stopReason: isOver ? ((isAsWished(to) ? run.wishReason : null) ?? end.reason ?? null) : run.stopReason,
    },
  }
}

function isAsWished(state: RunState): boolean {
  return state === 'stopped' || state === 'cancelled'
}

function runStateAfter(
  run: RunRecord,
  outcome: AttemptOutcome,
  lossCount: number,
  mayGoBack: boolean,
): RunState {
  switch (outcome) {
    case 'finished':
    case 'failed':
    case 'stopped':
    case 'cancelled':
      return outcome
    case 'preempted':
    case 'lost':
    case 'recalled':
      if (run.wish === 'cancel') return 'cancelled'
      if (run.wish === 'stop') return 'stopped'
      if (!mayGoBack) return 'cancelled'
      if (lossCount >= MAX_LOSSES) return 'lost'
      return outcome === 'preempted' ? 'preempted' : 'queued'
  }
}

/**
 * A person wants a failed or lost run worked again: same configuration, next attempt, a full budget.
 * @throws IllegalTransitionError when it is neither
 */
export function retryRun(run: RunRecord): RunRecord {
  return { ...reopenRun(run), lossCount: 0, failureCount: 0 }
}

/** Its latest failure was the machine's fault: it does not count, and a run that failed by it goes back. */
export function pardonFailure(run: RunRecord): RunRecord {
  const reopened = run.state === 'failed' ? reopenRun(run) : run
  return { ...reopened, failureCount: Math.max(0, run.failureCount - 1) }
}

function reopenRun(run: RunRecord): RunRecord {
  const queued = transitionRun(run, 'queued')
  return { ...queued, wish: null, wishReason: null, stopReason: null, finishedAt: null }
}

/** May a lost attempt be opened again? Until the next attempt is offered, and while its run still waits. */
export function canRevive(run: RunRecord, attempt: AttemptRecord): boolean {
  const isLeft = isWaiting(run) || (attempt.agentId === NO_AGENT && run.state === 'lost')
  return attempt.outcome === 'lost' && isLeft && run.attemptCount === attempt.attempt
}

/**
 * The client of a run without a sweep begins it, for the first time or anew: its next attempt is open, and runs.
 * @throws IllegalTransitionError when an attempt is open or it is a sweep's
 */
export function beginAgain(run: RunRecord, at: number): RunRecord {
  if (run.sweepId !== null || run.openAttempt !== null)
    throw new IllegalTransitionError('run', run.id, run.state, 'running')
  const attempt = run.attemptCount + 1
  return {
    ...run,
    state: 'running', // from any state: the table is of runs that an agent works
    attemptCount: attempt,
    openAttempt: attempt,
    wish: null,
    wishReason: null,
    stopReason: null,
    startedAt: run.startedAt ?? at,
    finishedAt: null,
  }
}

/** A lost attempt's agent spoke again before the next attempt was offered: the attempt is open again. */
export function reviveAttempt(
  run: RunRecord,
  attempt: AttemptRecord,
): { run: RunRecord; attempt: AttemptRecord } {
  const running = attempt.startedAt !== null
  return {
    attempt: { ...attempt, outcome: null, endedAt: null, reason: null },
    run: {
      ...(isTerminalRunState(run.state)
        ? { ...run, state: 'running' }
        : running
          ? transitionRun(run, 'running')
          : run),
      openAttempt: attempt.attempt,
      lossCount: Math.max(0, run.lossCount - 1),
      finishedAt: null,
      stopReason: isTerminalRunState(run.state) ? null : run.stopReason,
    },
  }
}
