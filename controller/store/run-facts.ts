// Reads of many runs at once that take no more columns than their readers look at: facts for lists and snapshots, and
// the ranking by its index.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { NO_AGENT } from '../../sweeps/client-run.ts'
import type { FactSummary, RunFacts, RunQuery } from '../../sweeps/store.ts'
import type { AgentId, MetricSpec, RunId, SweepId } from '../../sweeps/sweep.ts'
import { factsFromRow, factSummaryFromRow } from './rows.ts'
import type { FactSummaryRow, RunFactsRow } from './rows.ts'
import type { SqlSession } from './session.ts'

/** SQLite answers on the event loop: a page of so many runs holds it for about 20 ms, and others get their turn. */
const PAGE = 2000

const FACT_COLUMNS = sql.raw(
  `creation, id, name, sweep_id, project, state, config_text, value, value_is_nan, best_step, attempt_count,
   stop_reason, tags, notes, run_group, job_type, created_at, started_at, finished_at`,
)

/** In order of creation. Every query starts at the runs: a cross join keeps SQLite to this order. */
export async function listRunFacts(
  session: SqlSession,
  query: Pick<RunQuery, 'sweepId' | 'project'>,
): Promise<RunFacts[]> {
  const facts: RunFacts[] = []
  const inScope = scopeOf(query)
  for (let after = 0; ;) {
    const rows = await select<RunFactsRow>(
      session,
      sql`select ${FACT_COLUMNS} from runs where ${inScope} and creation > ${after}
          order by creation limit ${PAGE}`,
    )
    const last = rows.at(-1)?.creation ?? after
    const isOfPage = sql`${inScope} and runs.creation > ${after} and runs.creation <= ${last}`
    for (const found of await addDetails(session, rows, isOfPage)) facts.push(found)
    if (rows.length < PAGE) return facts
    after = last
    await nextTurn()
  }
}

/** @param ids a batch: few enough for `in (...)` */
export async function findRunFacts(session: SqlSession, ids: readonly RunId[]): Promise<RunFacts[]> {
  const isAsked = sql`runs.id in (${sql.join(ids)})`
  return addDetails(
    session,
    await select<RunFactsRow>(session, sql`select ${FACT_COLUMNS} from runs where ${isAsked}`),
    isAsked,
  )
}

async function addDetails(
  session: SqlSession,
  rows: readonly RunFactsRow[],
  isAsked: RawBuilder<unknown>,
): Promise<RunFacts[]> {
  if (rows.length === 0) return []
  const [attempts, summaries] = await Promise.all([
    select<{ run_id: RunId; host: string; agent_id: AgentId }>(
      session,
      sql`select attempts.run_id, attempts.host, attempts.agent_id from runs cross join attempts
          where ${isAsked} and attempts.run_id = runs.id order by attempts.run_id, attempts.attempt`,
    ),
    select<FactSummaryRow>(
      session,
      sql`select m.run_id, m.key, m.last, m.min, m.max, m.best, m.nan_flags
          from runs cross join metric_summaries m
          where ${isAsked} and m.run_id = runs.id order by m.run_id, m.key`,
    ),
  ])
  const details = new Map(
    rows.map((row) => [
      row.id,
      { hosts: [] as string[], agentIds: [] as AgentId[], summaries: [] as FactSummary[] },
    ]),
  )
  for (const { run_id, host, agent_id } of attempts) {
    const of = details.get(run_id)
    of?.hosts.push(host)
    if (agent_id !== NO_AGENT) of?.agentIds.push(agent_id)
  }
  for (const row of summaries) details.get(row.run_id)?.summaries.push(factSummaryFromRow(row))
  return rows.map((row) => factsFromRow(row, details.get(row.id) ?? NO_DETAILS))
}

const NO_DETAILS = { hosts: [], agentIds: [], summaries: [] }

/** The condition of the index `runs_ranked`, word for word. */
const IS_RANKED = sql`state in ('finished', 'stopped') and value is not null`

export async function listRanked(
  session: SqlSession,
  sweepId: SweepId,
  goal: MetricSpec['goal'],
  limit?: number,
): Promise<{ id: RunId; value: number }[]> {
  const direction = sql.raw(goal === 'minimize' ? 'asc' : 'desc')
  return select(
    session,
    sql`select id, value from runs where sweep_id = ${sweepId} and ${IS_RANKED}
        order by value ${direction}, finished_at nulls last, created_at, id
        ${limit === undefined ? sql`` : sql`limit ${limit}`}`,
  )
}

export async function countUnranked(
  session: SqlSession,
  sweepId: SweepId,
): Promise<{ noMetric: number; nan: number }> {
  const rows = await select<{ value_is_nan: number; count: number | string }>(
    session,
    sql`select value_is_nan, count(*) as count from runs
        where sweep_id = ${sweepId} and state in ('finished', 'stopped') and value is null group by value_is_nan`,
  )
  const countOf = (flag: number) => Number(rows.find((row) => row.value_is_nan === flag)?.count ?? 0)
  return { noMetric: countOf(0), nan: countOf(1) }
}

export async function countRuns(
  session: SqlSession,
  query: Pick<RunQuery, 'sweepId' | 'project'>,
): Promise<number> {
  const [row] = await select<{ count: number | string }>(
    session,
    sql`select count(*) as count from runs where ${scopeOf(query)}`,
  )
  return Number(row?.count ?? 0)
}

function scopeOf({ sweepId, project }: Pick<RunQuery, 'sweepId' | 'project'>): RawBuilder<unknown> {
  const ofSweep = sweepId === undefined ? sql`1 = 1` : sql`runs.sweep_id = ${sweepId}`
  return project === undefined ? ofSweep : sql`${ofSweep} and runs.project = ${project}`
}

async function select<Row>(session: SqlSession, query: RawBuilder<unknown>): Promise<Row[]> {
  // The columns of each query are written beside the type of its rows.
  return (await session.run<Row>((query as RawBuilder<Row>).compile(session.sql))).rows
}
