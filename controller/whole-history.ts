// A run's history as a table: one row a step, metrics and other values together, in order of steps. What was read
// last is kept, because who reads a history reads it page by page; the change log tells when it is out of date.
import type { MetricRow } from '../sweeps/protocol.ts'
import type { RunRecord } from '../sweeps/run.ts'
import type { StoreReads } from '../sweeps/store.ts'
import type { RunId } from '../sweeps/sweep.ts'
import { readCountedRows } from './export-history.ts'

export interface HistoryRow {
  readonly step: number
  /** Epoch ms. */
  readonly at: number
  /** By key: numbers, "NaN" and "Infinity" as texts, and any JSON. */
  readonly cells: ReadonlyMap<string, unknown>
}

export interface Histories {
  /** The rows that count (run-history.ts); rows of one step are one row. */
  rowsOf(run: Pick<RunRecord, 'id' | 'sweepId' | 'attemptCount'>): Promise<readonly HistoryRow[]>
}

interface KeptHistory {
  readonly seq: number
  readonly rows: readonly HistoryRow[]
}

const MAX_CHANGES = 1_000

/** @param limits.maxRows of all histories that are kept; the one read last always is @default 200_000 */
export function createHistories(
  store: Pick<StoreReads, 'readMetrics' | 'lastSeq' | 'oldestSeq' | 'readChanges'>,
  limits: { readonly maxRows?: number } = {},
): Histories {
  const { maxRows = 200_000 } = limits
  const kept = new Map<RunId, KeptHistory>()

  async function isCurrent(run: Pick<RunRecord, 'id' | 'sweepId'>, { seq }: KeptHistory): Promise<boolean> {
    const changes = await store.readChanges(
      seq,
      MAX_CHANGES,
      run.sweepId === null ? {} : { sweepId: run.sweepId },
    )
    if (changes.length === MAX_CHANGES || seq + 1 < (await store.oldestSeq())) return false
    return !changes.some(({ entityId }) => entityId === run.id)
  }

  return {
    async rowsOf(run) {
      const before = kept.get(run.id)
      const seq = await store.lastSeq() // first: whatever commits from now on has a higher one
      const isKept = before !== undefined && (before.seq === seq || (await isCurrent(run, before)))
      const rows = isKept ? before.rows : await readRows(store, run)
      kept.delete(run.id)
      kept.set(run.id, { seq, rows })
      dropOldest(kept, maxRows)
      return rows
    },
  }
}

function dropOldest(kept: Map<RunId, KeptHistory>, maxRows: number): void {
  let rowCount = 0
  for (const [id, { rows }] of [...kept].reverse()) {
    const isNewest = rowCount === 0
    rowCount += Math.max(1, rows.length)
    if (rowCount > maxRows && !isNewest) kept.delete(id)
  }
}

async function readRows(
  store: Pick<StoreReads, 'readMetrics'>,
  run: Pick<RunRecord, 'id' | 'attemptCount'>,
): Promise<HistoryRow[]> {
  const rows: { step: number; at: number; cells: Map<string, unknown> }[] = []
  let isOrdered = true
  for await (const { row } of readCountedRows(store, run)) {
    const last = rows.at(-1)
    if (last?.step === row.step) {
      addCells(last.cells, row)
      last.at = Math.max(last.at, row.at)
      continue
    }
    isOrdered &&= last === undefined || last.step < row.step
    const cells = new Map<string, unknown>()
    addCells(cells, row)
    rows.push({ step: row.step, at: row.at, cells })
  }
  return isOrdered ? rows : inOrder(rows)
}

function addCells(cells: Map<string, unknown>, { metrics, values }: MetricRow): void {
  for (const [key, value] of Object.entries(metrics)) cells.set(key, value)
  for (const [key, value] of Object.entries(values ?? {})) cells.set(key, value)
}

/** Reports of several sources come in the order in which they arrived. */
function inOrder(rows: readonly { step: number; at: number; cells: Map<string, unknown> }[]): HistoryRow[] {
  const byStep = new Map<number, { step: number; at: number; cells: Map<string, unknown> }>()
  for (const row of rows) {
    const same = byStep.get(row.step)
    if (same === undefined) {
      byStep.set(row.step, row)
      continue
    }
    for (const [key, value] of row.cells) same.cells.set(key, value)
    same.at = Math.max(same.at, row.at)
  }
  return [...byStep.values()].sort((left, right) => left.step - right.step)
}

/** At most `count` of them, evenly, the first and the last among them. */
export function sampleEvenly<T>(rows: readonly T[], count: number): readonly T[] {
  if (rows.length <= count) return rows
  if (count <= 1) return count <= 0 ? [] : rows.slice(-1)
  const gap = (rows.length - 1) / (count - 1)
  return Array.from({ length: count }, (_, index) => rows[Math.round(index * gap)] as T) // inside: gap * (count - 1)
}
