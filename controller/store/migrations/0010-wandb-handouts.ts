// Runs that were handed out to agents that poll: one row for an attempt.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

export async function createHandouts(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const id = sql.raw(types.id)
  await db.schema
    .createTable('wandb_handouts')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('agent_id', id, (column) => column.notNull())
    .addColumn('handed_at', 'bigint', (column) => column.notNull())
    .addColumn('seen_at', 'bigint')
    .addColumn('stop_asked_at', 'bigint')
    .addPrimaryKeyConstraint('wandb_handouts_key', ['run_id', 'attempt'])
    .execute()
  await db.schema
    .createIndex('wandb_handouts_by_agent')
    .on('wandb_handouts')
    .columns(['agent_id', 'handed_at'])
    .execute()
}
