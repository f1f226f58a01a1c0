// W&B's `hyperband`: at bands of growing length a curve is stopped when it is worse than the best 1/eta of all curves
// that ever reached the band. It is successive halving on quantiles; no brackets, no promotion (wandb/sweeps,
// hyperband_stopping.py at b1dfc5f, whose numbers test/vectors holds).
import { BandTable } from './band-table.ts'
import type { BandedCurve } from './band-table.ts'
import type { BandMark, BandThreshold, CurveEnd, CurvePoint, StoppingRule, Verdict } from './stopping-rule.ts'
import { ThresholdWatch } from './threshold-watch.ts'

export interface HyperbandOptions {
  /** In growing order; repeats count once. */
  readonly bands: readonly number[]
  /** Above 1. */
  readonly eta: number
  /** true: a curve's value at the band decides; false: its best value up to now. */
  readonly isStrict: boolean
}

interface HyperbandCurve extends BandedCurve {
  /** The lowest value so far. */
  best: number
  /** The last band at which it was told to stop; -1: never. */
  stoppedAt: number
}

export function createHyperbandRule(options: HyperbandOptions): StoppingRule {
  return new HyperbandRule(options)
}

class HyperbandRule implements StoppingRule {
  readonly memory = 'marks'
  readonly isRejudging = true
  readonly #table: BandTable
  readonly #curves = new Map<string, HyperbandCurve>()
  /** By index of the band: the curves whose last band it is. */
  readonly #watches = new Map<number, ThresholdWatch>()
  /** 1/eta as a float, multiplied below as W&B does: sorted[int(r * n)]. */
  readonly #share: number
  readonly #isStrict: boolean

  constructor({ bands, eta, isStrict }: HyperbandOptions) {
    this.#table = new BandTable([...new Set(bands)])
    this.#share = 1 / eta
    this.#isStrict = isStrict
  }

  get bands(): readonly number[] {
    return this.#table.bands
  }

  report(id: string, { progress, value }: CurvePoint): Verdict[] {
    const curve = this.#curveOf(id)
    curve.best = Math.min(curve.best, value)
    const passed = this.#table.pass(curve, progress, value)
    const last = passed.at(-1)
    if (last === undefined) return []
    if (!curve.hasEnded) this.#watchOf(last).add(id, this.#comparedValue(curve))
    const verdicts = passed.flatMap((index) => this.#rejudge(index))
    if (!verdicts.some((verdict) => verdict.id === id)) verdicts.unshift(this.#verdictOn(curve, last, false))
    return verdicts
  }

  recall(id: string, marks: readonly BandMark[]): void {
    this.forget(id)
    const curve = this.#curveOf(id)
    this.#table.restore(curve, marks)
    curve.hasEnded = true
  }

  marksOf(id: string): BandMark[] {
    const curve = this.#curves.get(id)
    return curve === undefined ? [] : this.#table.marksOf(curve)
  }

  end(id: string, _how: CurveEnd): void {
    const curve = this.#curves.get(id)
    if (curve !== undefined) curve.hasEnded = true
  }

  forget(id: string): void {
    const curve = this.#curves.get(id)
    if (curve === undefined) return
    this.#table.forget(curve)
    this.#curves.delete(id)
  }

  judge(id: string): Verdict | null {
    const curve = this.#curves.get(id)
    const last = curve === undefined ? -1 : this.#table.lastBand(curve)
    if (curve === undefined || last < 0) return null
    const isAbove = this.#comparedValue(curve) > this.#thresholdAt(last)
    return this.#verdictOn(curve, last, isAbove && !curve.hasEnded)
  }

  thresholds(): BandThreshold[] {
    const found: BandThreshold[] = []
    for (let index = 0; index < this.#table.reachedCount; index++) {
      const reached = this.#table.population(index).count
      const band = this.bands[index] ?? NaN
      if (reached > 0) found.push({ band, threshold: this.#thresholdAt(index), reached })
    }
    return found
  }

  /** Every value at a band moves its threshold: those above it now are stopped, each once a band. */
  #rejudge(index: number): Verdict[] {
    const above = this.#watchOf(index).takeAbove(this.#thresholdAt(index), (id) => {
      const curve = this.#curves.get(id)
      if (curve === undefined || curve.hasEnded || curve.stoppedAt >= index) return null
      return this.#table.lastBand(curve) === index ? this.#comparedValue(curve) : null
    })
    return above.flatMap((id) => {
      const curve = this.#curves.get(id)
      if (curve === undefined || curve.stoppedAt >= index) return []
      curve.stoppedAt = index
      return [this.#verdictOn(curve, index, true)]
    })
  }

  #comparedValue(curve: HyperbandCurve): number {
    return this.#isStrict ? (curve.marks.at(-1) ?? Infinity) : curve.best
  }

  #thresholdAt(index: number): number {
    const population = this.#table.population(index)
    return population.at(Math.trunc(this.#share * population.count))
  }

  #verdictOn(curve: HyperbandCurve, index: number, stop: boolean): Verdict {
    const population = this.#table.population(index)
    const value = this.#comparedValue(curve)
    return {
      id: curve.id,
      band: this.bands[index] ?? NaN,
      value,
      threshold: this.#thresholdAt(index),
      rank: 1 + population.countBelow(value),
      of: population.count,
      stop,
    }
  }

  #curveOf(id: string): HyperbandCurve {
    let curve = this.#curves.get(id)
    if (curve === undefined) {
      curve = { id, marks: [], firstBand: 0, hasEnded: false, best: Infinity, stoppedAt: -1 }
      this.#curves.set(id, curve)
    }
    return curve
  }

  #watchOf(index: number): ThresholdWatch {
    let watch = this.#watches.get(index)
    if (watch === undefined) this.#watches.set(index, (watch = new ThresholdWatch()))
    return watch
  }
}
