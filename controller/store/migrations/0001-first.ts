// The first tables. Portable: text, integer, bigint, double precision and plain or partial indexes only.
// A migration that has shipped is never edited; the next change is the next file.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

export async function createFirstTables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const id = sql.raw(types.id)
  await createSweepTables(db, id)
  await createRunTables(db, id)
  await createReportTables(db, id)
  await createControlTables(db, id)
}

type TypeName = ReturnType<typeof sql.raw>

async function createSweepTables(db: Kysely<unknown>, id: TypeName): Promise<void> {
  await db.schema
    .createTable('projects')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('sweeps')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('creation', 'bigint', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull().references('projects.name'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('state_reason', 'text')
    .addColumn('method', 'text', (column) => column.notNull())
    .addColumn('metric_name', 'text')
    .addColumn('metric_goal', 'text')
    .addColumn('metric_summary', 'text')
    .addColumn('metric_target', 'double precision')
    .addColumn('config_text', 'text', (column) => column.notNull())
    .addColumn('spec_version', 'integer', (column) => column.notNull())
    .addColumn('seed', 'bigint', (column) => column.notNull())
    .addColumn('run_cap', 'bigint')
    .addColumn('max_parallel', 'bigint')
    .addColumn('size', 'double precision') // a grid may have more cells than a bigint counts
    .addColumn('next_index', 'bigint', (column) => column.notNull())
    .addColumn('run_count', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .execute()
  await db.schema.createIndex('sweeps_by_creation').on('sweeps').column('creation').execute()
  await db.schema.createIndex('sweeps_by_name').on('sweeps').column('name').execute()
  await db.schema
    .createTable('sweep_specs')
    .addColumn('sweep_id', id, (column) => column.notNull().references('sweeps.id'))
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('config_text', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('sweep_specs_key', ['sweep_id', 'version'])
    .execute()
}

async function createRunTables(db: Kysely<unknown>, id: TypeName): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('creation', 'bigint', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('sweep_id', id, (column) => column.references('sweeps.id'))
    .addColumn('project', 'text', (column) => column.notNull().references('projects.name'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('wait_rank', 'integer')
    .addColumn('config_text', 'text', (column) => column.notNull())
    .addColumn('config_hash', 'text', (column) => column.notNull())
    .addColumn('replicate', 'integer', (column) => column.notNull())
    .addColumn('spec_version', 'integer', (column) => column.notNull())
    .addColumn('suggestion_index', 'bigint')
    .addColumn('suggested_by', 'text')
    .addColumn('seed', 'bigint', (column) => column.notNull())
    .addColumn('value', 'double precision')
    .addColumn('value_is_nan', 'integer', (column) => column.notNull())
    .addColumn('best_step', 'double precision')
    .addColumn('attempt_count', 'integer', (column) => column.notNull())
    .addColumn('open_attempt', 'integer')
    .addColumn('loss_count', 'integer', (column) => column.notNull())
    .addColumn('wish', 'text')
    .addColumn('wish_reason', 'text')
    .addColumn('stop_reason', 'text')
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('notes', 'text', (column) => column.notNull())
    .addColumn('run_group', 'text') // `group` is a word of SQL
    .addColumn('job_type', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    // Rows without a sweep never collide: null differs from null in a unique constraint.
    .addUniqueConstraint('runs_config', ['sweep_id', 'config_hash', 'replicate'])
    .execute()
  const runs = (name: string) => db.schema.createIndex(name).on('runs')
  await runs('runs_by_state').columns(['sweep_id', 'state', 'creation']).execute()
  await runs('runs_by_project').columns(['project', 'creation']).execute()
  await runs('runs_by_creation').columns(['sweep_id', 'creation']).execute()
  await runs('runs_waiting')
    .columns(['sweep_id', 'wait_rank', 'creation'])
    .where(sql.ref('wait_rank'), 'is not', null)
    .execute()
  await db.schema
    .createTable('attempts')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('agent_id', id, (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('token', 'text', (column) => column.notNull())
    .addColumn('offered_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('pid', 'bigint')
    .addColumn('slot', 'integer')
    .addColumn('outcome', 'text')
    .addColumn('exit_code', 'bigint') // Windows counts exit codes to 2^32
    .addColumn('signal', 'text')
    .addColumn('reason', 'text')
    .addColumn('stderr_tail', 'text')
    .addColumn('report_seq', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('attempts_key', ['run_id', 'attempt'])
    .execute()
  await db.schema
    .createIndex('attempts_open')
    .on('attempts')
    .columns(['run_id', 'attempt'])
    .where(sql.ref('outcome'), 'is', null)
    .execute()
}

async function createReportTables(db: Kysely<unknown>, id: TypeName): Promise<void> {
  await db.schema
    .createTable('metric_chunks')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('rows', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('metric_chunks_key', ['run_id', 'attempt', 'seq'])
    .execute()
  await db.schema
    .createTable('metric_summaries')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('last', 'double precision')
    .addColumn('min', 'double precision')
    .addColumn('max', 'double precision')
    .addColumn('best', 'double precision')
    .addColumn('best_step', 'double precision')
    .addColumn('last_step', 'double precision', (column) => column.notNull())
    .addColumn('steps', 'bigint', (column) => column.notNull())
    .addColumn('nan_flags', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('metric_summaries_key', ['run_id', 'key'])
    .execute()
  await db.schema
    .createTable('run_values')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_values_key', ['run_id', 'key'])
    .execute()
  await db.schema
    .createTable('log_chunks')
    .addColumn('run_id', id, (column) => column.notNull().references('runs.id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('stream', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('log_chunks_key', ['run_id', 'attempt', 'seq'])
    .execute()
}

async function createControlTables(db: Kysely<unknown>, id: TypeName): Promise<void> {
  await db.schema
    .createTable('agents')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('key_hash', 'text', (column) => column.notNull())
    .addColumn('incarnation', 'bigint', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('slots', 'integer', (column) => column.notNull())
    .addColumn('sweep_ids', 'text', (column) => column.notNull())
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('drain', 'integer', (column) => column.notNull())
    .addColumn('registered_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('changes')
    .addColumn('seq', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('entity', 'text', (column) => column.notNull())
    .addColumn('entity_id', id, (column) => column.notNull())
    .addColumn('sweep_id', id)
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .execute()
  for (const [table, counter] of [
    ['change_counter', 'seq'],
    ['creation_counter', 'creation'],
  ] as const) {
    await db.schema
      .createTable(table)
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn(counter, 'bigint', (column) => column.notNull())
      .execute()
    await sql`insert into ${sql.table(table)} (id, ${sql.ref(counter)}) values (1, 0)`.execute(db)
  }
  await db.schema
    .createTable('leader')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('beat', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('ingest_cursor')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('generation', 'text', (column) => column.notNull())
    .addColumn('entry_id', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('poisoned_entries')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .addColumn('entry_id', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
}
