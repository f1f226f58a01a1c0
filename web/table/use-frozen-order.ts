// The order of rows while somebody looks: as long as the pointer or the focus is in the table, or it is scrolled, a
// live update moves no row; what would be new is counted, and applied when it is asked for.
import { useState } from 'react'
import type { SweepTable } from '../live/sweep-table.ts'

export interface FrozenOrder {
  readonly rows: Uint32Array
  /** Runs that are not shown yet. */
  readonly newCount: number
  /** The order on the screen is not the newest. */
  readonly isBehind: boolean
  apply(): void
}

interface Shown {
  readonly rows: Uint32Array
  readonly table: SweepTable
  readonly count: number
  readonly wish: string
}

/**
 * @param newest the order as it would be now
 * @param wish what people chose (filter, brush, order...): when it changes, the newest order is shown at once
 */
export function useFrozenOrder(
  table: SweepTable,
  newest: Uint32Array,
  wish: string,
  isFrozen: boolean,
): FrozenOrder {
  const [shown, setShown] = useState<Shown>({ rows: newest, table, count: table.count, wish })
  // After a removal rows stand for other runs
  const mustFollow =
    !isFrozen ||
    shown.wish !== wish ||
    shown.table !== table ||
    table.count < shown.count ||
    shown.rows.length === 0
  const isSame = areSame(shown.rows, newest)
  const next: Shown = { rows: newest, table, count: table.count, wish }
  if (mustFollow && (!isSame || shown.wish !== wish || shown.table !== table)) {
    setShown(next) // before this rendering is drawn
    return { rows: newest, newCount: 0, isBehind: false, apply: () => undefined }
  }
  if (mustFollow || isSame) return { rows: shown.rows, newCount: 0, isBehind: false, apply: () => undefined }
  const known = new Set(shown.rows)
  const newCount = newest.reduce((count, row) => count + (known.has(row) ? 0 : 1), 0)
  return { rows: shown.rows, newCount, isBehind: true, apply: () => setShown(next) }
}

function areSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((row, index) => row === b[index])
}
