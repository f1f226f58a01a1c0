// A learning curve in few numbers: the best value so far at points of growing progress, each at least a tenth beyond the
// one before, and the last one.
import type { CurvePoint } from './stopping-rule.ts'

/** About 24 points for each factor of ten. */
const LEAST_GROWTH = 1.1

export class ThinnedCurve {
  readonly #kept: CurvePoint[] = []
  #last: CurvePoint | null = null

  /** @param progress not below the last one; of equal ones the best value counts */
  add(progress: number, value: number): void {
    const best = Math.min(value, this.best)
    const kept = this.#kept.at(-1)
    this.#last = { progress, value: best }
    if (kept === undefined || progress >= kept.progress * LEAST_GROWTH) this.#kept.push(this.#last)
    else if (progress === kept.progress) this.#kept[this.#kept.length - 1] = this.#last
  }

  /** The least value so far; Infinity before the first. */
  get best(): number {
    return this.#last?.value ?? Infinity
  }

  /** 0 before the first point. */
  get progress(): number {
    return this.#last?.progress ?? 0
  }

  /** In growing order of progress; the last one is where the curve is now. */
  get points(): CurvePoint[] {
    const last = this.#last
    if (last === null || this.#kept.at(-1) === last) return [...this.#kept]
    return [...this.#kept, last]
  }
}

/**
 * The value of a curve at a progress: between points linear in the logarithm of progress, before the first one the first
 * value. O(log n).
 * @param points in growing order of progress, all above 0
 * @returns null beyond the last point
 */
export function valueAtProgress(points: readonly CurvePoint[], progress: number): number | null {
  const last = points.at(-1)
  if (last === undefined || progress > last.progress) return null
  let [low, high] = [0, points.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (points[middle]!.progress < progress) low = middle + 1
    else high = middle
  }
  const after = points[low]!
  if (low === 0 || after.progress === progress) return after.value
  const before = points[low - 1]!
  const share = Math.log(progress / before.progress) / Math.log(after.progress / before.progress)
  return before.value + share * (after.value - before.value)
}
