import { afterEach, beforeEach, expect, it } from 'vitest'
import { pruneOnce, type ChangeLimits } from '../../../../controller/dispatch/change-retention.ts'
import { aChange } from '../../../support/records.ts'
import { openTemporaryStore, type TemporaryStore } from '../../../support/store.ts'

const NOW = 10_000
const clock = { now: () => NOW, monotonicMs: () => 0 }
const LIMITS: ChangeLimits = { keptEntries: 3, keptMs: 100, maxEntries: 6 }

let temporary: TemporaryStore
let epoch: number
beforeEach(async () => {
  temporary = await openTemporaryStore()
  epoch = (await temporary.store.takeLeadership('a', null))?.epoch ?? NaN
})
afterEach(() => temporary.close())

async function keptOf(ages: readonly number[], limits = LIMITS): Promise<number[]> {
  const { store } = temporary
  await store.write((tx) => tx.recordChanges(ages.map((age) => aChange({ at: NOW - age }))))
  await pruneOnce({ store, epoch, clock }, limits)
  return (await store.readChanges(0, 100)).map(({ seq }) => seq)
}

it('keeps the newest entries, however old', async () => {
  expect(await keptOf([900, 900, 900, 900, 900])).toEqual([3, 4, 5])
})

it('keeps young entries beyond them', async () => {
  expect(await keptOf([900, 50, 50, 50, 50])).toEqual([2, 3, 4, 5])
})

it('keeps no more than the most, however young', async () => {
  expect(await keptOf([50, 50, 50, 50, 50, 50, 50, 50])).toEqual([3, 4, 5, 6, 7, 8])
})

it('changes nothing for a controller that no longer leads', async () => {
  await temporary.store.write((tx) => tx.recordChanges(new Array(5).fill(aChange({ at: 0 }))))

  const pruning = pruneOnce({ store: temporary.store, epoch: epoch + 1, clock }, LIMITS)

  await expect(pruning).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' })
  expect(await temporary.store.oldestSeq()).toBe(1)
})
