// The queries on provenance and system samples: the same on the reader's connection and inside a unit of work.
import type { CommitCount, ProvenanceRecord, SystemChunk } from '../../sweeps/store.ts'
import type { RunId, SweepId } from '../../sweeps/sweep.ts'
import { provenanceFromRow, systemFromRow } from './provenance-rows.ts'
import { firstRowOf, rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

export async function listProvenance(session: SqlSession, runId: RunId): Promise<ProvenanceRecord[]> {
  const select = session.sql.selectFrom('provenance').selectAll().where('run_id', '=', runId)
  return (await rowsOf(session, select.orderBy('attempt'))).map(provenanceFromRow)
}

export async function findProvenanceText(session: SqlSession, hash: string): Promise<string | null> {
  const select = session.sql.selectFrom('provenance_texts').select('text').where('hash', '=', hash)
  return (await firstRowOf(session, select))?.text ?? null
}

/** Reads an index alone: the facts are not touched. */
export async function countCommits(session: SqlSession, sweepId: SweepId): Promise<CommitCount[]> {
  const select = session.sql
    .selectFrom('provenance')
    .select((eb) => [
      'git_commit',
      'is_dirty',
      'diff_hash',
      eb.fn.count<number | string>('run_id').distinct().as('runs'),
    ])
    .where('sweep_id', '=', sweepId)
    .groupBy(['git_commit', 'is_dirty', 'diff_hash'])
  const counts = (await rowsOf(session, select)).map((row) => ({
    commit: row.git_commit,
    isDirty: row.is_dirty === 1,
    diffHash: row.diff_hash,
    runCount: Number(row.runs),
  }))
  const text = (count: CommitCount) => `${count.commit ?? ''} ${count.diffHash ?? ''}`
  return counts.sort((a, b) => b.runCount - a.runCount || (text(a) < text(b) ? -1 : 1))
}

export async function readSystemChunks(
  session: SqlSession,
  runId: RunId,
  options: { readonly attempt?: number; readonly lastChunks?: number },
): Promise<SystemChunk[]> {
  const { attempt, lastChunks } = options
  let select = session.sql.selectFrom('system_chunks').selectAll().where('run_id', '=', runId)
  if (attempt !== undefined) select = select.where('attempt', '=', attempt)
  select = select.orderBy('attempt', 'desc').orderBy('seq', 'desc')
  if (lastChunks !== undefined) select = select.limit(lastChunks)
  return (await rowsOf(session, select)).map(systemFromRow).reverse()
}
