// The contract of a rule that ends learning curves early: curves in, "stop these" out. Lower values are better. A rule
// knows no metric, no clock and no process; what is done with a verdict is not its business (sweeps/early-stopping.ts).

/** One report of a curve. */
export interface CurvePoint {
  /** How far the curve is: reports, steps, epochs or seconds. Never falls within a curve. */
  readonly progress: number
  /** Finite; lower is better. */
  readonly value: number
}

/** How a curve stood when it was compared with the others. */
export interface Verdict {
  readonly id: string
  /** The progress at which curves are compared. */
  readonly band: number
  /** What was compared; lower is better. */
  readonly value: number
  /** The curve is to be stopped when its value is above; Infinity: nothing to compare with yet. */
  readonly threshold: number
  /** 1 + how many of the `of` curves compared at this band are better. */
  readonly rank: number
  readonly of: number
  readonly stop: boolean
  /** A rule's own words, where the numbers do not say it all. */
  readonly detail?: string
}

/** What a rule keeps of a curve at a band: enough to compare others with it after a restart. */
export interface BandMark {
  readonly band: number
  readonly value: number
}

export interface BandThreshold {
  readonly band: number
  readonly threshold: number
  /** How many curves reached it. */
  readonly reached: number
  /** Curves are compared within their bracket alone; absent for rules with one. */
  readonly bracket?: number
}

/** finished: went to its end; other: failed, was cancelled or lost. */
export type CurveEnd = 'finished' | 'stopped' | 'other'

/**
 * A rule over all curves of a sweep. Promises of every implementation (test/contract/stopping-rule.contract.ts):
 *  - it is deterministic: the same calls in the same order give the same verdicts;
 *  - only curves that have not ended are told to stop, and each at the most once by `report`;
 *  - after the same points it is in the same state, in whatever order the curves told theirs, verdicts aside;
 *  - the cost of `report` does not grow with the number of curves, but for the logarithms of a search.
 */
export interface StoppingRule {
  /** Where curves are compared, in growing order. Those that a curve can never reach may be left out. */
  readonly bands: readonly number[]
  /** What must be told again of ended curves after a restart: their marks, or every point. */
  readonly memory: 'marks' | 'curves'
  /** Whether a curve that passed a band may still be stopped by it later, when others have come. */
  readonly isRejudging: boolean
  /**
   * The next point of a curve; one that is not known begins.
   * @returns a verdict on this curve if it reached a band, and one with `stop` on each that is to be stopped now
   */
  report(id: string, point: CurvePoint): readonly Verdict[]
  /** An ended curve, by what `marksOf` gave of it. Only where `memory` is 'marks'. */
  recall(id: string, marks: readonly BandMark[]): void
  /** In growing order of the bands. */
  marksOf(id: string): readonly BandMark[]
  /** It gives no more points and is not to be stopped any more; its values go on to count. */
  end(id: string, how: CurveEnd): void
  /** As if it had never been. */
  forget(id: string): void
  /** How the curve stands now at the last band that it reached, whatever was said before; null: none reached. */
  judge(id: string): Verdict | null
  /** Of the bands that some curve reached, in growing order. */
  thresholds(): readonly BandThreshold[]
}
