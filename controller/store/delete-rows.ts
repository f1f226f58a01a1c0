// Which tables hold what is kept of a run or of a sweep, and how all of it is erased. A table with a column `run_id`
// or `sweep_id` stands in one of the lists: delete-rows.test.ts compares them with the database.
import type { Kysely } from 'kysely'
import type { RunId, SweepId } from '../../sweeps/sweep.ts'
import type { StoreSchema } from './schema.ts'
import type { SqlSession } from './session.ts'

/** Tables whose rows belong to a run, by their column `run_id`. */
export const RUN_TABLES = [
  'attempts',
  'metric_chunks',
  'metric_summaries',
  'run_values',
  'log_chunks',
  'provenance',
  'system_chunks',
  'stop_checks',
  'client_runs',
  'wandb_handouts',
  'run_files',
  'run_alerts',
  'artifact_edges',
] as const satisfies readonly (keyof StoreSchema)[]

/** Tables whose rows belong to a sweep, by their column `sweep_id`. */
export const SWEEP_TABLES = ['sweep_specs'] as const satisfies readonly (keyof StoreSchema)[]

/** Tables that name a sweep and outlive it: the change log says what there was. */
export const OUTLIVING_TABLES = ['changes', 'sweep_changes'] as const satisfies readonly (keyof StoreSchema)[]

const BATCH = 256

/** One statement per table for every 256 runs. */
export async function deleteRunRows(session: SqlSession, ids: readonly RunId[]): Promise<void> {
  for (let at = 0; at < ids.length; at += BATCH) {
    const batch = ids.slice(at, at + BATCH)
    for (const table of RUN_TABLES)
      await session.run(anyTable(session).deleteFrom(table).where('run_id', 'in', batch).compile())
    await session.run(session.sql.deleteFrom('runs').where('id', 'in', batch).compile())
  }
}

/** One statement per table, however many runs there are. */
export async function deleteSweepRows(session: SqlSession, id: SweepId): Promise<void> {
  const runIds = session.sql.selectFrom('runs').select('id').where('sweep_id', '=', id)
  for (const table of RUN_TABLES)
    await session.run(anyTable(session).deleteFrom(table).where('run_id', 'in', runIds).compile())
  await session.run(session.sql.deleteFrom('runs').where('sweep_id', '=', id).compile())
  for (const table of SWEEP_TABLES)
    await session.run(anyTable(session).deleteFrom(table).where('sweep_id', '=', id).compile())
  await session.run(session.sql.deleteFrom('sweeps').where('id', '=', id).compile())
}

/** The type system does not know that each table of a list has its column; the test of this file does. */
function anyTable(session: SqlSession): Kysely<Record<string, { run_id: RunId; sweep_id: SweepId }>> {
  return session.sql as unknown as Kysely<Record<string, { run_id: RunId; sweep_id: SweepId }>>
}
