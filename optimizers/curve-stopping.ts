// A rule that foretells where each curve will end, and stops those that will hardly be the best. Until enough curves have
// finished it stops by rank. How an end is foretold is in curve-forecast.ts.
import { BandTable } from './band-table.ts'
import type { BandedCurve } from './band-table.ts'
import { CurveForecaster } from './curve-forecast.ts'
import type { FinishedStretch } from './curve-forecast.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import type { BandMark, BandThreshold, CurveEnd, CurvePoint, StoppingRule, Verdict } from './stopping-rule.ts'
import { ThinnedCurve, valueAtProgress } from './thinned-curve.ts'

export interface CurveStoppingOptions {
  /** First check, above 0. */
  readonly firstRung: number
  /** Checks come three times as often as this factor; by rank one of so many curves goes on. Above 1. */
  readonly factor: number
  /** So many curves must be known at a check before one is stopped by rank, and have finished before any is by forecast. */
  readonly minRuns: number
}

/** A curve goes on while its odds of becoming the best are not below this. */
const LEAST_ODDS = 0.1
/** Forecasts learn from the best finished curves alone: they are most like one that may become the best. */
const MAX_TEACHERS = 64
const CHECKS_PER_REDUCTION = 3
const MAX_BANDS = 100
/** The last stretch is the second half of a curve. */
const STRETCH_SHARE = 0.5

interface WatchedCurve extends BandedCurve {
  readonly points: ThinnedCurve
  /** Gain over the last stretch, beside the marks. */
  readonly gains: (number | null)[]
}

interface FinishedCurve {
  readonly id: string
  readonly final: number
  readonly end: number
  readonly curve: WatchedCurve
}

export function createCurveStoppingRule(options: CurveStoppingOptions): StoppingRule {
  return new CurveStoppingRule(options)
}

class CurveStoppingRule implements StoppingRule {
  readonly memory = 'curves'
  readonly isRejudging = false
  readonly #options: CurveStoppingOptions
  /** Bands a whole factor apart. */
  readonly #reductions: ReadonlySet<number>
  readonly #table: BandTable
  readonly #curves = new Map<string, WatchedCurve>()
  /** By final value, ties by id. */
  readonly #finished: FinishedCurve[] = []
  /** By index of the band; emptied when a curve finishes. */
  readonly #forecasters = new Map<number, CurveForecaster | null>()
  /** Progress at which finished curves end, the latest. */
  #end = 0
  /** The least value of all curves. */
  #best = Infinity

  constructor(options: CurveStoppingOptions) {
    this.#options = options
    const { firstRung, factor } = options
    const checks = checksFrom(firstRung, factor)
    this.#table = new BandTable(checks.map(({ band }) => band))
    this.#reductions = new Set(checks.flatMap(({ band, isReduction }) => (isReduction ? band : [])))
  }

  get bands(): readonly number[] {
    return this.#table.bands
  }

