// What a run printed and what happened to it, in SQL.
import { sql } from 'kysely'
import type { Change, LogChunk, LogQuery } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import { changeFromRow, logFromRow } from './rows.ts'
import { rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

export async function readLogs(session: SqlSession, runId: RunId, query: LogQuery): Promise<LogChunk[]> {
  const { after, before, attempt, limit } = query
  let select = session.sql.selectFrom('log_chunks').selectAll().where('run_id', '=', runId)
  if (attempt !== undefined) select = select.where('attempt', '=', attempt)
  if (after !== undefined)
    select = select.where(sql<boolean>`(attempt, seq) > (${after.attempt}, ${after.seq})`)
  if (before !== undefined && before !== 'end')
    select = select.where(sql<boolean>`(attempt, seq) < (${before.attempt}, ${before.seq})`)
  if (limit !== undefined) select = select.limit(limit)
  const order = before === undefined ? 'asc' : 'desc'
  const chunks = (await rowsOf(session, select.orderBy('attempt', order).orderBy('seq', order))).map(
    logFromRow,
  )
  return before === undefined ? chunks : chunks.reverse()
}

/** The condition stands here as in the index (migration 0011): neither database would prove that another one implies it. */
export async function readRunChanges(session: SqlSession, runId: RunId, limit: number): Promise<Change[]> {
  const select = session.sql
    .selectFrom('changes')
    .selectAll()
    .where('entity_id', '=', runId)
    .where(sql<boolean>`event not in ('run.metrics', 'run.metric')`)
    .orderBy('seq', 'desc')
    .limit(limit)
  return (await rowsOf(session, select)).map(changeFromRow).reverse()
}
