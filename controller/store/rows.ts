// Records to rows and back, and nothing else. The two directions of each kind stand together.
//
// Non-finite numbers: both infinities are kept by the double columns of SQLite and PostgreSQL. NaN is not (SQLite
// turns it into null), so a NaN is stored as null beside a flag, the same on both. In the JSON text of metric chunks
// non-finite numbers are the words of `MetricValue`.
import { isWaiting } from '../../sweeps/run.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type {
  AgentRecord,
  Change,
  FactSummary,
  Leadership,
  LogChunk,
  MetricChunk,
  MetricSummary,
  NewChange,
  RunFacts,
} from '../../sweeps/store.ts'
import { readMetricRows, writeMetricRows } from './metric-chunk-text.ts'
import type { MetricSpec, RunId, SweepRecord } from '../../sweeps/sweep.ts'
import type {
  AgentsTable,
  AttemptsTable,
  ChangesTable,
  LeaderTable,
  LogChunksTable,
  MetricChunksTable,
  MetricSummariesTable,
  RunsTable,
  SweepsTable,
} from './schema.ts'

export function sweepToRow(sweep: SweepRecord): Omit<SweepsTable, 'creation'> {
  return {
    id: sweep.id,
    name: sweep.name,
    project: sweep.project,
    state: sweep.state,
    state_reason: sweep.stateReason,
    method: sweep.method,
    metric_name: sweep.metric?.name ?? null,
    metric_goal: sweep.metric?.goal ?? null,
    metric_summary: sweep.metric?.summary ?? null,
    metric_target: sweep.metric?.target ?? null,
    config_text: sweep.configText,
    spec_version: sweep.specVersion,
    seed: sweep.seed,
    run_cap: sweep.runCap,
    max_parallel: sweep.maxParallel,
    max_attempts: sweep.maxAttempts,
    size: sweep.size,
    next_index: sweep.nextIndex,
    run_count: sweep.runCount,
    created_at: sweep.createdAt,
    started_at: sweep.startedAt,
    finished_at: sweep.finishedAt,
  }
}