  report(id: string, { progress, value }: CurvePoint): Verdict[] {
    const curve = this.#curveOf(id)
    curve.points.add(progress, value)
    this.#best = Math.min(this.#best, value)
    const passed = this.#table.pass(curve, progress, curve.points.best)
    const last = passed.at(-1)
    if (last === undefined) return []
    const points = curve.points.points
    for (const index of passed) curve.gains.push(gainUpTo(points, this.bands[index]!, curve.points.best))
    return [this.#verdictOn(curve, last)]
  }

  /** Never asked for: marks alone do not hold a curve's end. */
  recall(_id: string, _marks: readonly BandMark[]): void {
    throw new RangeError('the rule remembers curves, not marks')
  }

  marksOf(id: string): BandMark[] {
    const curve = this.#curves.get(id)
    return curve === undefined ? [] : this.#table.marksOf(curve)
  }

  end(id: string, how: CurveEnd): void {
    const curve = this.#curves.get(id)
    if (curve === undefined || curve.hasEnded) return
    curve.hasEnded = true
    if (how !== 'finished' || curve.points.progress === 0) return
    const finished = { id, final: curve.points.best, end: curve.points.progress, curve }
    let at = this.#finished.length
    while (at > 0 && compareFinished(this.#finished[at - 1]!, finished) > 0) at--
    this.#finished.splice(at, 0, finished)
    this.#learnAnew()
  }

  forget(id: string): void {
    const curve = this.#curves.get(id)
    if (curve === undefined) return
    this.#table.forget(curve)
    this.#curves.delete(id)
    if (curve.points.best === this.#best) {
      this.#best = Infinity
      for (const { points } of this.#curves.values()) this.#best = Math.min(this.#best, points.best)
    }
    const at = this.#finished.findIndex((finished) => finished.id === id)
    if (at < 0) return
    this.#finished.splice(at, 1)
    this.#learnAnew()
  }

  judge(id: string): Verdict | null {
    const curve = this.#curves.get(id)
    const last = curve === undefined ? -1 : this.#table.lastBand(curve)
    return curve === undefined || last < 0 ? null : this.#verdictOn(curve, last)
  }

  /**
   * Of the bands at which something is compared now. Of forecasts: the end that a curve must be expected to reach, for the
   * one that is the best at the band.
   */
  thresholds(): BandThreshold[] {
    const all = this.bands.slice(0, this.#table.reachedCount).map((band, index) => {
      const population = this.#table.population(index)
      const forecaster = this.#forecasterAt(index)
      const best = { value: population.at(0), gain: null }
      const threshold =
        forecaster === null ? this.#rankCut(index) : this.#endToReach(forecaster.forecast(best).std)
      return { band, threshold, reached: population.count }
    })
    return all.filter(({ threshold }) => threshold < Infinity)
  }

  #verdictOn(curve: WatchedCurve, index: number): Verdict {
    const band = this.bands[index]!
    const population = this.#table.population(index)
    const value = curve.marks[index]!
    const place = { id: curve.id, band, rank: population.countBelow(value) + 1, of: population.count }
    const forecaster = this.#forecasterAt(index)
    if (forecaster === null) {
      const threshold = this.#rankCut(index)
      return { ...place, value, threshold, stop: !curve.hasEnded && value > threshold }
    }
    const { mean, std } = forecaster.forecast({ value, gain: curve.gains[index]! })
    const threshold = this.#endToReach(std)
    const odds = std > 0 ? normalCdf((this.#best - mean) / std) : mean <= this.#best ? 1 : 0
    const shown = odds < 1e-3 ? 'below 0.1' : (100 * odds).toPrecision(2)
    const detail = `forecast of its end; odds of becoming the best ${shown} %`
    return { ...place, value: mean, threshold, stop: !curve.hasEnded && mean > threshold, detail }
  }

  /** A curve whose expected end is above has odds below LEAST_ODDS of ending below the best. */
  #endToReach(std: number): number {
    return this.#best - std * normalQuantile(LEAST_ODDS)
  }

  /** Infinity where ranks do not decide: between reductions, with too few curves, or when forecasts could be made. */
  #rankCut(index: number): number {
    const { minRuns, factor } = this.#options
    const population = this.#table.population(index)
    const isChecked = this.#reductions.has(this.bands[index]!) && this.#finished.length < minRuns
    if (!isChecked || population.count < Math.max(minRuns, 2)) return Infinity
    return population.at(Math.max(1, Math.floor(population.count / factor)) - 1)
  }

  /** null: too few curves have finished, or they end here. */
  #forecasterAt(index: number): CurveForecaster | null {
    let forecaster = this.#forecasters.get(index)
    if (forecaster === undefined) {
      forecaster = this.#makeForecaster(index)
      this.#forecasters.set(index, forecaster)
    }
    return forecaster
  }

  #makeForecaster(index: number): CurveForecaster | null {
    const band = this.bands[index]!
    if (this.#finished.length < this.#options.minRuns || band >= this.#end) return null
    const finished: FinishedStretch[] = []
    for (const { final, end, curve } of this.#finished) {
      if (index >= curve.marks.length || end <= band) continue
      finished.push({ value: curve.marks[index]!, gain: curve.gains[index]!, final })
      if (finished.length === MAX_TEACHERS) break
    }
    return finished.length === 0 ? null : new CurveForecaster(finished, band, STRETCH_SHARE * band, this.#end)
  }

  #learnAnew(): void {
    this.#forecasters.clear()
    this.#end = this.#finished.reduce((latest, { end }) => Math.max(latest, end), 0)
  }

  #curveOf(id: string): WatchedCurve {
    let curve = this.#curves.get(id)
    if (curve === undefined) {
      const points = new ThinnedCurve()
      curve = { id, marks: [], gains: [], firstBand: 0, hasEnded: false, points }
      this.#curves.set(id, curve)
    }
    return curve
  }
}

/** Whole numbers where the first one is: counts and steps are. Bands that fall together count once. */
function checksFrom(
  firstRung: number,
  factor: number,
): { readonly band: number; readonly isReduction: boolean }[] {
  const checks: { band: number; isReduction: boolean }[] = []
  for (let i = 0; i < MAX_BANDS; i++) {
    const exact = firstRung * factor ** (i / CHECKS_PER_REDUCTION)
    const band = Number.isInteger(firstRung) ? Math.round(exact) : exact
    if (!Number.isSafeInteger(Math.round(band))) break
    const isReduction = i % CHECKS_PER_REDUCTION === 0
    const before = checks.at(-1)
    if (before?.band === band) before.isReduction ||= isReduction
    else checks.push({ band, isReduction })
  }
  return checks
}

/** @param value at the progress @returns null when the curve was not seen early enough */
function gainUpTo(points: readonly CurvePoint[], progress: number, value: number): number | null {
  const first = points[0]
  if (first === undefined || first.progress > STRETCH_SHARE * progress) return null
  const before = valueAtProgress(points, STRETCH_SHARE * progress)
  return before === null ? null : before - value
}

function compareFinished(a: FinishedCurve, b: FinishedCurve): number {
  return a.final - b.final || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
