// Runs that a client reports by itself: how it calls them, and which of its lines are stored.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

export async function createClientRuns(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const id = sql.raw(types.id)
  await db.schema
    .createTable('client_runs')
    .addColumn('run_id', id, (column) => column.primaryKey().references('runs.id'))
    .addColumn('entity', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('started_by', id)
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('wandb_config', 'text', (column) => column.notNull())
    .addColumn('summary', 'text', (column) => column.notNull())
    .addColumn('history_lines', 'bigint', (column) => column.notNull())
    .addColumn('history_gaps', 'text', (column) => column.notNull())
    .addColumn('event_lines', 'bigint', (column) => column.notNull())
    .addColumn('event_gaps', 'text', (column) => column.notNull())
    .addColumn('log_lines', 'bigint', (column) => column.notNull())
    .addColumn('placed', 'integer', (column) => column.notNull())
    .addColumn('owners', 'text', (column) => column.notNull())
    .addColumn('process_started_at', 'double precision')
    .addColumn('former_started_at', 'double precision')
    .addColumn('heard_at', 'bigint', (column) => column.notNull())
    .addColumn('host', 'text')
    .addColumn('program', 'text')
    .addColumn('git_commit', 'text')
    .addColumn('repo', 'text')
    .addColumn('is_preempting', 'integer', (column) => column.notNull())
    .addUniqueConstraint('client_runs_name', ['project', 'name'])
    .execute()
}
