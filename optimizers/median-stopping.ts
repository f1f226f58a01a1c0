// The median rule (Golovin et al. 2017, "Google Vizier", section 3.2.2): a curve is stopped when its best value so far
// is worse than the median of the other curves' means up to the same progress. Looked at on rungs that grow
// geometrically, where the paper looks at every step: the same curves fall, a little later.
import { geometricRungs, RungRule } from './rung-rule.ts'
import type { StoppingRule } from './stopping-rule.ts'

export interface MedianStoppingOptions {
  /** The first rung; no curve is stopped before it. At least 1. */
  readonly firstRung: number
  /** From one rung to the next. Above 1. */
  readonly factor: number
  /** With fewer other curves at a rung none is stopped. */
  readonly minRuns: number
}

export function createMedianStopping({ firstRung, factor, minRuns }: MedianStoppingOptions): StoppingRule {
  return new RungRule({
    rungs: geometricRungs(firstRung, factor),
    mark: (curve) => curve.sum / curve.count,
    compared: (curve) => curve.best,
    threshold: (marks, own) => {
      if (own !== null) marks.remove(own)
      const threshold = marks.count < Math.max(1, minRuns) ? Infinity : marks.quantile(0.5)
      if (own !== null) marks.insert(own)
      return threshold
    },
  })
}
