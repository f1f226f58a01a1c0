// Tokens, the page's sessions and its one-time tickets. Secrets are kept as hashes.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

export async function createAccessTables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const id = sql.raw(types.id)
  await db.schema
    .createTable('tokens')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('hash', id, (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute()
  await db.schema.createIndex('tokens_by_hash').unique().on('tokens').column('hash').execute()
  // A session or ticket of the data folder's admin token has no row in tokens: no foreign key.
  await db.schema
    .createTable('sessions')
    .addColumn('hash', id, (column) => column.primaryKey())
    .addColumn('token_hash', id, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('tickets')
    .addColumn('hash', id, (column) => column.primaryKey())
    .addColumn('token_hash', id, (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
}
