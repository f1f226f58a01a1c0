// Runs faults, round after round, until each has its number of injections: the full tier of `npm run chaos` and the
// short one of `npm test`.
import { countInjections } from './faults/fault.ts'
import type { CarriedOut, Fault, Round } from './faults/fault.ts'

export interface TierOptions {
  readonly faults: readonly Fault[]
  /** Injections wanted of a fault. */
  readonly countOf: (fault: Fault) => number
  /** Of the first round. @default 1 */
  readonly seed?: number
  /** What is there already: injections, and seeds that were used. */
  readonly done?: (fault: Fault) => { readonly injections: number; readonly seeds: readonly number[] }
  readonly onRound: (fault: Fault, seed: number, durationMs: number, round: Round) => void
  readonly onSkip: (fault: Fault, reason: string) => void
  readonly onInjection?: (fault: Fault, injection: CarriedOut) => void
}

/** A fault that is violated again and again need not go on: its cause is to be found first. */
const VIOLATED_ROUNDS = 3
/** Rounds in a row in which nothing could be injected, before a fault is given up. */
const FUTILE_ROUNDS = 3

export async function runTier(options: TierOptions): Promise<void> {
  for (const fault of options.faults) {
    const reason = (await fault.whyNot?.()) ?? null
    if (reason !== null) {
      options.onSkip(fault, reason)
      continue
    }
    const { injections, seeds } = options.done?.(fault) ?? { injections: 0, seeds: [] }
    let left = options.countOf(fault) - injections
    let seed = Math.max(options.seed ?? 1, ...seeds.map((used) => used + 1))
    let violated = 0
    for (let futile = 0; left > 0 && futile < FUTILE_ROUNDS && violated < VIOLATED_ROUNDS; seed += 1) {
      const startedAt = performance.now()
      const round = await fault.runRound({
        seed,
        count: Math.min(left, fault.perRound),
        onInjection: (injection) => options.onInjection?.(fault, injection),
      })
      options.onRound(fault, seed, Math.round(performance.now() - startedAt), round)
      if (round.violations.length > 0) violated += 1
      const count = countInjections(round.injections)
      left = fault.isExhaustive === true && count < Math.min(left, fault.perRound) ? 0 : left - count
      futile = count === 0 ? futile + 1 : 0
    }
  }
}
