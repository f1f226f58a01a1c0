// In which order the leaderboard shows runs. Pure: rows in, rows out. What is missing, and NaN, comes last in both
// directions; what is equal stands as in the ranking.
import type { RunState } from '../api/records.ts'
import { NumberColumn } from '../live/number-column.ts'
import { rankRows } from '../live/rank-rows.ts'
import type { SweepTable } from '../live/sweep-table.ts'
import { findField, type Field, type Summary } from '../selection/field.ts'
import { parseNames, writeNames } from './list-text.ts'

export interface SortKey {
  /** A column, as findField reads it; `rank`: the ranking, with running runs where they would stand. */
  readonly name: string
  readonly isDescending: boolean
}

/** @param text `-val_loss,lr`; empty: the ranking */
export function parseSort(text: string): SortKey[] {
  return parseNames(text).map((name) => ({
    name: name.startsWith('-') ? name.slice(1) : name,
    isDescending: name.startsWith('-'),
  }))
}

export function writeSort(keys: readonly SortKey[]): string {
  return writeNames(keys.map(({ name, isDescending }) => (isDescending ? `-${name}` : name)))
}

/** What a click on a column's head makes of the order: up, then down, then the ranking again. */
export function nextSort(keys: readonly SortKey[], name: string, isAdded: boolean): SortKey[] {
  const known = keys.find((key) => key.name === name)
  const others = isAdded ? keys.filter((key) => key.name !== name) : []
  if (known === undefined) return [...others, { name, isDescending: false }]
  if (known.isDescending) return others
  return isAdded
    ? keys.map((key) => (key.name === name ? { name, isDescending: true } : key))
    : [{ name, isDescending: true }]
}

/** The ranking by one value of the metric. */
export interface Standing {
  /** Place from 1 by row; 0: not ranked. */
  readonly ranks: Uint32Array
  readonly value: NumberColumn
  /** Of the first; null: none is ranked. */
  readonly bestRow: number | null
}

/** @param summary '': as the sweep ranks */
export function standingOf(table: SweepTable, summary: Summary): Standing {
  const { metric } = table.sweep
  const isOwn = summary === '' || metric === null || summary === metric.summary
  const value = isOwn
    ? table.numbers.value
    : (table.metrics.get(metric.name)?.[summary] ?? new NumberColumn())
  const ranks = isOwn ? table.ranks : rankRows({ ...pickRanked(table), numbers: { ...table.numbers, value } })
  const first = ranks.indexOf(1)
  return { ranks, value, bestRow: first < 0 ? null : first }
}

function pickRanked({ ids, states, sweep }: SweepTable) {
  return { ids, states, sweep }
}

/** Runs that have no place in the ranking stand behind it, those that may still get one first. */
const WITHOUT_VALUE: Readonly<Record<RunState, number>> = {
  running: 1,
  finished: 2,
  stopped: 2,
  queued: 3,
  preempted: 3,
  failed: 4,
  lost: 4,
  cancelled: 5,
}

/**
 * @param near an order from before, of some of these rows and maybe others: what is nearly in order is ordered in a
 * fraction of the time
 * @returns the same rows in another order
 */
export function orderRows(
  table: SweepTable,
  rows: Uint32Array,
  sort: readonly SortKey[],
  standing: Standing,
  summary: Summary,
  near: Uint32Array | null = null,
): Uint32Array {
  const comparators = sort.map(({ name, isDescending }) =>
    name === 'rank'
      ? compareStanding(table, standing, isDescending)
      : compareField(table, findField(table, name, summary), isDescending, rows),
  )
  if (!sort.some(({ name }) => name === 'rank')) comparators.push(compareStanding(table, standing, false))
  // An Array, not a Uint32Array: only its sort is quick with what is nearly in order
  const ordered = beginFrom(near, rows).sort((a, b) => {
    for (const compare of comparators) {
      const order = compare(a, b)
      if (order !== 0) return order
    }
    return a - b
  })
  return Uint32Array.from(ordered)
}

/** The rows, those of `near` first and in its order. */
function beginFrom(near: Uint32Array | null, rows: Uint32Array): number[] {
  if (near === null) return Array.from(rows)
  const isWanted = new Uint8Array((rows.at(-1) ?? 0) + 1)
  for (const row of rows) isWanted[row] = 1
  const begun: number[] = []
  for (const row of near) {
    if (isWanted[row] !== 1) continue
    begun.push(row)
    isWanted[row] = 2
  }
  for (const row of rows) if (isWanted[row] === 1) begun.push(row)
  return begun
}

type Compare = (a: number, b: number) => number

function compareStanding(table: SweepTable, { ranks, value }: Standing, isDescending: boolean): Compare {
  const sign = (table.sweep.metric?.goal === 'maximize' ? -1 : 1) * (isDescending ? -1 : 1)
  const classes = new Uint8Array(table.count)
  for (let row = 0; row < classes.length; row += 1) {
    if ((ranks[row] ?? 0) > 0) continue
    const state = table.states[row] ?? 'queued'
    classes[row] = state === 'running' && value.at(row) !== null ? 0 : WITHOUT_VALUE[state]
  }
  const tie = isDescending ? -1 : 1
  return (a, b) => {
    const kind = (classes[a] ?? 0) - (classes[b] ?? 0)
    if (kind !== 0 || classes[a] !== 0) return kind
    const left = value.data[a] ?? NaN
    const right = value.data[b] ?? NaN
    if (left !== right) return left < right ? -sign : sign
    // A running run stands behind those that have ended with the same value
    return tie * ((ranks[a] || Infinity) < (ranks[b] || Infinity) ? -1 : ranks[a] === ranks[b] ? 0 : 1)
  }
}

/** Numbers before texts; each row is read once. */
function compareField(table: SweepTable, field: Field, isDescending: boolean, rows: Uint32Array): Compare {
  const numbers = new Float64Array(table.count).fill(NaN)
  const texts: (string | null)[] = []
  let hasTexts = false
  for (const row of rows) {
    const number = field.number(row)
    if (number !== null) {
      numbers[row] = number
      continue
    }
    const text = field.text(row)
    texts[row] = text
    hasTexts ||= text !== null
  }
  const sign = isDescending ? -1 : 1
  const classOf = (row: number) => {
    if (!Number.isNaN(numbers[row])) return 0
    return hasTexts && (texts[row] ?? null) !== null ? 1 : 2
  }
  return (a, b) => {
    const kind = classOf(a)
    const other = classOf(b)
    if (kind !== other) return kind === 2 || other === 2 ? kind - other : sign * (kind - other)
    if (kind === 2) return 0
    if (kind === 0) {
      const left = numbers[a] ?? NaN
      const right = numbers[b] ?? NaN
      return left === right ? 0 : left < right ? -sign : sign
    }
    const left = texts[a] ?? ''
    const right = texts[b] ?? ''
    return left === right ? 0 : left < right ? -sign : sign
  }
}
