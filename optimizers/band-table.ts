// Curves compared at bands: which bands each one passed, with what value, and the order of all values at a band. What a
// value is and when a curve is stopped is the rule's business (hyperband-quantile.ts, successive-halving.ts,
// median-stopping.ts).
import { OrderStatistics } from './order-statistics.ts'
import type { BandMark } from './stopping-rule.ts'

/** What the table knows of a curve; rules add their own. */
export interface BandedCurve {
  readonly id: string
  /** Values at the bands passed, from index `firstBand` on. */
  readonly marks: number[]
  /** Index of the first band at which the curve is compared. */
  readonly firstBand: number
  hasEnded: boolean
}

export class BandTable {
  readonly #populations: OrderStatistics[] = []

  /** @param bands growing, without repeats */
  constructor(readonly bands: readonly number[]) {}

  /** All values at a band, by its index. */
  population(index: number): OrderStatistics {
    let population = this.#populations[index]
    while (population === undefined) {
      this.#populations.push(new OrderStatistics())
      population = this.#populations[index]
    }
    return population
  }

  /** How many bands some curve reached. */
  get reachedCount(): number {
    return this.#populations.length
  }

  /** Index of the last band that the curve passed; -1: none. */
  lastBand(curve: BandedCurve): number {
    return curve.marks.length === 0 ? -1 : curve.firstBand + curve.marks.length - 1
  }

  /**
   * Marks every band up to `progress` that the curve has not passed before.
   * @returns indexes of those bands, growing
   */
  pass(curve: BandedCurve, progress: number, value: number): number[] {
    const passed: number[] = []
    for (let index = curve.firstBand + curve.marks.length; this.isPassed(index, progress); index++) {
      curve.marks.push(value)
      this.population(index).insert(value)
      passed.push(index)
    }
    return passed
  }

  /** Marks bands by what was kept of them; stops at the first that does not follow. */
  restore(curve: BandedCurve, marks: readonly BandMark[]): void {
    for (const { band, value } of marks) {
      const index = curve.firstBand + curve.marks.length
      if (this.bands[index] !== band) return
      curve.marks.push(value)
      this.population(index).insert(value)
    }
  }

  marksOf(curve: BandedCurve): BandMark[] {
    return curve.marks.map((value, at) => ({ band: this.bands[curve.firstBand + at] ?? NaN, value }))
  }

  forget(curve: BandedCurve): void {
    for (const [at, value] of curve.marks.entries()) this.population(curve.firstBand + at).remove(value)
    curve.marks.length = 0
  }

  private isPassed(index: number, progress: number): boolean {
    return index < this.bands.length && (this.bands[index] ?? Infinity) <= progress
  }
}
