// Which lines of a growing file are stored: a client says at which line what it sends begins, sends it again when it is
// not sure, and may leave some out. Pure.

export interface LineRanges {
  /** Every line below this one is stored, but for the gaps. */
  readonly end: number
  /** Lines that are missing: [from, to), in order. */
  readonly gaps: readonly (readonly [from: number, to: number])[]
}

export const NO_LINES: LineRanges = { end: 0, gaps: [] }

/** More would be noise: of older gaps nothing is taken any more. */
const MAX_GAPS = 100

/**
 * Adds the lines [from, from + count).
 * @returns what is stored then, and those parts of the lines that were not stored before, in order
 */
export function addLines(
  stored: LineRanges,
  from: number,
  count: number,
): { ranges: LineRanges; fresh: (readonly [from: number, to: number])[] } {
  const to = from + count
  const fresh: (readonly [number, number])[] = []
  const gaps: (readonly [number, number])[] = []
  for (const [start, stop] of stored.gaps) {
    const left = Math.max(start, from)
    const right = Math.min(stop, to)
    if (left >= right) {
      gaps.push([start, stop])
      continue
    }
    fresh.push([left, right])
    if (start < left) gaps.push([start, left])
    if (right < stop) gaps.push([right, stop])
  }
  if (from > stored.end && count > 0) gaps.push([stored.end, from])
  if (to > stored.end && count > 0) fresh.push([Math.max(from, stored.end), to])
  const end = count > 0 ? Math.max(stored.end, to) : stored.end
  return { ranges: { end, gaps: gaps.slice(-MAX_GAPS) }, fresh }
}
