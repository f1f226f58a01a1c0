// How runs stood where early termination compared them: one row for a run and a band. A restarted leader reads the
// values of ended runs from here instead of their whole histories.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

export async function createStopChecks(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const id = sql.raw(types.id)
  await db.schema
    .createTable('stop_checks')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('band', 'double precision', (column) => column.notNull())
    .addColumn('sweep_id', id, (column) => column.notNull())
    .addColumn('rule', 'text', (column) => column.notNull())
    .addColumn('mark', 'double precision')
    .addColumn('value', 'double precision')
    .addColumn('threshold', 'double precision')
    .addColumn('place', 'integer', (column) => column.notNull())
    .addColumn('compared', 'integer', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('stop_checks_key', ['run_id', 'band'])
    .execute()
  await db.schema.createIndex('stop_checks_by_sweep').on('stop_checks').columns(['sweep_id']).execute()
}
