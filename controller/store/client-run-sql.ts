// Runs that a client reports by itself, in SQL: sweeps/client-run.ts on a session of either connection.
import { sql } from 'kysely'
import { NO_AGENT } from '../../sweeps/client-run.ts'
import type { ClientRunReads, ClientRunRecord, ClientRunWrites } from '../../sweeps/client-run.ts'
import type { LineRanges } from '../../sweeps/line-ranges.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ClientRunsTable } from './schema.ts'
import { firstRowOf, insertRows, rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

const BATCH = 256

export class ClientRunSqlReads implements ClientRunReads {
  constructor(protected readonly session: SqlSession) {}

  async find(ids: readonly RunId[]): Promise<Map<RunId, ClientRunRecord>> {
    const found = new Map<RunId, ClientRunRecord>()
    for (let at = 0; at < ids.length; at += BATCH) {
      const some = ids.slice(at, at + BATCH)
      const select = this.session.sql.selectFrom('client_runs').selectAll().where('run_id', 'in', some)
      for (const row of await rowsOf(this.session, select)) found.set(row.run_id, fromRow(row))
    }
    return found
  }

  async findByName(project: string, name: string): Promise<ClientRunRecord | null> {
    const row = await firstRowOf(
      this.session,
      this.session.sql
        .selectFrom('client_runs')
        .selectAll()
        .where('project', '=', project)
        .where('name', '=', name),
    )
    return row === undefined ? null : fromRow(row)
  }

  async listSilent(before: number): Promise<ClientRunRecord[]> {
    // From the few open attempts (a partial index) to their clients.
    const query = sql<ClientRunsTable>`
      select client_runs.* from attempts cross join client_runs
      where attempts.outcome is null and attempts.agent_id = ${NO_AGENT}
        and client_runs.run_id = attempts.run_id and client_runs.attempt = attempts.attempt
        and client_runs.heard_at < ${before}`
    const { rows } = await this.session.run(query.compile(this.session.sql))
    return rows.map(fromRow)
  }
}

export class ClientRunSqlWrites extends ClientRunSqlReads implements ClientRunWrites {
  async save(records: readonly ClientRunRecord[]): Promise<void> {
    const rows = records.map((record) => ({ ...toRow(record) }))
    await insertRows(this.session, 'client_runs', rows, { replace: ['run_id'] })
  }
}

const PLACED = { history: 1, events: 2, logs: 4 }

function toRow(record: ClientRunRecord): ClientRunsTable {
  const { placed } = record
  return {
    run_id: record.runId,
    entity: record.entity,
    project: record.project,
    name: record.name,
    started_by: record.startedBy,
    attempt: record.attempt,
    wandb_config: record.wandbConfig,
    summary: record.summary,
    history_lines: record.history.end,
    history_gaps: JSON.stringify(record.history.gaps),
    event_lines: record.events.end,
    event_gaps: JSON.stringify(record.events.gaps),
    log_lines: record.logLines,
    placed:
      (placed.history ? PLACED.history : 0) |
      (placed.events ? PLACED.events : 0) |
      (placed.logs ? PLACED.logs : 0),
    owners: JSON.stringify(record.owners),
    process_started_at: record.processStartedAt,
    former_started_at: record.formerStartedAt,
    heard_at: record.heardAt,
    host: record.host,
    program: record.program,
    git_commit: record.commit,
    repo: record.repo,
    is_preempting: record.isPreempting ? 1 : 0,
  }
}

function fromRow(row: ClientRunsTable): ClientRunRecord {
  return {
    runId: row.run_id,
    entity: row.entity,
    project: row.project,
    name: row.name,
    startedBy: row.started_by,
    attempt: row.attempt,
    wandbConfig: row.wandb_config,
    summary: row.summary,
    history: { end: Number(row.history_lines), gaps: JSON.parse(row.history_gaps) as LineRanges['gaps'] },
    events: { end: Number(row.event_lines), gaps: JSON.parse(row.event_gaps) as LineRanges['gaps'] },
    logLines: Number(row.log_lines),
    placed: {
      history: (row.placed & PLACED.history) !== 0,
      events: (row.placed & PLACED.events) !== 0,
      logs: (row.placed & PLACED.logs) !== 0,
    },
    owners: JSON.parse(row.owners) as ClientRunRecord['owners'],
    processStartedAt: row.process_started_at,
    formerStartedAt: row.former_started_at,
    heardAt: Number(row.heard_at),
    host: row.host,
    program: row.program,
    commit: row.git_commit,
    repo: row.repo,
    isPreempting: row.is_preempting === 1,
  }
}
