// What lists of sweeps, agents and projects read: sweeps/fleet-store.ts in SQL.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { NO_AGENT } from '../../sweeps/client-run.ts'
import type {
  AttemptSpan,
  EndedValue,
  FleetReads,
  ProjectCounts,
  SpanQuery,
} from '../../sweeps/fleet-store.ts'
import type { RunId, SweepId } from '../../sweeps/sweep.ts'
import type { AttemptsTable } from './schema.ts'
import type { SqlSession } from './session.ts'

const BATCH = 256

interface SpanRow extends Pick<
  AttemptsTable,
  'run_id' | 'attempt' | 'agent_id' | 'host' | 'slot' | 'outcome' | 'offered_at' | 'started_at' | 'ended_at'
> {
  name: string
  sweep_id: SweepId | null
}

export class FleetSqlReads implements FleetReads {
  constructor(private readonly session: SqlSession) {}

  async listEndedValues(sweepId: SweepId): Promise<EndedValue[]> {
    const rows = await this.#select<{ finished_at: number | string | null; value: number }>(
      sql`select finished_at, value from runs
          where sweep_id = ${sweepId} and state in ('finished', 'stopped') and value is not null
          order by finished_at, creation`,
    )
    return rows.map((row) => ({ finishedAt: Number(row.finished_at ?? 0), value: row.value }))
  }

  async sumRunTime(sweepId: SweepId, now: number): Promise<number> {
    const end = sql`coalesce(finished_at, case when state = 'running' then ${sql.raw(String(Math.round(now)))} else started_at end)`
    const [row] = await this.#select<{ busy: number | string | null }>(
      sql`select sum(case when ${end} > started_at then ${end} - started_at else 0 end) as busy
          from runs where sweep_id = ${sweepId} and started_at is not null`,
    )
    return Number(row?.busy ?? 0)
  }

  async listNewestStarted(sweepId: SweepId, limit: number): Promise<RunId[]> {
    const rows = await this.#select<{ id: RunId }>(
      sql`select id from runs where sweep_id = ${sweepId} and started_at is not null
          order by creation desc limit ${limit}`,
    )
    return rows.map(({ id }) => id)
  }

  async listSpans({ agentIds, sweepId, since, until, limit }: SpanQuery): Promise<AttemptSpan[]> {
    if (agentIds.length === 0) return []
    const ofSweep = sweepId === undefined ? sql`1 = 1` : sql`runs.sweep_id = ${sweepId}`
    const columns = sql`a.run_id, a.attempt, a.agent_id, a.host, a.slot, a.outcome, a.offered_at, a.started_at,
      a.ended_at, runs.name, runs.sweep_id`
    // Two queries, each by an index of its own: of the open ones there are few.
    const open = await this.#select<SpanRow>(
      sql`select ${columns} from attempts a cross join runs
          where a.outcome is null and runs.id = a.run_id and ${ofSweep} and a.agent_id <> ${NO_AGENT}
          and a.offered_at <= ${until}`,
    )
    const ended: SpanRow[] = []
    for (let at = 0; at < agentIds.length; at += BATCH)
      ended.push(
        ...(await this.#select<SpanRow>(
          sql`select ${columns} from attempts a cross join runs
              where a.agent_id in (${sql.join(agentIds.slice(at, at + BATCH))}) and a.ended_at >= ${since}
              and a.outcome is not null and runs.id = a.run_id and ${ofSweep} and a.offered_at <= ${until}
              order by a.ended_at desc limit ${limit}`,
        )),
      )
    const asked = new Set(agentIds)
    const spans = [...open.filter((row) => asked.has(row.agent_id)), ...ended].map(spanFromRow)
    spans.sort((left, right) => left.startedAt - right.startedAt)
    return spans.slice(-limit)
  }

  async countByProject(): Promise<ProjectCounts[]> {
    const rows = await this.#select<{
      project: string
      runs: number | string
      own: number | string
      newest: number | string | null
    }>(
      sql`select project, count(*) as runs, sum(case when sweep_id is null then 1 else 0 end) as own,
          max(created_at) as newest from runs group by project`,
    )
    return rows.map((row) => ({
      project: row.project,
      runs: Number(row.runs),
      ownRuns: Number(row.own),
      newestAt: row.newest === null ? null : Number(row.newest),
    }))
  }

  async #select<Row>(query: RawBuilder<unknown>): Promise<Row[]> {
    // The columns of each query are written beside the type of its rows.
    return (await this.session.run<Row>((query as RawBuilder<Row>).compile(this.session.sql))).rows
  }
}

function spanFromRow(row: SpanRow): AttemptSpan {
  return {
    runId: row.run_id,
    runName: row.name,
    sweepId: row.sweep_id,
    attempt: row.attempt,
    agentId: row.agent_id,
    host: row.host,
    slot: row.slot,
    outcome: row.outcome,
    startedAt: Number(row.started_at ?? row.offered_at),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
  }
}
