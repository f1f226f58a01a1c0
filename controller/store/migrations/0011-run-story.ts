// What happened to one run, out of the change log. Reports of metrics are most of the log and stay out of the index, so
// that they do not pay for it.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function addRunStory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('changes_by_entity')
    .on('changes')
    .columns(['entity_id', 'seq'])
    .where(sql<boolean>`event not in ('run.metrics', 'run.metric')`)
    .execute()
}
