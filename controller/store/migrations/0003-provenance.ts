// Where attempts come from, and how their machines fared. Long texts (uncommitted changes, lists of packages) are kept
// once under their hash: ten thousand runs of one commit share them.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

export async function createProvenanceTables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const id = sql.raw(types.id)
  await db.schema
    .createTable('provenance')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('sweep_id', id)
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .addColumn('git_commit', 'text')
    .addColumn('is_dirty', 'integer', (column) => column.notNull())
    .addColumn('diff_hash', 'text')
    .addPrimaryKeyConstraint('provenance_key', ['run_id', 'attempt'])
    .execute()
  // All that "from which commits were the runs of this sweep made" reads.
  await db.schema
    .createIndex('provenance_by_commit')
    .on('provenance')
    .columns(['sweep_id', 'git_commit', 'is_dirty', 'diff_hash', 'run_id'])
    .execute()
  await db.schema
    .createTable('provenance_texts')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('text', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('system_chunks')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('samples', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('system_chunks_key', ['run_id', 'attempt', 'seq'])
    .execute()
}
