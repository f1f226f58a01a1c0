// What reports of an attempt change, whoever sends them (an agent by the report stream, or a W&B client by itself): the
// attempt, its run, summaries and history, inside one unit of work. Which reports are credited is decided by the
// callers, dispatch/apply-reports.ts and client-runs/credit-post.ts.
import { attemptKey } from '../../sweeps/protocol.ts'
import type { MetricRow } from '../../sweeps/protocol.ts'
import { countedRows, foldRows, hasMetrics, rankingValue, reachesTarget } from '../../sweeps/run-history.ts'
import type { SummaryMap } from '../../sweeps/run-history.ts'
import { canRevive, endAttempt, isTerminalRunState, reviveAttempt, transitionRun } from '../../sweeps/run.ts'
import type { AttemptEnd, AttemptRecord, RunRecord } from '../../sweeps/run.ts'
import type {
  LogChunk,
  MetricChunk,
  MetricSummary,
  NewChange,
  ProvenanceRecord,
  StoreTransaction,
  SystemChunk,
} from '../../sweeps/store.ts'
import type { AgentId, RunId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import { mayGoBack } from '../dispatch/attempt-endings.ts'

/** What the agent is told of one attempt. */
export type Answer =
  | {
      readonly verdict: 'stored'
      readonly agentId: AgentId
      readonly runId: RunId
      readonly attempt: number
      readonly seq: number
    }
  | {
      readonly verdict: 'unknown' | 'superseded'
      readonly agentId: AgentId
      readonly runId: RunId
      readonly attempt: number
    }

export interface AppliedReports {
  readonly answers: Answer[]
  /** Attempts that ended, and those that were opened again. */
  readonly ended: { readonly run: RunRecord; readonly attempt: AttemptRecord }[]
  /** Attempts whose end had been stored before. */
  readonly over: { readonly run: RunRecord; readonly attempt: AttemptRecord }[]
  readonly revived: { run: RunRecord; attempt: AttemptRecord }[]
  readonly started: { readonly key: string; readonly isFirst: boolean }[]
  /** What was credited; a point is one metric's value in one row. */
  readonly credited: { reportCount: number; pointCount: number }
  /** Sweeps whose metric reached its target. */
  readonly targetReached: Set<SweepId>
  /** Rows that were added to runs of sweeps with a metric. */
  readonly grown: GrownHistory[]
}

export interface GrownHistory {
  readonly run: RunRecord
  readonly attempt: AttemptRecord
  /** The rows that count now, in order: all of the run, or those behind what was known. */
  readonly rows: readonly { readonly attempt: number; readonly row: MetricRow }[]
  /** A later attempt reported: the run's history begins anew with `rows`. */
  readonly isRewritten: boolean
}

/** One attempt's reports of the batch and everything they change. */
export interface AttemptWork {
  readonly key: string
  readonly agentId: AgentId
  run: RunRecord
  attempt: AttemptRecord
  sweep: SweepRecord | null
  isChanged: boolean
  hasEnded: boolean
  isRunChanged: boolean
  readonly chunks: MetricChunk[]
  readonly logs: LogChunk[]
  readonly systemChunks: SystemChunk[]
  provenance: ProvenanceRecord | null
  /** By their SHA-256. */
  readonly texts: Map<string, string>
  readonly values: Map<string, string>
}

export function nothingApplied(): AppliedReports {
  return {
    answers: [],
    ended: [],
    over: [],
    revived: [],
    started: [],
    credited: { reportCount: 0, pointCount: 0 },
    targetReached: new Set(),
    grown: [],
  }
}

/** @param key tells it from the other works of its batch */
export function createWork(
  key: string,
  run: RunRecord,
  attempt: AttemptRecord,
  sweep: SweepRecord | null,
): AttemptWork {
  return {
    key,
    agentId: attempt.agentId,
    run,
    attempt,
    sweep,
    isChanged: false,
    hasEnded: false,
    isRunChanged: false,
    chunks: [],
    logs: [],
    systemChunks: [],
    provenance: null,
    texts: new Map(),
    values: new Map(),
  }
}

/** The attempt's process runs. */
export function startWork(
  work: AttemptWork,
  started: { at: number; pid: number | null; slot: number | null; host: string },
  result: AppliedReports,
  changes: NewChange[],
  now: number,
): void {
  const isFirst = work.run.startedAt === null
  const { at, pid, slot, host } = started
  work.attempt = { ...work.attempt, startedAt: at, pid, slot, host }
  if (work.run.state !== 'running') work.run = transitionRun(work.run, 'running')
  work.run = { ...work.run, startedAt: work.run.startedAt ?? at }
  work.isChanged = true
  work.isRunChanged = true
  result.started.push({ key: attemptKey(work.run.id, work.attempt.attempt), isFirst })
  changes.push(runChange(work, 'run.started', now, { agentId: work.agentId, slot }))
}

/** Rows of metrics under their number. */
export function addRows(
  work: AttemptWork,
  seq: number,
  rows: readonly MetricRow[],
  result: AppliedReports,
): void {
  work.isChanged = true
  if (rows.length === 0) return
  work.chunks.push({ runId: work.run.id, attempt: work.attempt.attempt, seq, rows })
  for (const row of rows) {
    result.credited.pointCount += Object.keys(row.metrics).length
    for (const [key, value] of Object.entries(row.values ?? {})) work.values.set(key, JSON.stringify(value))
  }
}

/** The attempt ended; its run ends or goes back. */
export function endWork(work: AttemptWork, end: AttemptEnd, changes: NewChange[], now: number): void {
  const ended = endAttempt(work.run, work.attempt, end, {
    mayGoBack: mayGoBack(work.sweep),
    maxAttempts: work.sweep?.maxAttempts ?? 1,
  })
  work.run = ended.run
  work.attempt = ended.attempt
  work.isChanged = true
  work.isRunChanged = true
  work.hasEnded = true
  const event = isTerminalRunState(ended.run.state) ? `run.${ended.run.state}` : 'run.requeued'
  changes.push(runChange(work, event, now, { outcome: end.outcome, exitCode: end.exitCode ?? null }))
}

/** Until the next attempt is offered, a report of a lost attempt opens it again. */
export function reviveWork(
  work: AttemptWork,
  result: AppliedReports,
  changes: NewChange[],
  now: number,
): boolean {
  if (!canRevive(work.run, work.attempt)) return false
  const revived = reviveAttempt(work.run, work.attempt)
  work.run = revived.run
  work.attempt = revived.attempt
  work.isChanged = true
  work.isRunChanged = true
  result.revived.push(revived)
  changes.push(runChange(work, 'run.revived', now, {}))
  return true
}

/** Says which attempts ended, and which had before. Last: an attempt's metrics often come in the batch that ends it. */
export function noteEnds(works: readonly AttemptWork[], result: AppliedReports): void {
  for (const { hasEnded, run, attempt } of works) {
    if (hasEnded) result.ended.push({ run, attempt })
    else if (attempt.outcome !== null) result.over.push({ run, attempt })
  }
}

/**
 * Folds the works' new rows into the summaries, and says what of it matters: the ranking value, the rows to judge, a
 * target that was reached.
 */
export async function foldMetrics(
  tx: StoreTransaction,
  works: readonly AttemptWork[],
  changes: NewChange[],
  now: number,
  result: AppliedReports,
): Promise<void> {
  const reporting = works.filter((work) => work.chunks.length > 0)
  if (reporting.length === 0) return
  const stored = await tx.listSummaries(reporting.map((work) => work.run.id))
  const toSave = new Map<RunId, MetricSummary[]>()
  for (const work of reporting) {
    const metric = work.sweep?.metric ?? null
    const summaries: SummaryMap = new Map((stored.get(work.run.id) ?? []).map((s) => [s.key, s]))
    let changed: Set<string>
    let rows: GrownHistory['rows']
    const earlier = work.attempt.attempt > 1 ? await tx.readMetrics(work.run.id) : []
    const isFirst = !earlier.some(
      (chunk) => chunk.attempt === work.attempt.attempt && chunk.rows.some(hasMetrics),
    )
    const isRewriting =
      earlier.length > 0 && isFirst && work.chunks.some((chunk) => chunk.rows.some(hasMetrics))
    if (isRewriting) {
      // The first metrics of a later attempt: earlier rows at or above its first step no longer count.
      summaries.clear()
      await tx.clearSummaries(work.run.id)
      toSave.delete(work.run.id)
      await tx.clearStopChecks(work.run.id)
      rows = countedRows([...earlier, ...work.chunks])
      changed = foldRows(
        summaries,
        rows.map(({ row }) => row),
        metric,
      )
    } else {
      const attempt = work.attempt.attempt
      rows = work.chunks.flatMap((chunk) => chunk.rows.map((row) => ({ attempt, row })))
      changed = new Set()
      for (const chunk of work.chunks) {
        for (const key of foldRows(summaries, chunk.rows, metric)) changed.add(key)
      }
    }
    const updated = [...changed]
      .map((key) => summaries.get(key))
      .filter((s): s is MetricSummary => s !== undefined)
    toSave.set(work.run.id, [...(toSave.get(work.run.id) ?? []), ...updated])
    const ranking = rankingValue(summaries, metric)
    work.run = { ...work.run, value: ranking.value, bestStep: ranking.bestStep }
    work.isRunChanged = true
    changes.push(
      runChange(work, 'run.metrics', now, {
        value: ranking.value,
        step: work.chunks.at(-1)?.rows.at(-1)?.step,
      }),
    )
    if (metric !== null)
      result.grown.push({ run: work.run, attempt: work.attempt, rows, isRewritten: isRewriting })
    if (work.sweep !== null && reachesTarget(ranking.value, metric)) result.targetReached.add(work.sweep.id)
  }
  await tx.saveSummariesOf(toSave)
}

/** Saves all that the works changed, and the changes. */
export async function saveWorks(
  tx: StoreTransaction,
  works: readonly AttemptWork[],
  changes: NewChange[],
): Promise<void> {
  const changed = works.filter((work) => work.isChanged)
  await tx.saveAttempts(changed.map((work) => work.attempt))
  // Two attempts of one run in one batch: only the newest attempt can have changed the run.
  const runs = new Map<RunId, RunRecord>()
  for (const work of changed) if (work.isRunChanged) runs.set(work.run.id, work.run)
  await tx.saveRuns([...runs.values()])
  await tx.insertMetrics(changed.flatMap((work) => work.chunks))
  await tx.insertLogs(changed.flatMap((work) => work.logs))
  await tx.insertSystemChunks(changed.flatMap((work) => work.systemChunks))
  await tx.keepProvenanceTexts(new Map(changed.flatMap((work) => [...work.texts])))
  await tx.saveProvenance(changed.flatMap((work) => work.provenance ?? []))
  for (const work of changed) if (work.values.size > 0) await tx.saveValues(work.run.id, work.values)
  await markSweepsStarted(tx, changed)
  await tx.recordChanges(changes)
}

async function markSweepsStarted(tx: StoreTransaction, works: readonly AttemptWork[]): Promise<void> {
  const started = new Map<SweepId, number>()
  for (const { sweep, run } of works) {
    if (sweep !== null && sweep.startedAt === null && run.startedAt !== null) {
      started.set(sweep.id, Math.min(run.startedAt, started.get(sweep.id) ?? Infinity))
    }
  }
  for (const [id, startedAt] of started) {
    const sweep = await tx.findSweep(id)
    if (sweep !== null) await tx.saveSweep({ ...sweep, startedAt })
  }
}

/** An entry of the change log on the work's run. */
export function runChange(
  work: AttemptWork,
  event: string,
  at: number,
  data: Record<string, unknown>,
): NewChange {
  return {
    at,
    entity: 'run',
    entityId: work.run.id,
    sweepId: work.run.sweepId,
    event,
    data: { attempt: work.attempt.attempt, ...data },
  }
}
