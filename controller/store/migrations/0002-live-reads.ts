// What lists, rankings and live pages read at 10,000 runs a sweep: an index in the order of the ranking, the change
// log by sweep, and for each sweep the number of its newest change.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

export async function createLiveReads(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  // The condition stands in the queries word for word (run-facts.ts): neither database would prove that another one
  // implies it. Runs enter this index when they end, so that reports of running ones do not pay for it.
  await db.schema
    .createIndex('runs_ranked')
    .on('runs')
    .columns(['sweep_id', 'value', 'finished_at', 'created_at', 'id', 'state']) // state: SQLite checks it again
    .where(sql<boolean>`state in ('finished', 'stopped') and value is not null`)
    .execute()
  await db.schema.createIndex('changes_by_sweep').on('changes').columns(['sweep_id', 'seq']).execute()
  await db.schema
    .createTable('sweep_changes')
    .addColumn('sweep_id', sql.raw(types.id), (column) => column.primaryKey())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .execute()
  await sql`
    insert into sweep_changes (sweep_id, seq)
    select sweep_id, max(seq) from changes where sweep_id is not null group by sweep_id`.execute(db)
}
