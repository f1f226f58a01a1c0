// Stores for tests, on a file of their own in a new temporary folder, and what to put into them first.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../controller/store/sqlite.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { SweepRecord } from '../../sweeps/sweep.ts'
import { aRun, aSweep } from './records.ts'

export interface TemporaryStore {
  readonly store: SweepStore
  readonly file: string
  /** Closes the store and opens the same file again. */
  reopen(): Promise<SweepStore>
  /** Closes the store and removes the folder. */
  close(): Promise<void>
}

export async function openTemporaryStore(): Promise<TemporaryStore> {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-store-'))
  const file = join(folder, 'sweep.db')
  let current = await openSqliteStore({ file })
  return {
    store: current,
    file,
    async reopen() {
      await current.close()
      current = await openSqliteStore({ file })
      return current
    },
    async close() {
      await current.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A new sweep in the store, with these runs. */
export async function storedSweep(
  store: SweepStore,
  runs: readonly Partial<RunRecord>[] = [],
): Promise<{ sweep: SweepRecord; runs: RunRecord[] }> {
  const sweep = aSweep()
  const records = runs.map((run) => aRun({ sweepId: sweep.id, ...run }))
  await store.write(async (tx) => {
    await tx.insertSweep(sweep)
    await tx.insertRuns(records)
  })
  return { sweep, runs: records }
}
