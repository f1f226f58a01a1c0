// Asynchronous successive halving, its stopping form (Li et al. 2020, "A System for Massively Parallel Hyperparameter
// Tuning", arXiv:1810.05934): on reaching a rung a curve goes on when it is among the best 1/eta of those that reached
// it. Several brackets, as in Hyperband, protect curves that begin slowly: those of bracket b have no rung before the
// b-th, and are compared with each other alone.
import { geometricRungs, RungRule } from './rung-rule.ts'
import { stableShare } from './stable-share.ts'
import type { StoppingRule } from './stopping-rule.ts'

export interface SuccessiveHalvingOptions {
  /** 1/eta of the curves go on. Above 1. */
  readonly eta: number
  /** The first rung; no curve is stopped before it. At least 1. */
  readonly firstRung: number
  /** With fewer curves at a rung none is stopped. At least 2 are compared. */
  readonly minRuns: number
  /** @default 3 */
  readonly bracketCount?: number
}

export function createSuccessiveHalving(options: SuccessiveHalvingOptions): StoppingRule {
  const { eta, firstRung, minRuns, bracketCount = 3 } = options
  const shares = bracketShares(bracketCount, eta)
  return new RungRule({
    rungs: geometricRungs(firstRung, eta),
    bracketCount,
    bracketOf: (id) => bracketAt(shares, stableShare(id, 'bracket')),
    mark: (_, value) => value,
    compared: (curve) => curve.marks.at(-1) ?? Infinity,
    // Linear between neighbours, as numpy: with few curves the exact place would jump from one to the next
    threshold: (marks) => (marks.count < Math.max(2, minRuns) ? Infinity : marks.quantile(1 / eta)),
  })
}

/**
 * How much of the curves each bracket takes: Hyperband's n_s = ceil(B eta^s / (s + 1)) for s halvings (Li et al. 2018,
 * "Hyperband", algorithm 1), normalised. Bracket 0 has the most halvings, and the most curves.
 */
export function bracketShares(bracketCount: number, eta: number): number[] {
  const weights = Array.from({ length: bracketCount }, (_, bracket) => {
    const halvings = bracketCount - 1 - bracket
    return Math.ceil((bracketCount * eta ** halvings) / (halvings + 1))
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

function bracketAt(shares: readonly number[], place: number): number {
  let upTo = 0
  for (const [bracket, share] of shares.entries()) {
    upTo += share
    if (place < upTo) return bracket
  }
  return shares.length - 1
}
