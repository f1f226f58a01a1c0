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
  const { states, ids, sweep } = table
  const { value, finishedAtMs, createdAtMs } = table.numbers
  const ranks = new Uint32Array(ids.length)
  if (sweep.metric === null) return ranks
  const sign = sweep.metric.goal === 'maximize' ? -1 : 1
  const rows: number[] = []
  for (let row = 0; row < ids.length; row += 1) {
    const isEnded = states[row] === 'finished' || states[row] === 'stopped'
    if (isEnded && value.at(row) !== null) rows.push(row)
  }
  const cell = (column: Float64Array, row: number) => column[row] ?? NaN
  rows.sort(
    (a, b) =>
      compare(sign * cell(value.data, a), sign * cell(value.data, b)) ||
      compare(cell(finishedAtMs.data, a), cell(finishedAtMs.data, b)) ||
      compare(cell(createdAtMs.data, a), cell(createdAtMs.data, b)) ||
      ((ids[a] ?? '') < (ids[b] ?? '') ? -1 : 1),
  )
  for (const [index, row] of rows.entries()) ranks[row] = index + 1
  return ranks
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
