// What a fault of the suite is: how one round of injections is carried out from a seed, and what is judged. The
// registry is registry.ts; the faults that hit processes share process-round.ts.
import type { Violation } from '../checker.ts'

export interface Fault {
  /** As `F1`; see docs/reliability.md. */
  readonly id: string
  readonly title: string
  /** What one injection does. */
  readonly injects: string
  /** Which invariants its checker verifies. */
  readonly invariants: readonly Violation['invariant'][]
  /** Injections of the full tier, and of the short one in `npm test`. */
  readonly fullCount: number
  readonly shortCount: number
  /** There are only so many to inject: a round that finds fewer than it wants is the last. @default false */
  readonly isExhaustive?: boolean
  /** At most so many in one round: a round has one cluster, or one process. */
  readonly perRound: number
  /** Why it cannot be run here, in words; null: it can. @default it can */
  readonly whyNot?: () => string | null | Promise<string | null>
  runRound(options: RoundOptions): Promise<Round>
}

export interface RoundOptions {
  readonly seed: number
  /** Injections wanted, 1..perRound. */
  readonly count: number
  readonly onInjection: (injection: CarriedOut) => void
}

export interface CarriedOut {
  /** As `agent 3, back after 800 ms`. */
  readonly what: string
  /** Until all was well again; null: nothing has to recover. */
  readonly recoveryMs: number | null
  /** Of that, how long a process of ours stood ready and got no processor. */
  readonly starvedMs?: number
  /** How many injections this line stands for. @default 1 */
  readonly count?: number
}

export function countInjections(injections: readonly CarriedOut[]): number {
  return injections.reduce((sum, { count = 1 }) => sum + count, 0)
}

export interface Round {
  readonly injections: readonly CarriedOut[]
  readonly violations: readonly Violation[]
  /** What is needed to find the cause, when something is violated: the history and the last lines of every process. */
  readonly evidence: string
}
