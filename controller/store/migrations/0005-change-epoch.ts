// Who made a change: the epoch of the leader whose unit of work it was, or null for a request to any controller. The
// leader follows those, because they may have come through another controller.
import type { Kysely } from 'kysely'

export async function addChangeEpoch(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('changes').addColumn('epoch', 'bigint').execute()
}
