// The ranking, counted where the page is: the stream does not tell ranks, because one run that ends moves thousands.
// The rule is that of docs/live-changes.md; a test compares it with the server's.
import type { LiveSweep, RunState } from '../api/records.ts'
import type { NumberColumn } from './number-column.ts'

/** What of a SweepTable decides the ranking. */
export interface RankableRows {
  readonly ids: readonly string[]
  readonly states: readonly RunState[]
  readonly sweep: LiveSweep
  readonly numbers: Readonly<Record<'value' | 'finishedAtMs' | 'createdAtMs', NumberColumn>>
}

/** @returns place from 1 by row; 0: not ranked */
export function rankRows(table: RankableRows): Uint32Array {
  return ranksOf(sortRanked(table), table.ids.length)
}

/** Rows that are ranked, the best first. */
export function sortRanked(table: RankableRows): Uint32Array {
  const isRanked = rankedTest(table)
  const rows: number[] = []
  for (let row = 0; row < table.ids.length; row += 1) if (isRanked(row)) rows.push(row)
  return Uint32Array.from(rows.sort(rankOrder(table)))
}

/**
 * The same as sortRanked, from what it gave before these rows changed: a message names fifty of ten thousand.
 * @param before of the same table; no row has moved since
 */
export function mergeRanked(
  table: RankableRows,
  before: Uint32Array,
  changed: ReadonlySet<number>,
): Uint32Array {
  const isRanked = rankedTest(table)
  const order = rankOrder(table)
  const moved = [...changed].filter(isRanked).sort(order)
  const merged = new Uint32Array(before.length + moved.length)
  let [count, next] = [0, 0]
  for (const row of before) {
    if (changed.has(row)) continue
    for (; next < moved.length && order(moved[next]!, row) < 0; next += 1) merged[count++] = moved[next]!
    merged[count++] = row
  }
  for (; next < moved.length; next += 1) merged[count++] = moved[next]!
  return merged.subarray(0, count)
}

/** @param rowsByRank as sortRanked gives them @returns place from 1 by row; 0: not ranked */
export function ranksOf(rowsByRank: Uint32Array, rowCount: number): Uint32Array {
  const ranks = new Uint32Array(rowCount)
  for (let at = 0; at < rowsByRank.length; at += 1) ranks[rowsByRank[at]!] = at + 1
  return ranks
}

function rankedTest({ states, sweep, numbers }: RankableRows): (row: number) => boolean {
  if (sweep.metric === null) return () => false
  return (row) => (states[row] === 'finished' || states[row] === 'stopped') && numbers.value.at(row) !== null
}

function rankOrder({ ids, sweep, numbers }: RankableRows): (a: number, b: number) => number {
  const sign = sweep.metric?.goal === 'maximize' ? -1 : 1
  const { data: values } = numbers.value
  const { data: finished } = numbers.finishedAtMs
  const { data: created } = numbers.createdAtMs
  return (a, b) =>
    sign * compare(values[a]!, values[b]!) ||
    compare(finished[a]!, finished[b]!) ||
    compare(created[a]!, created[b]!) ||
    (ids[a]! < ids[b]! ? -1 : 1)
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
