// Which runs are drawn on top, coloured by rank: the best 2 % of those shown, and at least five.

const TOP_SHARE = 0.02
const LEAST = 5

/**
 * @param rowsByRank rows of ranked runs, the best first
 * @param isShown 1 by row; null: all are
 * @returns the best first, and how many ranked runs are shown
 */
export function pickTopRuns(
  rowsByRank: ArrayLike<number>,
  isShown: ArrayLike<number> | null,
): { readonly top: number[]; readonly rankedCount: number } {
  let rankedCount = 0
  for (let at = 0; at < rowsByRank.length; at += 1)
    if (isShown === null || isShown[rowsByRank[at]!] === 1) rankedCount += 1
  const wanted = Math.min(rankedCount, Math.max(LEAST, Math.ceil(rankedCount * TOP_SHARE)))
  const top: number[] = []
  for (let at = 0; at < rowsByRank.length && top.length < wanted; at += 1) {
    const row = rowsByRank[at]!
    if (isShown === null || isShown[row] === 1) top.push(row)
  }
  return { top, rankedCount }
}

/** @param ranks place from 1 by row, each at most once; 0: not ranked */
export function sortByRank(ranks: ArrayLike<number>): Uint32Array {
  const rows = new Uint32Array(ranks.length + 1)
  let last = 0
  for (let row = 0; row < ranks.length; row += 1) {
    const rank = ranks[row]!
    if (rank === 0 || rank > ranks.length) continue
    rows[rank - 1] = row
    if (rank > last) last = rank
  }
  return rows.subarray(0, last)
}

/** Share for rankColour: 0 the first of those on top, 1 the last. */
export function shareOfTop(index: number, count: number): number {
  return count <= 1 ? 0 : index / (count - 1)
}
