// A run's history for an export, page by page: a run of a million points is never held in memory as a whole.
import { hasMetrics, stepLimits } from '../sweeps/run-history.ts'
import type { MetricChunk, StoreReads } from '../sweeps/store.ts'
import type { MetricRow } from '../sweeps/protocol.ts'
import type { RunRecord } from '../sweeps/run.ts'
import type { RunId } from '../sweeps/sweep.ts'

/** Chunks that are held at one time; a chunk has 2,000 rows at most. */
const PAGE = 20

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

async function* chunkPages(store: Pick<StoreReads, 'readMetrics'>, id: RunId): AsyncGenerator<MetricChunk> {
  let after: { attempt: number; seq: number } | undefined
  for (;;) {
    const page = await store.readMetrics(id, { limit: PAGE, ...(after === undefined ? {} : { after }) })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = { attempt: last.attempt, seq: last.seq }
  }
}