export function sweepFromRow(row: SweepsTable): SweepRecord {
  return {
    id: row.id,
    name: row.name,
    project: row.project,
    state: row.state,
    stateReason: row.state_reason,
    method: row.method,
    metric: metricFromRow(row),
    configText: row.config_text,
    specVersion: row.spec_version,
    seed: row.seed,
    runCap: row.run_cap,
    maxParallel: row.max_parallel,
    maxAttempts: row.max_attempts,
    size: row.size,
    nextIndex: row.next_index,
    runCount: row.run_count,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}

function metricFromRow(row: SweepsTable): MetricSpec | null {
  if (row.metric_name === null || row.metric_goal === null || row.metric_summary === null) return null
  return {
    name: row.metric_name,
    goal: row.metric_goal,
    summary: row.metric_summary,
    target: row.metric_target,
  }
}

export function runToRow(run: RunRecord): Omit<RunsTable, 'creation'> {
  const valueIsNan = Number.isNaN(run.value)
  return {
    id: run.id,
    name: run.name,
    sweep_id: run.sweepId,
    project: run.project,
    state: run.state,
    wait_rank: isWaiting(run) ? (run.attemptCount > 0 ? 0 : 1) : null,
    config_text: run.configText,
    config_hash: run.configHash,
    replicate: run.replicate,
    spec_version: run.specVersion,
    suggestion_index: run.suggestionIndex,
    suggested_by: run.suggestedBy,
    seed: run.seed,
    value: valueIsNan ? null : run.value,
    value_is_nan: valueIsNan ? 1 : 0,
    best_step: run.bestStep,
    attempt_count: run.attemptCount,
    open_attempt: run.openAttempt,
    loss_count: run.lossCount,
    failure_count: run.failureCount,
    wish: run.wish,
    wish_reason: run.wishReason,
    stop_reason: run.stopReason,
    tags: JSON.stringify(run.tags),
    notes: run.notes,
    run_group: run.group,
    job_type: run.jobType,
    created_at: run.createdAt,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
  }
}

export function runFromRow(row: RunsTable): RunRecord {
  return {
    id: row.id,
    name: row.name,
    sweepId: row.sweep_id,
    project: row.project,
    state: row.state,
    configText: row.config_text,
    configHash: row.config_hash,
    replicate: row.replicate,
    specVersion: row.spec_version,
    suggestionIndex: row.suggestion_index,
    suggestedBy: row.suggested_by,
    seed: row.seed,
    value: row.value_is_nan === 1 ? NaN : row.value,
    bestStep: row.best_step,
    attemptCount: row.attempt_count,
    openAttempt: row.open_attempt,
    lossCount: row.loss_count,
    failureCount: row.failure_count,
    wish: row.wish,
    wishReason: row.wish_reason,
    stopReason: row.stop_reason,
    tags: fromJson<string[]>(row.tags, 'runs.tags', row.id),
    notes: row.notes,
    group: row.run_group,
    jobType: row.job_type,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}

export type RunFactsRow = Pick<
  RunsTable,
  | 'creation'
  | 'id'
  | 'name'
  | 'sweep_id'
  | 'project'
  | 'state'
  | 'config_text'
  | 'value'
  | 'value_is_nan'
  | 'best_step'
  | 'attempt_count'
  | 'stop_reason'
  | 'tags'
  | 'notes'
  | 'run_group'
  | 'job_type'
  | 'created_at'
  | 'started_at'
  | 'finished_at'
>

export function factsFromRow(
  row: RunFactsRow,
  details: Pick<RunFacts, 'hosts' | 'agentIds' | 'summaries'>,
): RunFacts {
  return {
    id: row.id,
    name: row.name,
    sweepId: row.sweep_id,
    project: row.project,
    state: row.state,
    configText: row.config_text,
    value: row.value_is_nan === 1 ? NaN : row.value,
    bestStep: row.best_step,
    attemptCount: row.attempt_count,
    stopReason: row.stop_reason,
    tags: row.tags === '[]' ? NO_TAGS : fromJson<string[]>(row.tags, 'runs.tags', row.id),
    notes: row.notes,
    group: row.run_group,
    jobType: row.job_type,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    ...details,
  }
}

const NO_TAGS: readonly string[] = []

export function attemptToRow(attempt: AttemptRecord): AttemptsTable {
  return {
    run_id: attempt.runId,
    attempt: attempt.attempt,
    agent_id: attempt.agentId,
    host: attempt.host,
    token: attempt.token,
    offered_at: attempt.offeredAt,
    started_at: attempt.startedAt,
    ended_at: attempt.endedAt,
    pid: attempt.pid,
    slot: attempt.slot,
    outcome: attempt.outcome,
    exit_code: attempt.exitCode,
    signal: attempt.signal,
    reason: attempt.reason,
    stderr_tail: attempt.stderrTail,
    report_seq: attempt.reportSeq,
  }
}

export function attemptFromRow(row: AttemptsTable): AttemptRecord {
  return {
    runId: row.run_id,
    attempt: row.attempt,
    agentId: row.agent_id,
    host: row.host,
    token: row.token,
    offeredAt: row.offered_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    pid: row.pid,
    slot: row.slot,
    outcome: row.outcome,
    exitCode: row.exit_code,
    signal: row.signal,
    reason: row.reason,
    stderrTail: row.stderr_tail,
    reportSeq: row.report_seq,
  }
}

export function chunkToRow(chunk: MetricChunk): MetricChunksTable {
  return {
    run_id: chunk.runId,
    attempt: chunk.attempt,
    seq: chunk.seq,
    rows: writeMetricRows(chunk.rows),
  }
}

export function chunkFromRow(row: MetricChunksTable): MetricChunk {
  const key = `${row.run_id} ${row.attempt} ${row.seq}`
  const rows = readText(readMetricRows, row.rows, 'metric_chunks.rows', key)
  return { runId: row.run_id, attempt: row.attempt, seq: row.seq, rows }
}

const NAN_LAST = 1
const NAN_MIN = 2
const NAN_MAX = 4
const NAN_BEST = 8

export function summaryToRow(runId: RunId, summary: MetricSummary): MetricSummariesTable {
  return {
    run_id: runId,
    key: summary.key,
    last: nanAsNull(summary.last),
    min: nanAsNull(summary.min),
    max: nanAsNull(summary.max),
    best: nanAsNull(summary.best),
    best_step: summary.bestStep,
    last_step: summary.lastStep,
    steps: summary.steps,
    nan_flags:
      nanFlag(summary.last, NAN_LAST) |
      nanFlag(summary.min, NAN_MIN) |
      nanFlag(summary.max, NAN_MAX) |
      nanFlag(summary.best, NAN_BEST),
  }
}

export type FactSummaryRow = Pick<
  MetricSummariesTable,
  'run_id' | 'key' | 'last' | 'min' | 'max' | 'best' | 'nan_flags'
>

export function factSummaryFromRow(row: FactSummaryRow): FactSummary {
  const { key, last, min, max, best, nan_flags: flags } = row
  if (flags === 0) return { key, last: last ?? NaN, min, max, best }
  const orNan = (value: number | null, flag: number) => ((flags & flag) === 0 ? value : NaN)
  return {
    key,
    last: orNan(last, NAN_LAST) ?? NaN,
    min: orNan(min, NAN_MIN),
    max: orNan(max, NAN_MAX),
    best: orNan(best, NAN_BEST),
  }
}

export function summaryFromRow(row: MetricSummariesTable): MetricSummary {
  const orNan = (value: number | null, flag: number) => ((row.nan_flags & flag) === 0 ? value : NaN)
  return {
    key: row.key,
    last: orNan(row.last, NAN_LAST) ?? NaN,
    min: orNan(row.min, NAN_MIN),
    max: orNan(row.max, NAN_MAX),
    best: orNan(row.best, NAN_BEST),
    bestStep: row.best_step,
    lastStep: row.last_step,
    steps: row.steps,
  }
}

function nanAsNull(value: number | null): number | null {
  return Number.isNaN(value) ? null : value
}

function nanFlag(value: number | null, flag: number): number {
  return Number.isNaN(value) ? flag : 0
}

export function logToRow(chunk: LogChunk): LogChunksTable {
  return {
    run_id: chunk.runId,
    attempt: chunk.attempt,
    seq: chunk.seq,
    at: chunk.at,
    stream: chunk.stream,
    text: chunk.text,
  }
}

export function logFromRow(row: LogChunksTable): LogChunk {
  return {
    runId: row.run_id,
    attempt: row.attempt,
    seq: row.seq,
    at: row.at,
    stream: row.stream,
    text: row.text,
  }
}

export function agentToRow(agent: AgentRecord): AgentsTable {
  return {
    id: agent.id,
    key_hash: agent.keyHash,
    incarnation: agent.incarnation,
    host: agent.host,
    slots: agent.slots,
    sweep_ids: JSON.stringify(agent.sweepIds),
    labels: JSON.stringify(agent.labels),
    state: agent.state,
    drain: agent.drain ? 1 : 0,
    quarantined_by: agent.quarantine?.by ?? null,
    quarantined_at: agent.quarantine?.at ?? null,
    quarantine_reason: agent.quarantine?.reason ?? null,
    registered_at: agent.registeredAt,
    last_seen_at: agent.lastSeenAt,
    version: agent.version,
  }
}

export function agentFromRow(row: AgentsTable): AgentRecord {
  return {
    id: row.id,
    keyHash: row.key_hash,
    incarnation: row.incarnation,
    host: row.host,
    slots: row.slots,
    sweepIds: fromJson<AgentRecord['sweepIds']>(row.sweep_ids, 'agents.sweep_ids', row.id),
    labels: fromJson<AgentRecord['labels']>(row.labels, 'agents.labels', row.id),
    state: row.state,
    drain: row.drain === 1,
    quarantine: quarantineFromRow(row),
    registeredAt: row.registered_at,
    lastSeenAt: row.last_seen_at,
    version: row.version,
  }
}

function quarantineFromRow(row: AgentsTable): AgentRecord['quarantine'] {
  if (row.quarantined_by === null) return null
  return { by: row.quarantined_by, at: row.quarantined_at ?? 0, reason: row.quarantine_reason ?? '' }
}

export function changeToRow(change: NewChange, seq: number, epoch: number | null): ChangesTable {
  return {
    seq,
    at: change.at,
    entity: change.entity,
    entity_id: change.entityId,
    sweep_id: change.sweepId,
    event: change.event,
    data: JSON.stringify(change.data),
    epoch,
  }
}

export function changeFromRow(row: ChangesTable): Change {
  return {
    seq: row.seq,
    at: row.at,
    entity: row.entity,
    entityId: row.entity_id,
    sweepId: row.sweep_id,
    event: row.event,
    data: fromJson<Change['data']>(row.data, 'changes.data', String(row.seq)),
  }
}

export function leadershipFromRow(row: LeaderTable): Leadership {
  return { epoch: row.epoch, holder: row.holder, beat: row.beat }
}

/** Every text column is written by this file, so what does not parse is damage, and is said to be. */
function fromJson<T>(text: string, column: string, key: string): T {
  return readText((json) => JSON.parse(json) as T, text, column, key)
}

function readText<T>(read: (text: string) => T, text: string, column: string, key: string): T {
  try {
    return read(text)
  } catch (cause) {
    throw new SweepError('INTERNAL', `${column} of ${key} is not JSON: the stored row is damaged`, {
      hint: 'Restore the database from a backup.',
      cause,
    })
  }
}
