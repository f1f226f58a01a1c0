import Database from 'libsql'
import { expect, it } from 'vitest'
import { OUTLIVING_TABLES, RUN_TABLES, SWEEP_TABLES } from '../../../../controller/store/delete-rows.ts'
import { openTemporaryStore } from '../../../support/store.ts'

/** Tables of a new database that have such a column. */
async function tablesWith(column: string): Promise<string[]> {
  const temporary = await openTemporaryStore()
  try {
    const database = new Database(temporary.file, { readonly: true })
    const rows = database
      .prepare(
        `select t.name from sqlite_master t join pragma_table_info(t.name) c
         where t.type = 'table' and c.name = ? order by t.name`,
      )
      .all(column) as { name: string }[]
    database.close()
    return rows.map(({ name }) => name)
  } finally {
    await temporary.close()
  }
}

it('every table with a run_id is erased with the run', async () => {
  expect(await tablesWith('run_id')).toEqual([...RUN_TABLES].sort())
})

it('every table with a sweep_id is erased with the sweep, or is named as one that outlives it', async () => {
  const ownRunTables: readonly string[] = RUN_TABLES // erased with the sweep's runs
  const tables = (await tablesWith('sweep_id')).filter((name) => !ownRunTables.includes(name))
  expect(tables).toEqual(['runs', ...SWEEP_TABLES, ...OUTLIVING_TABLES].sort())
})
