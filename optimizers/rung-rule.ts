// Rules that decide when a curve reaches a rung, and not again before the next one: what is compared, and with what,
// is given (successive-halving.ts, median-stopping.ts).
import { BandTable } from './band-table.ts'
import type { BandedCurve } from './band-table.ts'
import type { OrderStatistics } from './order-statistics.ts'
import type { BandMark, BandThreshold, CurveEnd, CurvePoint, StoppingRule, Verdict } from './stopping-rule.ts'

export interface RungCurve extends BandedCurve {
  readonly bracket: number
  /** Of the values so far. */
  best: number
  sum: number
  count: number
}

export interface RungComparison {
  /** What others are compared with once this curve has reached a rung, from its values so far and the newest one. */
  mark(curve: RungCurve, value: number): number
  /** What of the curve is compared. */
  compared(curve: RungCurve): number
  /** Above it a curve is stopped. @param marks of all curves at the rung; `own` is one of them */
  threshold(marks: OrderStatistics, own: number | null): number
}

export interface RungRuleOptions extends RungComparison {
  /** In growing order. */
  readonly rungs: readonly number[]
  /** Curves of a bracket are compared with each other alone; bracket b has no rung before the b-th. @default 1 */
  readonly bracketCount?: number
  readonly bracketOf?: (id: string) => number
}

/** Rungs first, first * factor, first * factor^2, ...: whole numbers below 2^53, at most 100. */
export function geometricRungs(first: number, factor: number): number[] {
  const rungs = new Set<number>()
  for (let rung = first, i = 0; i < 100 && rung <= Number.MAX_SAFE_INTEGER; rung *= factor, i++)
    rungs.add(Math.floor(rung))
  return [...rungs]
}

export class RungRule implements StoppingRule {
  readonly memory = 'marks'
  readonly isRejudging = false
  readonly bands: readonly number[]
  readonly #tables: readonly BandTable[]
  readonly #curves = new Map<string, RungCurve>()

  constructor(private readonly options: RungRuleOptions) {
    this.bands = options.rungs
    const count = options.bracketCount ?? 1
    this.#tables = Array.from({ length: count }, () => new BandTable(options.rungs))
  }

  report(id: string, { progress, value }: CurvePoint): Verdict[] {
    const curve = this.#curveOf(id)
    curve.best = Math.min(curve.best, value)
    curve.sum += value
    curve.count++
    const passed = this.#tableOf(curve).pass(curve, progress, this.options.mark(curve, value))
    const last = passed.at(-1)
    return last === undefined ? [] : [this.#verdictOn(curve, last)]
  }

  recall(id: string, marks: readonly BandMark[]): void {
    this.forget(id)
    const curve = this.#curveOf(id)
    this.#tableOf(curve).restore(curve, marks)
    curve.hasEnded = true
  }

  marksOf(id: string): BandMark[] {
    const curve = this.#curves.get(id)
    return curve === undefined ? [] : this.#tableOf(curve).marksOf(curve)
  }

  end(id: string, _how: CurveEnd): void {
    const curve = this.#curves.get(id)
    if (curve !== undefined) curve.hasEnded = true
  }

  forget(id: string): void {
    const curve = this.#curves.get(id)
    if (curve === undefined) return
    this.#tableOf(curve).forget(curve)
    this.#curves.delete(id)
  }

  judge(id: string): Verdict | null {
    const curve = this.#curves.get(id)
    const last = curve === undefined ? -1 : this.#tableOf(curve).lastBand(curve)
    return curve === undefined || last < 0 ? null : this.#verdictOn(curve, last)
  }

  thresholds(): BandThreshold[] {
    const found: BandThreshold[] = []
    for (const [bracket, table] of this.#tables.entries()) {
      for (let index = 0; index < table.reachedCount; index++) {
        const marks = table.population(index)
        if (marks.count === 0) continue
        const threshold = this.options.threshold(marks, null)
        const known = { band: this.bands[index] ?? NaN, threshold, reached: marks.count }
        found.push(this.#tables.length > 1 ? { ...known, bracket } : known)
      }
    }
    return found.sort((a, b) => a.band - b.band || (a.bracket ?? 0) - (b.bracket ?? 0))
  }

  #verdictOn(curve: RungCurve, index: number): Verdict {
    const marks = this.#tableOf(curve).population(index)
    const value = this.options.compared(curve)
    const threshold = this.options.threshold(marks, curve.marks.at(-1) ?? null)
    const facts = {
      id: curve.id,
      band: this.bands[index] ?? NaN,
      value,
      threshold,
      rank: 1 + marks.countBelow(value),
      of: marks.count,
      stop: value > threshold && !curve.hasEnded,
    }
    return this.#tables.length > 1 ? { ...facts, detail: `bracket ${curve.bracket}` } : facts
  }

  #tableOf(curve: RungCurve): BandTable {
    const table = this.#tables[curve.bracket]
    if (table === undefined) throw new RangeError(`no bracket ${curve.bracket}`)
    return table
  }

  #curveOf(id: string): RungCurve {
    let curve = this.#curves.get(id)
    if (curve === undefined) {
      const bracket = this.options.bracketOf?.(id) ?? 0
      curve = {
        id,
        bracket,
        marks: [],
        firstBand: bracket,
        hasEnded: false,
        best: Infinity,
        sum: 0,
        count: 0,
      }
      this.#curves.set(id, curve)
    }
    return curve
  }
}
