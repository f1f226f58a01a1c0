// The queries on the checks of early termination, and their rows: the same on the reader's connection and inside a
// unit of work.
import type { StopCheck } from '../../sweeps/store.ts'
import type { RunId, SweepId } from '../../sweeps/sweep.ts'
import type { StopChecksTable } from './schema.ts'
import { rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

export async function listStopChecks(
  session: SqlSession,
  where: { readonly sweepId: SweepId } | { readonly runId: RunId },
): Promise<StopCheck[]> {
  const all = session.sql.selectFrom('stop_checks').selectAll()
  const some =
    'sweepId' in where ? all.where('sweep_id', '=', where.sweepId) : all.where('run_id', '=', where.runId)
  return (await rowsOf(session, some.orderBy('run_id').orderBy('band'))).map(stopCheckFromRow)
}

export function stopCheckToRow(check: StopCheck): StopChecksTable {
  return {
    run_id: check.runId,
    band: check.band,
    sweep_id: check.sweepId,
    rule: check.rule,
    mark: check.mark,
    value: check.value,
    threshold: check.threshold,
    place: check.rank,
    compared: check.of,
    outcome: check.outcome,
    reason: check.reason,
    at: check.at,
  }
}

function stopCheckFromRow(row: StopChecksTable): StopCheck {
  return {
    runId: row.run_id,
    band: row.band,
    sweepId: row.sweep_id,
    rule: row.rule,
    mark: row.mark,
    value: row.value,
    threshold: row.threshold,
    rank: row.place,
    of: row.compared,
    outcome: row.outcome,
    reason: row.reason,
    at: row.at,
  }
}
