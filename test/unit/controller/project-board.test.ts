import { afterEach, beforeEach, expect, it } from 'vitest'
import { createProjectBoards } from '../../../controller/project-board.ts'
import { wandbFactsOf } from '../../../controller/wandb/run-summary.ts'
import type { RunRecord } from '../../../sweeps/run.ts'
import type { SweepStore } from '../../../sweeps/store.ts'
import { aChange, aRun, aSummary } from '../../support/records.ts'
import { openTemporaryStore, type TemporaryStore } from '../../support/store.ts'

let temporary: TemporaryStore
let store: SweepStore
beforeEach(async () => {
  temporary = await openTemporaryStore()
  store = temporary.store
})
afterEach(() => temporary.close())

async function save(run: RunRecord, isNew: boolean): Promise<void> {
  await store.write(async (tx) => {
    if (isNew) await tx.insertRuns([run])
    else await tx.saveRuns([run])
    await tx.recordChanges([aChange({ entityId: run.id, sweepId: null })])
  })
}

it('has the runs of its project alone, with their last values, and follows what changes', async () => {
  const first = aRun({ project: 'a', sweepId: null, notes: 'one' })
  const other = aRun({ project: 'b', sweepId: null })
  await save(first, true)
  await save(other, true)
  await store.write(async (tx) => {
    await tx.saveValues(first.id, new Map([['word', '"done"']]))
    await tx.saveSummaries(first.id, [aSummary({ key: 'loss', last: 0.5 })])
    await tx.recordChanges([aChange({ entityId: first.id, sweepId: null })])
  })
  const boards = createProjectBoards(store)
  const before = await boards.boardOf('a')
  expect(before.runs.map(({ id }) => id)).toEqual([first.id])
  expect(wandbFactsOf(before.runs[0] ?? expect.fail()).summary).toMatchObject({ word: 'done', loss: 0.5 })

  const second = aRun({ project: 'a', sweepId: null })
  await save({ ...first, notes: 'two' }, false)
  await save({ ...other, notes: 'not of it' }, false)
  await save(second, true)

  const after = await boards.boardOf('a')
  expect(after.runs.map(({ id }) => id)).toEqual([first.id, second.id])
  expect(after.runs[0]?.notes).toBe('two')
  expect(before.runs[0]?.notes).toBe('one')

  await store.write(async (tx) => {
    await tx.deleteRuns([first.id])
    await tx.recordChanges([aChange({ entityId: first.id, sweepId: null })])
  })
  expect((await boards.boardOf('a')).runs.map(({ id }) => id)).toEqual([second.id])
})
