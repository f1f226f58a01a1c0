import { describe, expect, it } from 'vitest'
import { readCountedRows } from '../../../controller/export-history.ts'
import type { CountedRow } from '../../../controller/export-history.ts'
import { countedRows } from '../../../sweeps/run-history.ts'
import type { MetricChunk } from '../../../sweeps/store.ts'
import { aMetricChunk, aRunId, SOME_TIME } from '../../support/records.ts'
import { openTemporaryStore } from '../../support/store.ts'
import { storedSweep } from '../../support/store.ts'

const runId = aRunId()

/** Chunks of one attempt, a row each, with these steps. */
function attemptOf(attempt: number, steps: readonly number[]): MetricChunk[] {
  return steps.map((step, index) =>
    aMetricChunk({
      runId,
      attempt,
      seq: index + 1,
      rows: [{ step, at: SOME_TIME, metrics: { loss: step } }],
    }),
  )
}

async function read(chunks: readonly MetricChunk[], attemptCount: number) {
  const temporary = await openTemporaryStore()
  const limits: (number | undefined)[] = []
  try {
    await storedSweep(temporary.store, [{ id: runId }])
    await temporary.store.write((tx) => tx.insertMetrics(chunks))
    const rows: CountedRow[] = []
    const store = {
      readMetrics: (...[id, options]: Parameters<typeof temporary.store.readMetrics>) => {
        limits.push(options?.limit)
        return temporary.store.readMetrics(id, options)
      },
    }
    for await (const row of readCountedRows(store, { id: runId, attemptCount })) rows.push(row)
    return { rows, limits }
  } finally {
    await temporary.close()
  }
}

const steps = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

describe('the history of a run, page by page', () => {
  it('is what counts of its attempts, as run-history.ts says', async () => {
    const chunks = [
      ...attemptOf(1, steps(0, 90)),
      ...attemptOf(2, steps(50, 70)),
      ...attemptOf(4, [...steps(60, 61), ...steps(10, 12)]),
    ]
    expect((await read(chunks, 4)).rows).toEqual(countedRows(chunks))
  })

  it('is read in pages that grow while chunks are small, to 256 chunks at the most', async () => {
    const { rows, limits } = await read(attemptOf(1, steps(0, 701)), 1)
    expect(rows.map(({ row }) => row.step)).toEqual(steps(0, 701))
    expect(limits).toEqual([4, 16, 64, 256, 256, 256])
  })

  it('holds about 8,000 rows at one time, however many a chunk has', async () => {
    const full = Array.from({ length: 12 }, (_, index) =>
      aMetricChunk({
        runId,
        attempt: 1,
        seq: index + 1,
        rows: steps(2_000 * index, 2_000 * (index + 1)).map((step) => ({ step, at: SOME_TIME, metrics: {} })),
      }),
    )
    const { rows, limits } = await read(full, 1)
    expect(rows).toHaveLength(24_000)
    expect(limits).toEqual([4, 4, 4, 4])
  })

  it('leaves an attempt out that began after the run was chosen', async () => {
    const chunks = [...attemptOf(1, steps(0, 4)), ...attemptOf(2, steps(2, 5))]
    expect((await read(chunks, 1)).rows.map(({ row }) => row.step)).toEqual([0, 1, 2, 3])
  })
})
