// What retries, quarantines and edits need: how many failures a run has used up, how many a sweep allows, why an agent
// gets no more work, and the last ends on an agent.
import type { Kysely } from 'kysely'

export async function addMending(db: Kysely<unknown>): Promise<void> {
  const count = (table: string, name: string, value: number) =>
    db.schema
      .alterTable(table)
      .addColumn(name, 'integer', (column) => column.notNull().defaultTo(value))
      .execute()
  await count('runs', 'failure_count', 0)
  await count('sweeps', 'max_attempts', 1)
  await db.schema.alterTable('agents').addColumn('quarantined_by', 'text').execute()
  await db.schema.alterTable('agents').addColumn('quarantined_at', 'bigint').execute()
  await db.schema.alterTable('agents').addColumn('quarantine_reason', 'text').execute()
  await db.schema.createIndex('attempts_by_agent').on('attempts').columns(['agent_id', 'ended_at']).execute()
}
