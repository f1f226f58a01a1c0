import { afterEach, beforeEach, expect, it } from 'vitest'
import { createHistories, sampleEvenly } from '../../../controller/whole-history.ts'
import type { RunRecord } from '../../../sweeps/run.ts'
import type { MetricRow } from '../../../sweeps/protocol.ts'
import type { StoreReads, SweepStore } from '../../../sweeps/store.ts'
import { aChange, aMetricChunk } from '../../support/records.ts'
import { openTemporaryStore, storedSweep, type TemporaryStore } from '../../support/store.ts'

let temporary: TemporaryStore
let store: SweepStore
let readCount: number
let reads: StoreReads
let run: RunRecord

beforeEach(async () => {
  temporary = await openTemporaryStore()
  store = temporary.store
  run = (await storedSweep(store, [{ attemptCount: 1 }])).runs[0] as RunRecord // one was stored
  readCount = 0
  reads = new Proxy<StoreReads>(store, {
    get(target, name) {
      if (name === 'readMetrics') readCount += 1
      return (target[name as keyof StoreReads] as () => unknown).bind(target)
    },
  })
})
afterEach(() => temporary.close())

async function report(seq: number, rows: readonly MetricRow[]): Promise<void> {
  await store.write(async (tx) => {
    await tx.insertMetrics([aMetricChunk({ runId: run.id, attempt: 1, seq, rows: [...rows] })])
    await tx.recordChanges([aChange({ entityId: run.id, sweepId: run.sweepId })])
  })
}

it('puts the rows of one step together, in order of steps', async () => {
  await report(1, [
    { step: 2, at: 20, metrics: { loss: 2 } },
    { step: 2, at: 21, metrics: { acc: 0.2 }, values: { word: 'x' } },
    { step: 1, at: 10, metrics: { loss: 'NaN' } },
  ])
  await report(2, [{ step: 1, at: 11, metrics: { acc: 0.1 } }])

  const rows = await createHistories(reads).rowsOf(run)

  expect(rows.map(({ step, at, cells }) => [step, at, Object.fromEntries(cells)])).toEqual([
    [1, 11, { loss: 'NaN', acc: 0.1 }],
    [2, 21, { loss: 2, acc: 0.2, word: 'x' }],
  ])
})

it('is read once, until the run changes', async () => {
  const histories = createHistories(reads)
  await report(1, [{ step: 1, at: 1, metrics: { loss: 1 } }])
  expect(await histories.rowsOf(run)).toHaveLength(1)
  const before = readCount
  await store.write((tx) => tx.recordChanges([aChange({ entity: 'agent', entityId: 'a' })]))
  expect(await histories.rowsOf(run)).toHaveLength(1)
  expect(readCount).toBe(before)

  await report(2, [{ step: 2, at: 2, metrics: { loss: 1 } }])
  expect(await histories.rowsOf(run)).toHaveLength(2)
})

it('keeps no more rows than it may, and the last history always', async () => {
  const histories = createHistories(reads, { maxRows: 1 })
  await report(
    1,
    [1, 2, 3].map((step) => ({ step, at: step, metrics: { loss: step } })),
  )
  await histories.rowsOf(run)
  const before = readCount
  await histories.rowsOf(run)
  expect(readCount).toBe(before)
})

it('samples evenly, with the first and the last', () => {
  const rows = Array.from({ length: 101 }, (_, index) => index)
  expect(sampleEvenly(rows, 5)).toEqual([0, 25, 50, 75, 100])
  expect(sampleEvenly(rows, 1)).toEqual([100])
  expect(sampleEvenly(rows, 0)).toEqual([])
  expect(sampleEvenly(rows, 500)).toBe(rows)
})
