// What a sweep is: the vocabulary, its record and its state machine. No HTTP, Redis, SQL or process here.
//
// Vocabulary (used in code, API, documentation and UI alike):
//   project      a name that groups sweeps and runs
//   sweep        a config and its runs
//   run          one configuration, trained once or more; may stand in a project without a sweep
//   attempt      one start of a run's command on one agent
//   agent        one process on a training machine, with slots
//   suggestion   a configuration that a method proposes
//   observation  what the optimiser is told of a run
//   metric, goal the number a sweep looks at, and whether smaller or larger is better
//   parameter    one named dimension of the configuration
import { IllegalTransitionError } from './errors.ts'

export type SweepId = string & { readonly __brand: 'SweepId' }
export type RunId = string & { readonly __brand: 'RunId' }
export type AgentId = string & { readonly __brand: 'AgentId' }

/** 30 characters: digits and consonants without `l`: no words, no look-alikes. */
export const ID_ALPHABET = '0123456789bcdfghjkmnpqrstvwxyz'
export const ID_PATTERN = /^[0-9a-z]{8}$/

/**
 * A new 8-character id that starts with a letter, so that no id reads as a number (30^7 * 20 = 4.4e11 of them).
 * @param randomInt uniform integer in [0, n)
 */
export function createId(randomInt: (n: number) => number): string {
  const letters = ID_ALPHABET.slice(10)
  let id = letters.charAt(randomInt(letters.length))
  while (id.length < 8) id += ID_ALPHABET.charAt(randomInt(ID_ALPHABET.length))
  return id
}

/**
 * running    proposing and working runs
 * paused     nothing starts, not even a run that went back; open attempts go on (a person)
 * finishing  nothing more will be proposed; runs are open (the scheduler)
 * finished   ended by itself: exhausted, run_cap or target (the scheduler)
 * stopped    ended by a person; open runs were worked to their end
 * cancelled  ended by a person; open runs were ended
 * failed     cannot go on, with a reason (the scheduler)
 */
export const SWEEP_STATES = [
  'running',
  'paused',
  'finishing',
  'finished',
  'stopped',
  'cancelled',
  'failed',
] as const
export type SweepState = (typeof SWEEP_STATES)[number]

const SWEEP_TRANSITIONS = {
  running: ['paused', 'finishing', 'finished', 'stopped', 'cancelled', 'failed'],
  paused: ['running', 'stopped', 'cancelled', 'failed'],
  finishing: ['paused', 'finished', 'stopped', 'cancelled', 'failed', 'running'],
  finished: ['running', 'finishing'], // by extend, edit, retry or enqueue; quarantine
  stopped: [],
  cancelled: [],
  failed: [],
} as const satisfies Record<SweepState, readonly SweepState[]>

export function isTerminalSweepState(state: SweepState): boolean {
  return state === 'finished' || state === 'stopped' || state === 'cancelled' || state === 'failed'
}

export interface MetricSpec {
  readonly name: string
  readonly goal: 'minimize' | 'maximize'
  /** Which of a run's values ranks it. */
  readonly summary: 'best' | 'last' | 'min' | 'max'
  /** The sweep finishes when a run reaches it. */
  readonly target: number | null
}

/** A sweep as stored. Times are epoch milliseconds (UTC). */
export interface SweepRecord {
  readonly id: SweepId
  readonly name: string
  readonly project: string
  readonly state: SweepState
  /** Why it stands in this state, for people; null when there is nothing to say. */
  readonly stateReason: string | null
  readonly method: string
  readonly metric: MetricSpec | null
  /** The file's text as given (with `--set` applied), of the current spec version. */
  readonly configText: string
  readonly specVersion: number
  /** Drawn once, or from the file or `--seed`; every suggestion follows from it. */
  readonly seed: number
  readonly runCap: number | null
  readonly maxParallel: number | null
  /** A run that failed so often has failed for good: 1 unless `retry` says more. */
  readonly maxAttempts: number
  /** Number of configurations when the space is finite and countable, else null. */
  readonly size: number | null
  /** Every index below this one has been proposed or passed over. */
  readonly nextIndex: number
  /** All runs that the sweep ever had, whatever their end, erased ones included: what `run_cap` counts. */
  readonly runCount: number
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
}

/** @throws IllegalTransitionError when the table above does not allow it */
export function transitionSweep(sweep: SweepRecord, to: SweepState, hint?: string): SweepRecord {
  const allowed: readonly SweepState[] = SWEEP_TRANSITIONS[sweep.state]
  if (!allowed.includes(to)) throw new IllegalTransitionError('sweep', sweep.id, sweep.state, to, hint)
  return { ...sweep, state: to }
}

/** May the scheduler start runs of it (queued ones that went back included)? */
export function mayStartRuns(sweep: SweepRecord): boolean {
  return sweep.state === 'running' || sweep.state === 'finishing'
}

/** May the scheduler propose one more configuration? `max_parallel` is checked with the open attempts. */
export function mayPropose(sweep: SweepRecord): boolean {
  return sweep.state === 'running' && (sweep.runCap === null || sweep.runCount < sweep.runCap)
}
