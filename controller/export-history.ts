// A run's history for an export, page by page: a run of a million points is never held in memory as a whole.
import { setImmediate } from 'node:timers/promises'
import { hasMetrics, stepLimits } from '../sweeps/run-history.ts'
import type { MetricChunk, StoreReads } from '../sweeps/store.ts'
import type { MetricRow } from '../sweeps/protocol.ts'
import type { RunRecord } from '../sweeps/run.ts'
import type { RunId } from '../sweeps/sweep.ts'

/** Chunks that are held at one time: so many that they have about PAGE_ROWS rows; a chunk has 2,000 at most. */
const FIRST_PAGE = 4
const MAX_PAGE = 256
/** Reading them stops everything else for some 10 ms. */
const PAGE_ROWS = 8_000

export interface CountedRow {
  readonly attempt: number
  readonly row: MetricRow
}

/**
 * The rows that count, in order, as countedRows of run-history.ts gives them. Attempts that begin to report while
 * this goes on are left out: the rows that they make void may have been handed over.
 */
export async function* readCountedRows(
  store: Pick<StoreReads, 'readMetrics'>,
  run: Pick<RunRecord, 'id' | 'attemptCount'>,
): AsyncGenerator<CountedRow> {
  const limits =
    run.attemptCount <= 1 ? new Map([[1, Infinity]]) : stepLimits(await firstSteps(store, run.id))
  for await (const { attempt, rows } of chunkPages(store, run.id)) {
    const limit = limits.get(attempt)
    if (limit === undefined) continue
    for (const row of rows) if (row.step < limit) yield { attempt, row }
  }
}

/** The first step at which each attempt reported a metric; Infinity for one that reported last values alone. */
async function firstSteps(store: Pick<StoreReads, 'readMetrics'>, id: RunId): Promise<Map<number, number>> {
  const steps = new Map<number, number>()
  for await (const { attempt, rows } of chunkPages(store, id)) {
    const known = steps.get(attempt) ?? Infinity
    if (known === Infinity) steps.set(attempt, rows.find(hasMetrics)?.step ?? Infinity)
  }
  return steps
}

/** Whoever else waits gets its turn between two pages. @param from after this place @default the beginning */
export async function* chunkPages(
  store: Pick<StoreReads, 'readMetrics'>,
  id: RunId,
  from?: { readonly attempt: number; readonly seq: number },
): AsyncGenerator<MetricChunk> {
  let after = from
  let limit = FIRST_PAGE
  for (;;) {
    const page = await store.readMetrics(id, { limit, ...(after === undefined ? {} : { after }) })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return
    after = { attempt: last.attempt, seq: last.seq }
    const rows = page.reduce((sum, chunk) => sum + chunk.rows.length, 0)
    limit = Math.min(MAX_PAGE, 4 * limit, Math.max(1, Math.floor((limit * PAGE_ROWS) / Math.max(1, rows))))
    await setImmediate()
  }
}
