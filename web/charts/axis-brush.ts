// What a brush means on an axis: the piece of the axis that is painted for a range, and the range that a painted piece
// stands for.
import { MISSING, type ParallelAxis } from '../../charts/parallel-data.ts'
import type { BrushRange } from '../selection/brush.ts'

/** Pieces of the axis, low end first. */
export function brushSpans(axis: ParallelAxis, range: BrushRange): [number, number][] {
  if (range.kind === 'range') {
    if (axis.categories.length > 0) return []
    return [[shareOf(axis, range.from, 0), shareOf(axis, range.to, 1)]]
  }
  const count = Math.max(1, axis.categories.length)
  const spans: [number, number][] = []
  if (range.texts.has('')) spans.push([MISSING - 0.02, MISSING + 0.02])
  for (const [index, text] of axis.categories.entries()) {
    if (!range.texts.has(text)) continue
    const last = spans.at(-1)
    if (last !== undefined && Math.abs(last[1] - index / count) < 1e-9) last[1] = (index + 1) / count
    else spans.push([index / count, (index + 1) / count])
  }
  return spans
}

function shareOf(axis: ParallelAxis, value: number, open: number): number {
  if (!Number.isFinite(value)) return open
  const share = axis.scale.toShare(value)
  return Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share))
}

/**
 * @param from,to shares of the axis in any order; beyond its ends the range is open
 * @returns null: nothing is taken
 */
export function rangeOfSpan(axis: ParallelAxis, from: number, to: number): BrushRange | null {
  const [low, high] = from < to ? [from, to] : [to, from]
  if (axis.categories.length > 0) {
    const count = axis.categories.length
    const texts = axis.categories.filter(
      (_, index) => (index + 0.85) / count > low && (index + 0.15) / count < high,
    )
    if (low <= MISSING + 0.03 && axis.missingCount > 0) texts.push('')
    return texts.length === 0 ? null : { kind: 'texts', texts: new Set(texts) }
  }
  if (high <= 0 || low >= 1) return null
  return {
    kind: 'range',
    from: low <= 0 ? -Infinity : axis.scale.fromShare(low),
    to: high >= 1 ? Infinity : axis.scale.fromShare(high),
  }
}
