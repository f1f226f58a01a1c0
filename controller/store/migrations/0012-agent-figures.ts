// How the attempts of agents ended is counted for every look at the agents: from the index alone, without the rows.
import type { Kysely } from 'kysely'

export async function addAgentFigures(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('attempts_by_agent').execute()
  await db.schema
    .createIndex('attempts_by_agent')
    .on('attempts')
    .columns(['agent_id', 'ended_at', 'outcome'])
    .execute()
}
