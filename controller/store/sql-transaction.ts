// What a unit of work can do besides reading. Each method is a few statements for any number of records.
import { sql } from 'kysely'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type {
  AgentRecord,
  ChangePruning,
  IngestCursor,
  LogChunk,
  MetricChunk,
  MetricSummary,
  NewChange,
  ProjectRecord,
  ProvenanceRecord,
  StopCheck,
  StoreTransaction,
  SystemChunk,
} from '../../sweeps/store.ts'
import type { AccessWrites } from '../../sweeps/access-store.ts'
import type { ClientRunWrites } from '../../sweeps/client-run.ts'
import type { HandoutWrites } from '../../sweeps/handout-store.ts'
import type { RunId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import { AccessSqlWrites } from './access-sql.ts'
import { ClientRunSqlWrites } from './client-run-sql.ts'
import type { ArtifactWrites } from '../../sweeps/artifact-store.ts'
import type { RunFileWrites } from '../../sweeps/run-file-store.ts'
import { ArtifactSqlWrites } from './artifact-writes-sql.ts'
import { RunFileSqlWrites } from './run-file-sql.ts'
import { addProjects, advanceCounter, nextCreation } from './creation.ts'
import { provenanceToRow, systemToRow } from './provenance-rows.ts'
import {
  agentToRow,
  attemptToRow,
  changeToRow,
  chunkToRow,
  logToRow,
  runToRow,
  summaryToRow,
  sweepToRow,
} from './rows.ts'
import { HandoutSqlWrites } from './handout-sql.ts'
import { deleteRunRows, deleteSweepRows } from './delete-rows.ts'
import { insertRows, replaceUnstorable, rowsOf, updateRow, updateRows } from './session.ts'
import type { SqlSession } from './session.ts'
import { SqlReads } from './sql-reads.ts'
import { stopCheckToRow } from './stop-check-queries.ts'

export class SqlTransaction extends SqlReads implements StoreTransaction {
  override readonly access: AccessWrites
  override readonly files: RunFileWrites
  override readonly artifacts: ArtifactWrites
  override readonly clientRuns: ClientRunWrites
  override readonly handouts: HandoutWrites

  /** @param epoch of the leader whose unit this is; null: a request's */
  constructor(
    session: SqlSession,
    private readonly epoch: number | null,
  ) {
    super(session)
    this.access = new AccessSqlWrites(session)
    this.clientRuns = new ClientRunSqlWrites(session)
    this.handouts = new HandoutSqlWrites(session)
    this.files = new RunFileSqlWrites(session)
    this.artifacts = new ArtifactSqlWrites(session)
  }

  async addProject({ name, createdAt }: ProjectRecord): Promise<boolean> {
    const isNew = !(await this.listProjects()).some((project) => project.name === name)
    await addProjects(this.session, [{ name, at: createdAt }])
    return isNew
  }

  async insertSweep(sweep: SweepRecord): Promise<void> {
    await addProjects(this.session, [{ name: sweep.project, at: sweep.createdAt }])
    const creation = await nextCreation(this.session, 1)
    await insertRows(this.session, 'sweeps', [{ ...sweepToRow(sweep), creation }])
  }

  async saveSweep(sweep: SweepRecord): Promise<void> {
    await addProjects(this.session, [{ name: sweep.project, at: sweep.createdAt }])
    await updateRow(this.session, 'sweeps', { ...sweepToRow(sweep) }, ['id'])
  }

  async insertSpecVersion(sweepId: SweepId, version: number, configText: string, at: number): Promise<void> {
    await insertRows(this.session, 'sweep_specs', [
      { sweep_id: sweepId, version, config_text: configText, created_at: at },
    ])
  }

  async insertRuns(runs: readonly RunRecord[]): Promise<Set<RunId>> {
    if (runs.length === 0) return new Set()
    await addProjects(
      this.session,
      runs.map((run) => ({ name: run.project, at: run.createdAt })),
    )
    const first = await nextCreation(this.session, runs.length)
    const inserted = await insertRows(
      this.session,
      'runs',
      runs.map((run, index) => ({ ...runToRow(run), creation: first + index })),
      { keep: ['sweep_id', 'config_hash', 'replicate'], returning: 'id' },
    )
    return new Set(inserted.map((row) => row['id'] as RunId))
  }

  async saveRuns(runs: readonly RunRecord[]): Promise<void> {
    const rows = runs.map((run) => ({ ...runToRow(run) }))
    await updateRows(this.session, 'runs', rows, ['id'])
  }

  async insertAttempts(attempts: readonly AttemptRecord[]): Promise<void> {
    await insertRows(
      this.session,
      'attempts',
      attempts.map((attempt) => ({ ...attemptToRow(attempt) })),
    )
  }

  async saveAttempts(attempts: readonly AttemptRecord[]): Promise<void> {
    const rows = attempts.map((attempt) => ({ ...attemptToRow(attempt) }))
    await updateRows(this.session, 'attempts', rows, ['run_id', 'attempt'])
  }

  async insertMetrics(chunks: readonly MetricChunk[]): Promise<void> {
    await insertRows(
      this.session,
      'metric_chunks',
      chunks.map((chunk) => ({ ...chunkToRow(chunk) })),
    )
  }

  saveSummaries(runId: RunId, summaries: readonly MetricSummary[]): Promise<void> {
    return this.saveSummariesOf(new Map([[runId, summaries]]))
  }

  async saveSummariesOf(byRun: ReadonlyMap<RunId, readonly MetricSummary[]>): Promise<void> {
    const rows = [...byRun].flatMap(([runId, summaries]) => {
      const byKey = new Map(summaries.map((summary) => [summary.key, summary]))
      return [...byKey.values()].map((summary) => ({ ...summaryToRow(runId, summary) }))
    })
    await insertRows(this.session, 'metric_summaries', rows, { replace: ['run_id', 'key'] })
  }

  async clearSummaries(runId: RunId): Promise<void> {
    await this.session.run(
      this.session.sql.deleteFrom('metric_summaries').where('run_id', '=', runId).compile(),
    )
  }

  async saveValues(runId: RunId, values: ReadonlyMap<string, string>): Promise<void> {
    const rows = [...values].map(([key, value]) => ({ run_id: runId, key, value }))
    await insertRows(this.session, 'run_values', rows, { replace: ['run_id', 'key'] })
  }

  async insertLogs(chunks: readonly LogChunk[]): Promise<void> {
    await insertRows(
      this.session,
      'log_chunks',
      chunks.map((chunk) => ({ ...logToRow(chunk) })),
    )
  }

  async saveLogs(chunks: readonly LogChunk[]): Promise<void> {
    // The last of several of one number: a statement may not meet a row twice
    const last = new Map(chunks.map((chunk) => [`${chunk.runId} ${chunk.attempt} ${chunk.seq}`, chunk]))
    const rows = [...last.values()].map((chunk) => ({ ...logToRow(chunk) }))
    await insertRows(this.session, 'log_chunks', rows, { replace: ['run_id', 'attempt', 'seq'] })
  }

  async saveProvenance(records: readonly ProvenanceRecord[]): Promise<void> {
    const rows = records.map((record) => ({ ...provenanceToRow(record) }))
    await insertRows(this.session, 'provenance', rows, { replace: ['run_id', 'attempt'] })
  }

  async keepProvenanceTexts(texts: ReadonlyMap<string, string>): Promise<void> {
    const rows = [...texts].map(([hash, text]) => ({ hash, text }))
    await insertRows(this.session, 'provenance_texts', rows, { keep: ['hash'] })
  }

  async insertSystemChunks(chunks: readonly SystemChunk[]): Promise<void> {
    const rows = chunks.map((chunk) => ({ ...systemToRow(chunk) }))
    await insertRows(this.session, 'system_chunks', rows)
  }

  async saveStopChecks(checks: readonly StopCheck[]): Promise<void> {
    // The last of several of one run and band: a statement may not meet a row twice
    const last = new Map(checks.map((check) => [`${check.runId} ${check.band}`, check]))
    const rows = [...last.values()].map((check) => ({ ...stopCheckToRow(check) }))
    await insertRows(this.session, 'stop_checks', rows, { replace: ['run_id', 'band'] })
  }

  async clearStopChecks(runId: RunId): Promise<void> {
    await this.session.run(this.session.sql.deleteFrom('stop_checks').where('run_id', '=', runId).compile())
  }

  async saveAgent(agent: AgentRecord): Promise<void> {
    await this.saveAgents([agent])
  }

  async saveAgents(agents: readonly AgentRecord[]): Promise<void> {
    const rows = agents.map((agent) => ({ ...agentToRow(agent) }))
    await insertRows(this.session, 'agents', rows, { replace: ['id'] })
  }

  async saveCursor(cursor: IngestCursor): Promise<void> {
    const row = { id: 1, generation: cursor.generation, entry_id: cursor.entryId }
    await insertRows(this.session, 'ingest_cursor', [row], { replace: ['id'] })
  }

  /** Never refused for its text: characters that cannot be stored are replaced by U+FFFD. */
  async insertPoison(entry: { entryId: string; at: number; reason: string; text: string }): Promise<void> {
    await insertRows(this.session, 'poisoned_entries', [
      {
        id: await nextCreation(this.session, 1),
        entry_id: replaceUnstorable(entry.entryId),
        at: entry.at,
        reason: replaceUnstorable(entry.reason),
        text: replaceUnstorable(entry.text),
      },
    ])
  }

  async recordChanges(changes: readonly NewChange[]): Promise<void> {
    if (changes.length === 0) return
    // The counter's row stays locked until the commit: nobody else gets a higher seq and commits it earlier, as a
    // database sequence would allow.
    const last = await advanceCounter(
      this.session,
      sql<{ value: number }>`
        update change_counter set seq = seq + ${changes.length} where id = 1 returning seq as value`,
    )
    const first = last - changes.length + 1
    await insertRows(
      this.session,
      'changes',
      changes.map((change, index) => ({ ...changeToRow(change, first + index, this.epoch) })),
    )
    const newest = new Map<SweepId, number>()
    for (const [index, { sweepId }] of changes.entries())
      if (sweepId !== null) newest.set(sweepId, first + index)
    const rows = [...newest].map(([sweepId, seq]) => ({ sweep_id: sweepId, seq }))
    await insertRows(this.session, 'sweep_changes', rows, { replace: ['sweep_id'] })
  }

  async pruneChanges({ belowSeq, belowSeqAndAt, limit }: ChangePruning): Promise<number> {
    const oldest = this.session.sql
      .selectFrom('changes')
      .select(['seq', 'at'])
      .where('seq', '<', Math.max(belowSeq, belowSeqAndAt.seq))
      .orderBy('seq')
      .limit(limit)
    const rows = await rowsOf(this.session, oldest)
    // From the oldest on, without a hole: what is kept is everything from one seq on.
    const isKept = (row: { seq: number; at: number }) => row.seq >= belowSeq && row.at >= belowSeqAndAt.at
    const firstKept = rows.findIndex(isKept)
    const pruned = firstKept < 0 ? rows : rows.slice(0, firstKept)
    const last = pruned.at(-1)
    if (last !== undefined)
      await this.session.run(this.session.sql.deleteFrom('changes').where('seq', '<=', last.seq).compile())
    return pruned.length
  }

  async deleteRuns(ids: readonly RunId[]): Promise<void> {
    await deleteRunRows(this.session, ids)
  }

  async deleteSweep(id: SweepId): Promise<void> {
    await deleteSweepRows(this.session, id)
  }
}
