// What happens in the controller and is counted: the one door between the places where things happen and whatever shows
// the figures (prometheus.ts). Durations are seconds, as they are shown.
import type { AttemptOutcome, RunState } from '../sweeps/run.ts'

/** What the store tells of its commits and failures. */
export interface StoreMeter {
  /** One transaction was committed. `seconds` from its begin to the answer of the commit. */
  committed(facts: { readonly unitCount: number; readonly seconds: number }): void
  /** The database failed a read or a transaction; `reason` in words. */
  storeFailed(reason: string): void
}

/** What the dispatcher tells. Called after the commit of what is told. */
export interface DispatchMeter {
  /** `isFirst`: no earlier attempt of its run had started. */
  attemptStarted(facts: { readonly isFirst: boolean }): void
  attemptEnded(outcome: AttemptOutcome): void
  /** A lost attempt is open again. */
  attemptRevived(): void
  /** A run came to its final state by the end of an attempt. */
  runEnded(state: RunState): void
  /** From the stored end of a slot's last attempt to the commit of its next offer, while there was work to offer. */
  slotOffered(seconds: number): void
  /** From the way of a job into its mailbox to its first sign of life in the store. */
  offerAccepted(seconds: number): void
  /** A method answered. */
  suggested(facts: { readonly method: string; readonly seconds: number }): void
  /** Runs were made of what a method proposed. */
  proposed(facts: { readonly method: string; readonly runCount: number }): void
  /** Reports that were credited and their metric values (a row with 3 metrics is 3 points). */
  reportsStored(facts: { readonly reportCount: number; readonly pointCount: number }): void
  /** From the arrival of a stream entry in Redis to the commit of its reports, by the two machines' wall clocks. */
  entryStored(seconds: number): void
  /** Attempts that were answered `superseded`: another attempt of their run has taken their place. */
  reportsSuperseded(count: number): void
  /** Early termination condemned a run: it is ended, or lives on as a control. */
  runCondemned(outcome: 'stopped' | 'control'): void
  /** From the arrival of a report in Redis to the commit of the decision to stop its run or another's. */
  stopDecided(seconds: number): void
  /** Entries or reports that could not be read or stored, and were set aside. */
  entriesPoisoned(count: number): void
  tunnelOpened(): void
  tunnelClosed(): void
  tunnelRefused(): void
  /** `in`: from an agent to Redis. */
  tunnelPassed(direction: 'in' | 'out', byteCount: number): void
}

export interface RequestFacts {
  /** One of those that are used here, else `other`. */
  readonly method: string
  /** The route's pattern, e.g. `/sweeps/:ref`: of limited number, unlike paths. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

export interface HttpMeter {
  requestAnswered(facts: RequestFacts): void
}

export interface Meter extends StoreMeter, DispatchMeter, HttpMeter {}

/** Counts nothing. */
export const silentMeter: Meter = {
  committed() {},
  storeFailed() {},
  attemptStarted() {},
  attemptEnded() {},
  attemptRevived() {},
  runEnded() {},
  slotOffered() {},
  offerAccepted() {},
  suggested() {},
  proposed() {},
  reportsStored() {},
  entryStored() {},
  reportsSuperseded() {},
  runCondemned() {},
  stopDecided() {},
  entriesPoisoned() {},
  tunnelOpened() {},
  tunnelClosed() {},
  tunnelRefused() {},
  tunnelPassed() {},
  requestAnswered() {},
}
