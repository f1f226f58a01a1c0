// Which migrations there are, and how a database is brought to the newest. Static: nothing is looked up in a folder,
// so the same list works from source and from the built package.
import { Migrator } from 'kysely'
import type { Kysely, Migration } from 'kysely'
import { SweepError } from '../../../sweeps/errors.ts'
import { createFirstTables } from './0001-first.ts'
import { createLiveReads } from './0002-live-reads.ts'
import { createProvenanceTables } from './0003-provenance.ts'
import { createAccessTables } from './0004-access.ts'
import { addChangeEpoch } from './0005-change-epoch.ts'
import { createStopChecks } from './0006-stop-checks.ts'
import { addMending } from './0007-mending.ts'
import { createClientRuns } from './0008-client-runs.ts'
import { createArtifactTables } from './0009-artifacts.ts'
import { createHandouts } from './0010-wandb-handouts.ts'
import { addRunStory } from './0011-run-story.ts'
import { addAgentFigures } from './0012-agent-figures.ts'
import type { ColumnTypes } from './column-types.ts'

function migrations(types: ColumnTypes): Record<string, Migration> {
  return {
    '0001-first': { up: (db) => createFirstTables(db, types) },
    '0002-live-reads': { up: (db) => createLiveReads(db, types) },
    '0003-provenance': { up: (db) => createProvenanceTables(db, types) },
    '0004-access': { up: (db) => createAccessTables(db, types) },
    '0005-change-epoch': { up: addChangeEpoch },
    '0006-stop-checks': { up: (db) => createStopChecks(db, types) },
    '0007-mending': { up: addMending },
    '0008-client-runs': { up: (db) => createClientRuns(db, types) },
    '0009-artifacts': { up: (db) => createArtifactTables(db, types) },
    '0010-wandb-handouts': { up: (db) => createHandouts(db, types) },
    '0011-run-story': { up: addRunStory },
    '0012-agent-figures': { up: addAgentFigures },
  }
}

/**
 * Brings a database to the newest schema; nothing happens when it is there already.
 * @param where names the database in messages
 * @throws SweepError STORE_UNAVAILABLE when a newer version of sweep wrote it, or when a migration fails
 */
export async function migrateToNewest(db: Kysely<never>, types: ColumnTypes, where: string): Promise<void> {
  const known = migrations(types)
  const unknown = await appliedMigrations(db, (name) => !(name in known))
  if (unknown.length > 0)
    throw new SweepError('STORE_UNAVAILABLE', `${where} was written by a newer version of sweep`, {
      hint: 'Start that version, or give another data folder. Nothing was changed.',
      details: { unknownMigrations: unknown },
    })
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(known) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return
  const failed = results?.find((result) => result.status === 'Error')?.migrationName
  throw new SweepError('STORE_UNAVAILABLE', `${where} could not be brought to this version's tables`, {
    hint: 'Nothing was changed. Report this with the message below it, and keep the data.',
    details: { migration: failed ?? null },
    cause: error,
  })
}

const MIGRATION_TABLE = 'kysely_migration'

async function appliedMigrations(db: Kysely<never>, accept: (name: string) => boolean): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === MIGRATION_TABLE)) return []
  const rows = await (db as unknown as Kysely<Record<typeof MIGRATION_TABLE, { name: string }>>)
    .selectFrom(MIGRATION_TABLE)
    .select('name')
    .orderBy('name')
    .execute()
  return rows.map((row) => row.name).filter(accept)
}
