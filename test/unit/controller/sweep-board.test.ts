import { afterEach, beforeEach, expect, it } from 'vitest'
import { createSweepBoards } from '../../../controller/sweep-board.ts'
import { openSqliteStore } from '../../../controller/store/sqlite.ts'
import type { RunRecord } from '../../../sweeps/run.ts'
import type { StoreReads, SweepStore } from '../../../sweeps/store.ts'
import type { RunId } from '../../../sweeps/sweep.ts'
import { aChange, aRun } from '../../support/records.ts'
import { openTemporaryStore, storedSweep, type TemporaryStore } from '../../support/store.ts'

let temporary: TemporaryStore
let store: SweepStore
/** Which sweeps were read whole, and which runs alone. */
let wholeReads: number
let reread: RunId[]
let reads: StoreReads

beforeEach(async () => {
  temporary = await openTemporaryStore()
  store = temporary.store
  wholeReads = 0
  reread = []
  reads = new Proxy<StoreReads>(store, {
    get(target, name) {
      if (name === 'listRunFacts') wholeReads += 1
      if (name !== 'findRunFacts') return (target[name as keyof StoreReads] as () => unknown).bind(target)
      return (ids: readonly RunId[]) => {
        reread.push(...ids)
        return target.findRunFacts(ids)
      }
    },
  })
})
afterEach(() => temporary.close())

async function save(to: SweepStore, run: RunRecord): Promise<void> {
  await to.write(async (tx) => {
    await tx.saveRuns([run])
    await tx.recordChanges([aChange({ entityId: run.id, sweepId: run.sweepId })])
  })
}

async function threeRuns() {
  const { sweep, runs } = await storedSweep(store, [{ notes: 'a' }, { notes: 'b' }, { notes: 'c' }])
  await store.write((tx) => tx.recordChanges([aChange({ sweepId: sweep.id })]))
  return { id: sweep.id, first: runs[0] as RunRecord, second: runs[1] as RunRecord } // three were stored
}

const notesOf = (board: { runs: readonly { notes: string }[] }) => board.runs.map(({ notes }) => notes)

it('reads again only the runs that changed, in their places, and puts new ones at the end', async () => {
  const { id, second } = await threeRuns()
  const boards = createSweepBoards(reads)
  const before = await boards.boardOf(id)
  await save(store, { ...second, notes: 'B' })
  const added = aRun({ sweepId: id, notes: 'd' })
  await store.write(async (tx) => {
    await tx.insertRuns([added])
    await tx.recordChanges([aChange({ entityId: added.id, sweepId: id })])
  })

  const after = await boards.boardOf(id)

  expect(notesOf(before)).toEqual(['a', 'b', 'c'])
  expect(notesOf(after)).toEqual(['a', 'B', 'c', 'd'])
  expect(after.seq).toBe(await store.lastSeq())
  expect(after.version).toBeGreaterThan(before.version)
  expect(reread).toEqual([second.id, added.id])
  expect(wholeReads).toBe(1)
})

it('loses runs that were erased', async () => {
  const { id, second } = await threeRuns()
  const boards = createSweepBoards(reads)
  await boards.boardOf(id)
  await store.write(async (tx) => {
    await tx.deleteRuns([second.id])
    await tx.recordChanges([aChange({ entityId: second.id, sweepId: id, event: 'run.removed' })])
  })

  expect(notesOf(await boards.boardOf(id))).toEqual(['a', 'c'])
})

it('stays what it is when only other sweeps change, but stands at a later place', async () => {
  const { id } = await threeRuns()
  const boards = createSweepBoards(reads)
  const before = await boards.boardOf(id)
  await store.write((tx) => tx.recordChanges([aChange()]))

  const after = await boards.boardOf(id)

  expect(after.version).toBe(before.version)
  expect(after.runs).toBe(before.runs)
  expect(after.seq).toBe(before.seq + 1)
})

it('sees what another process wrote', async () => {
  const { id, first } = await threeRuns()
  const boards = createSweepBoards(reads)
  await boards.boardOf(id)
  const other = await openSqliteStore({ file: temporary.file })
  await save(other, { ...first, notes: 'from elsewhere' })
  await other.close()

  expect(notesOf(await boards.boardOf(id))).toEqual(['from elsewhere', 'b', 'c'])
})

it('reads everything anew when the log no longer has all that changed, or has too much of it', async () => {
  const { id, first } = await threeRuns()
  const boards = createSweepBoards(reads, { maxChanges: 3 })
  await boards.boardOf(id)
  for (const notes of ['1', '2', '3']) await save(store, { ...first, notes })
  expect(notesOf(await boards.boardOf(id))).toEqual(['3', 'b', 'c'])
  expect(wholeReads).toBe(2)

  await save(store, { ...first, notes: '4' })
  await save(store, { ...first, notes: '5' })
  const belowSeq = await store.lastSeq()
  await store.write((tx) => tx.pruneChanges({ belowSeq, belowSeqAndAt: { seq: 0, at: 0 }, limit: 100 }))

  expect(notesOf(await boards.boardOf(id))).toEqual(['5', 'b', 'c'])
  expect(wholeReads).toBe(3)
})

it('has a write that ended before it was asked for, however many ask at once', async () => {
  const { id, first } = await threeRuns()
  const boards = createSweepBoards(reads)
  const seen = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      await save(store, { ...first, notes: String(index) })
      const written = await store.lastSeq()
      const board = await boards.boardOf(id)
      return board.seq >= written
    }),
  )

  expect(seen).not.toContain(false)
  expect(wholeReads).toBe(1)
})

it('forgets the boards that were used longest ago when there are too many runs', async () => {
  const [a, b] = [await threeRuns(), await threeRuns()]
  const boards = createSweepBoards(reads, { maxRuns: 5 })
  await boards.boardOf(a.id)
  await boards.boardOf(b.id)
  await boards.boardOf(b.id)
  expect(wholeReads).toBe(2)

  await boards.boardOf(a.id)
  expect(wholeReads).toBe(3)
})
