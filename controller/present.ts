// Records as the API shows them: SWEEP and RUN of interfaces.md. Configs go in as text, unchanged.
import type { AttemptJson } from '../sweeps/run-schema.ts'
import type { SweepJson } from '../sweeps/sweep-schema.ts'
import { shownConfigText } from '../sweeps/config-text.ts'
import { RawJson } from '../sweeps/raw-json.ts'
import type { AttemptRecord, RunRecord, RunState } from '../sweeps/run.ts'
import type { MetricValue } from '../sweeps/protocol.ts'
import type { ProvenanceFacts } from '../sweeps/provenance.ts'
import type { CommitCount, MetricSummary } from '../sweeps/store.ts'
import type { RunId, SweepRecord } from '../sweeps/sweep.ts'

export interface SweepView {
  readonly sweep: SweepRecord
  readonly counts: Readonly<Record<RunState, number>>
  readonly best: { readonly runId: RunId; readonly value: number } | null
  /** States of the code that its runs were made from. */
  readonly commits: readonly CommitCount[]
}

/** @param baseUrl of this controller as the caller reached it, without a slash at the end */
export function presentSweep({ sweep, counts, best, commits }: SweepView, baseUrl: string): SweepJson {
  return {
    id: sweep.id,
    name: sweep.name,
    project: sweep.project,
    state: sweep.state,
    stateReason: sweep.stateReason,
    method: sweep.method,
    metric: sweep.metric === null ? null : { ...sweep.metric },
    config: sweep.configText,
    specVersion: sweep.specVersion,
    seed: sweep.seed,
    createdAt: isoTime(sweep.createdAt),
    startedAt: isoTimeOrNull(sweep.startedAt),
    finishedAt: isoTimeOrNull(sweep.finishedAt),
    runCap: sweep.runCap,
    maxParallel: sweep.maxParallel,
    maxAttempts: sweep.maxAttempts,
    counts: {
      queued: counts.queued + counts.preempted,
      running: counts.running,
      finished: counts.finished,
      stopped: counts.stopped,
      failed: counts.failed,
      cancelled: counts.cancelled,
      lost: counts.lost,
    },
    best: best === null ? null : { runId: best.runId, value: presentNumber(best.value) },
    size: sweep.size,
    url: sweepUrl(baseUrl, sweep.id),
    commits: commits.map(presentCommit),
  }
}

function presentCommit({ commit, isDirty, diffHash, runCount }: CommitCount) {
  return { commit, dirty: isDirty, diffHash, runs: runCount }
}

export function sweepUrl(baseUrl: string, sweepId: string): string {
  return `${baseUrl}/s/${sweepId}`
}

export interface RunView {
  readonly run: RunRecord
  readonly attempts: readonly AttemptRecord[]
  readonly summaries: readonly MetricSummary[]
  readonly rank: number | null
  /** JSON text by key; only where one run is asked for. */
  readonly values?: ReadonlyMap<string, string>
  /** By attempt; only where one run is asked for. */
  readonly provenance?: ReadonlyMap<number, ProvenanceFacts>
}

/** RUN as data for writeJson: its config is a raw piece. */
export function presentRun(view: RunView): Record<string, unknown> {
  const { run, attempts, summaries, rank, values, provenance } = view
  return {
    rank,
    id: run.id,
    name: run.name,
    sweepId: run.sweepId,
    project: run.project,
    state: run.state,
    config: new RawJson(shownConfigText(run.configText)),
    configText: run.configText,
    value: presentNumberOrNull(run.value),
    bestStep: run.bestStep,
    summary: recordOf(summaries.map((summary) => [summary.key, presentSummary(summary)])),
    attempt: run.attemptCount,
    attempts: attempts.map((attempt) => presentAttempt(attempt, provenance)),
    createdAt: isoTime(run.createdAt),
    startedAt: isoTimeOrNull(run.startedAt),
    finishedAt: isoTimeOrNull(run.finishedAt),
    stopReason: run.stopReason,
    suggestedBy: run.suggestedBy === null ? null : new RawJson(shownConfigText(run.suggestedBy)),
    specVersion: run.specVersion,
    tags: run.tags,
    notes: run.notes,
    group: run.group,
    jobType: run.jobType,
    values:
      values === undefined
        ? undefined
        : recordOf([...values].map(([key, text]) => [key, new RawJson(text)] as const)),
  }
}

function presentAttempt(attempt: AttemptRecord, provenance: RunView['provenance']): AttemptJson {
  return {
    attempt: attempt.attempt,
    agentId: attempt.agentId,
    host: attempt.host,
    pid: attempt.pid,
    startedAt: isoTimeOrNull(attempt.startedAt),
    endedAt: isoTimeOrNull(attempt.endedAt),
    outcome: attempt.outcome,
    exitCode: attempt.exitCode,
    signal: attempt.signal,
    reason: attempt.reason,
    slot: attempt.slot,
    stderrTail: attempt.stderrTail,
    ...(provenance === undefined ? {} : { provenance: provenance.get(attempt.attempt) ?? null }),
  }
}

function presentSummary(summary: MetricSummary): Record<string, MetricValue | null> {
  return {
    last: presentNumber(summary.last),
    min: presentNumberOrNull(summary.min),
    max: presentNumberOrNull(summary.max),
    best: presentNumberOrNull(summary.best),
    steps: summary.steps,
  }
}

export function presentNumber(value: number): MetricValue {
  return Number.isFinite(value) ? value : (String(value) as MetricValue) // "NaN", "Infinity" or "-Infinity"
}

function presentNumberOrNull(value: number | null): MetricValue | null {
  return value === null ? null : presentNumber(value)
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

function isoTimeOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : isoTime(epochMs)
}

/** Without a prototype: a metric may be called `__proto__`. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record = Object.create(null) as Record<string, T>
  for (const [key, value] of entries) record[key] = value
  return record
}
