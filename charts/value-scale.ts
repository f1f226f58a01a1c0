// Where a value stands on an axis, as a share from 0 (low end) to 1 (high end), and which ticks say so: linear,
// logarithmic, or one place a category. Pure arithmetic for everything that draws.

export interface Tick {
  /** 0 to 1. */
  readonly at: number
  readonly label: string
}

export interface ValueScale {
  readonly kind: 'linear' | 'log' | 'category'
  readonly min: number
  readonly max: number
  /** Of a finite value, not clamped; on a log scale NaN for what is not above 0. */
  toShare(value: number): number
  fromShare(share: number): number
  /** At most about `count`, low to high. */
  ticks(count: number): Tick[]
}

/** A number at an axis: at most four significant digits, powers for what is far from 1. */
export function formatTick(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e5 || size < 1e-3)
    return value
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e')
  return String(Number(value.toPrecision(4)))
}

/** @param min,max finite; equal ones are widened */
export function linearScale(min: number, max: number): ValueScale {
  const [low, high] = widen(min, max)
  const span = high - low
  return {
    kind: 'linear',
    min: low,
    max: high,
    toShare: (value) => (value - low) / span,
    fromShare: (share) => low + share * span,
    ticks(count) {
      const step = niceStep(span / Math.max(1, count))
      const ticks: Tick[] = []
      for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
        const value = index * step
        ticks.push({ at: (value - low) / span, label: formatTick(Math.abs(value) < step / 1e6 ? 0 : value) })
      }
      return ticks
    },
  }
}

/** @param min,max above 0 */
export function logScale(min: number, max: number): ValueScale {
  const [low, high] = min === max ? [min / 2, max * 2] : [min, max]
  const from = Math.log10(low)
  const span = Math.log10(high) - from
  return {
    kind: 'log',
    min: low,
    max: high,
    toShare: (value) => (value > 0 ? (Math.log10(value) - from) / span : NaN),
    fromShare: (share) => 10 ** (from + share * span),
    ticks(count) {
      const values = logTicks(from, from + span, count)
      return values.map((value) => ({ at: (Math.log10(value) - from) / span, label: formatTick(value) }))
    },
  }
}

/** One place a category, in the given order from the low end. The value of a category is its index. */
export function categoryScale(labels: readonly string[]): ValueScale {
  const count = Math.max(1, labels.length)
  return {
    kind: 'category',
    min: 0,
    max: count - 1,
    toShare: (index) => (index + 0.5) / count,
    fromShare: (share) => share * count - 0.5,
    ticks(wanted) {
      const every = Math.max(1, Math.ceil(labels.length / Math.max(1, wanted)))
      return labels.flatMap((label, index) =>
        index % every === 0 ? [{ at: (index + 0.5) / count, label }] : [],
      )
    },
  }
}

/**
 * The range of an axis up to a fence on one side: one diverged run would press all others into a line. What lies beyond
 * is drawn at the end of the axis.
 * @param sorted ascending, finite, at least one
 */
export function fenceRange(sorted: Float64Array, side: 'low' | 'high'): [number, number] {
  const count = sorted.length
  const [low, high] = [sorted[0] ?? 0, sorted[count - 1] ?? 1]
  if (count < 8) return [low, high]
  const at = (share: number) => sorted[Math.round(share * (count - 1))] ?? 0
  if (side === 'high') return [low, Math.min(high, at(0.9) + 2 * (at(0.9) - low))]
  return [Math.max(low, at(0.1) - 2 * (high - at(0.1))), high]
}

function widen(min: number, max: number): readonly [number, number] {
  if (min < max) return [min, max]
  const by = min === 0 ? 1 : Math.abs(min) * 0.1
  return [min - by, min + by]
}

/** The smallest of 1, 2, 5 times a power of ten that is at least so large. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast))
  const factor = [1, 2, 5].find((candidate) => candidate * power >= atLeast * 0.999) ?? 10
  return factor * power
}

/** Powers of ten; where they are few, 2 and 5 times a power too; within one decade evenly spaced values. */
function logTicks(from: number, to: number, count: number): number[] {
  const decades = Math.floor(to + 1e-9) - Math.ceil(from - 1e-9) + 1
  if (decades < 2) {
    const factors = decades + 2 <= count ? [1, 2, 5] : [1, 3]
    const found = spread(from, to, 1, factors)
    if (found.length >= 2) return found
    return linearScale(10 ** from, 10 ** to)
      .ticks(Math.min(count, 4))
      .map(({ at }) => 10 ** from + at * (10 ** to - 10 ** from))
  }
  if (decades * 2 < count) return spread(from, to, 1, [1, 3])
  return spread(from, to, Math.max(1, Math.ceil(decades / Math.max(1, count))), [1])
}

function spread(from: number, to: number, every: number, factors: readonly number[]): number[] {
  const values: number[] = []
  for (let power = Math.floor(from); power <= to; power += every) {
    for (const factor of factors) {
      const value = factor * 10 ** power
      const at = Math.log10(value)
      if (at >= from - 1e-9 && at <= to + 1e-9) values.push(value)
    }
  }
  return values
}
