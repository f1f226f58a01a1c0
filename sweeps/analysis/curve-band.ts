// The band in which the curves of many runs lie: at some places of x the value that a tenth, half and nine tenths of them
// are below. Pure.
import type { CurveBucket } from '../curve-buckets.ts'

/** One run's curve: places of x ascending, and the mean there; null: no finite value. */
export interface PlottedCurve {
  readonly x: readonly number[]
  readonly mean: readonly (number | null)[]
}

export interface CurveBand {
  readonly x: readonly number[]
  readonly low: readonly (number | null)[]
  readonly middle: readonly (number | null)[]
  readonly high: readonly (number | null)[]
}

const PLACES = 80
/** With fewer runs at a place there is no band there. */
const LEAST_RUNS = 3

/** @param xOf step or time of a bucket */
export function plotCurve(
  buckets: readonly CurveBucket[],
  xOf: (bucket: CurveBucket) => number,
): PlottedCurve {
  return {
    x: buckets.map(xOf),
    mean: buckets.map(({ sum, count }) => (count === 0 ? null : sum / count)),
  }
}

/** null: no place has three runs. O(runs * (points + PLACES log runs)). */
export function bandOf(curves: readonly PlottedCurve[]): CurveBand | null {
  const first = curves.reduce((least, { x }) => Math.min(least, x[0] ?? Infinity), Infinity)
  const last = curves.reduce((most, { x }) => Math.max(most, x.at(-1) ?? -Infinity), -Infinity)
  if (!(last >= first)) return null
  const count = last > first ? PLACES : 1
  const places = Array.from(
    { length: count },
    (_, at) => first + ((last - first) * at) / Math.max(1, count - 1),
  )
  const columns = places.map(() => new Array<number>())
  for (const curve of curves) {
    for (const [at, value] of valuesAt(curve, places).entries()) if (value !== null) columns[at]?.push(value)
  }
  const rows = places.flatMap((x, at) => {
    const values = columns[at] ?? []
    return values.length < LEAST_RUNS ? [] : [{ x, values: values.sort((a, b) => a - b) }]
  })
  if (rows.length === 0) return null
  const quantiles = (share: number) => rows.map(({ values }) => quantileOf(values, share))
  return { x: rows.map(({ x }) => x), low: quantiles(0.1), middle: quantiles(0.5), high: quantiles(0.9) }
}

/** Straight between points; null before the first and after the last one. */
function valuesAt({ x, mean }: PlottedCurve, places: readonly number[]): (number | null)[] {
  const known = x.flatMap((at, index) => {
    const value = mean[index]
    return value === null || value === undefined ? [] : [{ at, value }]
  })
  let next = 0
  return places.map((place) => {
    while (next < known.length && (known[next]?.at ?? 0) < place) next++
    const [before, after] = [known[next - 1], known[next]]
    if (after === undefined) return null
    if (after.at === place || before === undefined) return after.at === place ? after.value : null
    const share = (place - before.at) / (after.at - before.at)
    return before.value + share * (after.value - before.value)
  })
}

/** Linear between order statistics. @param sorted ascending, not empty */
function quantileOf(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return below + (at - Math.floor(at)) * (above - below)
}
