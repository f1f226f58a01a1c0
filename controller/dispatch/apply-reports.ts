// Applies a batch of agents' reports inside one unit of work: which are credited, what they change, and what each
// agent is answered. Everything is decided from the rows read in the same unit, nothing from memory.
import { createHash } from 'node:crypto'
import { attemptKey } from '../../sweeps/protocol.ts'
import type { MetricRow, Report } from '../../sweeps/protocol.ts'
import { countedRows, foldRows, hasMetrics, rankingValue, reachesTarget } from '../../sweeps/run-history.ts'
import type { SummaryMap } from '../../sweeps/run-history.ts'
import { canRevive, endAttempt, isTerminalRunState, reviveAttempt, transitionRun } from '../../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../../sweeps/run.ts'
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
import { mayGoBack } from './attempt-endings.ts'

/** A report with the agent that sent it. */
export interface SentReport {
  readonly agentId: AgentId
  readonly report: Report
}

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
interface AttemptWork {
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

/**
 * Credits each attempt's reports in order of `seq`, from the one after the last stored, without gaps.
 * Cost: O(reports) rows, with a fixed number of queries whatever the batch holds, except that the first metrics of
 * a second or later attempt read the run's history once.
 */
export async function applyReports(
  tx: StoreTransaction,
  sent: readonly SentReport[],
  now: number,
): Promise<AppliedReports> {
  const result: AppliedReports = {
    answers: [],
    ended: [],
    over: [],
    revived: [],
    started: [],
    credited: { reportCount: 0, pointCount: 0 },
    targetReached: new Set(),
    grown: [],
  }
  if (sent.length === 0) return result
  const groups = groupByAttempt(sent)
  const works = await loadWorks(tx, groups, result)
  const changes: NewChange[] = []
  for (const work of works.values()) {
    const reports = groups.get(work.key)?.reports ?? []
    creditReports(work, reports, result, changes, now)
  }
  await foldMetrics(tx, [...works.values()], changes, now, result)
  // Only now: an attempt's last metrics often come in the batch that ends it.
  for (const { hasEnded, run, attempt } of works.values()) {
    if (hasEnded) result.ended.push({ run, attempt })
    else if (attempt.outcome !== null) result.over.push({ run, attempt })
  }
  await saveWorks(tx, [...works.values()], changes)
  return result
}

interface AttemptGroup {
  readonly agentId: AgentId
  readonly runId: RunId
  readonly attempt: number
  readonly reports: Report[]
}

function groupByAttempt(sent: readonly SentReport[]): Map<string, AttemptGroup> {
  const groups = new Map<string, AttemptGroup>()
  for (const { agentId, report } of sent) {
    // The token is part of the group: a forged report never shares a fate with a true one.
    const key = `${attemptKey(report.runId, report.attempt)} ${agentId} ${report.token}`
    const group = groups.get(key)
    if (group) group.reports.push(report)
    else
      groups.set(key, { agentId, runId: report.runId as RunId, attempt: report.attempt, reports: [report] })
  }
  for (const group of groups.values()) group.reports.sort((a, b) => a.seq - b.seq)
  return groups
}

async function loadWorks(
  tx: StoreTransaction,
  groups: ReadonlyMap<string, AttemptGroup>,
  result: AppliedReports,
): Promise<Map<string, AttemptWork>> {
  const list = [...groups.values()]
  const attempts = new Map(
    (await tx.findAttempts(list.map(({ runId, attempt }) => ({ runId, attempt })))).map((a) => [
      attemptKey(a.runId, a.attempt),
      a,
    ]),
  )
  const runs = new Map((await tx.findRuns([...new Set(list.map((g) => g.runId))])).map((r) => [r.id, r]))
  const sweeps = new Map<SweepId, SweepRecord | null>()
  for (const run of runs.values()) {
    if (run.sweepId !== null && !sweeps.has(run.sweepId))
      sweeps.set(run.sweepId, await tx.findSweep(run.sweepId))
  }
  const works = new Map<string, AttemptWork>()
  for (const [key, group] of groups) {
    const attempt = attempts.get(attemptKey(group.runId, group.attempt))
    const run = runs.get(group.runId)
    const isKnown =
      attempt !== undefined &&
      run !== undefined &&
      attempt.token === group.reports[0]?.token &&
      attempt.agentId === group.agentId
    if (!isKnown) {
      result.answers.push({
        verdict: 'unknown',
        agentId: group.agentId,
        runId: group.runId,
        attempt: group.attempt,
      })
      continue
    }
    const sweep = run.sweepId === null ? null : (sweeps.get(run.sweepId) ?? null)
    works.set(key, {
      key,
      agentId: group.agentId,
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
    })
  }
  return works
}

function creditReports(
  work: AttemptWork,
  reports: readonly Report[],
  result: AppliedReports,
  changes: NewChange[],
  now: number,
): void {
  let isSuperseded = false
  for (const report of reports) {
    if (report.seq <= work.attempt.reportSeq) continue // stored before: answered again below
    if (report.seq > work.attempt.reportSeq + 1) break // a gap: the agent sends again what is missing
    if (work.attempt.outcome !== null && !reviveWork(work, result, changes, now)) {
      isSuperseded = true
      break
    }
    work.attempt = { ...work.attempt, reportSeq: report.seq }
    work.isChanged = true
    result.credited.reportCount++
    creditReport(work, report, result, changes, now)
  }
  const { runId, attempt } = work.attempt
  if (isSuperseded) result.answers.push({ verdict: 'superseded', agentId: work.agentId, runId, attempt })
  else
    result.answers.push({
      verdict: 'stored',
      agentId: work.agentId,
      runId,
      attempt,
      seq: work.attempt.reportSeq,
    })
}

/** Until the next attempt is offered, a report of a lost attempt opens it again. */
function reviveWork(work: AttemptWork, result: AppliedReports, changes: NewChange[], now: number): boolean {
  if (!canRevive(work.run, work.attempt)) return false
  const revived = reviveAttempt(work.run, work.attempt)
  work.run = revived.run
  work.attempt = revived.attempt
  work.isRunChanged = true
  result.revived.push(revived)
  changes.push(runChange(work, 'run.revived', now, {}))
  return true
}

function creditReport(
  work: AttemptWork,
  report: Report,
  result: AppliedReports,
  changes: NewChange[],
  now: number,
): void {
  const { body } = report
  switch (body.kind) {
    case 'started': {
      const isFirst = work.run.startedAt === null
      work.attempt = {
        ...work.attempt,
        startedAt: report.at,
        pid: body.pid,
        slot: body.slot,
        host: body.host,
      }
      if (work.run.state !== 'running') work.run = transitionRun(work.run, 'running')
      work.run = { ...work.run, startedAt: work.run.startedAt ?? report.at }
      work.isRunChanged = true
      result.started.push({ key: attemptKey(work.run.id, work.attempt.attempt), isFirst })
      changes.push(runChange(work, 'run.started', now, { agentId: work.agentId, slot: body.slot }))
      return
    }
    case 'metrics':
      work.chunks.push({ runId: work.run.id, attempt: report.attempt, seq: report.seq, rows: body.rows })
      for (const row of body.rows) {
        result.credited.pointCount += Object.keys(row.metrics).length
        for (const [key, value] of Object.entries(row.values ?? {}))
          work.values.set(key, JSON.stringify(value))
      }
      return
    case 'log':
    case 'notice':
      work.logs.push({
        runId: work.run.id,
        attempt: report.attempt,
        seq: report.seq,
        at: report.at,
        stream: body.kind === 'log' ? body.stream : 'notice',
        text: body.text,
      })
      return
    case 'provenance':
      // The hash is taken here: what an agent calls its text decides nothing.
      for (const text of body.texts) work.texts.set(createHash('sha256').update(text).digest('hex'), text)
      work.provenance = {
        runId: work.run.id,
        attempt: report.attempt,
        sweepId: work.run.sweepId,
        facts: body.facts,
      }
      changes.push(runChange(work, 'run.provenance', now, {})) // a sweep shows the commits of its runs
      return
    case 'system':
      work.systemChunks.push({
        runId: work.run.id,
        attempt: report.attempt,
        seq: report.seq,
        samples: body.samples,
      })
      return
    case 'ended': {
      const ended = endAttempt(
        work.run,
        work.attempt,
        { ...body, at: report.at },
        { mayGoBack: mayGoBack(work.sweep), maxAttempts: work.sweep?.maxAttempts ?? 1 },
      )
      work.run = ended.run
      work.attempt = ended.attempt
      work.isRunChanged = true
      work.hasEnded = true
      const event = isTerminalRunState(ended.run.state) ? `run.${ended.run.state}` : 'run.requeued'
      changes.push(runChange(work, event, now, { outcome: body.outcome, exitCode: body.exitCode }))
    }
  }
}

async function foldMetrics(
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

async function saveWorks(
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

function runChange(work: AttemptWork, event: string, at: number, data: Record<string, unknown>): NewChange {
  return {
    at,
    entity: 'run',
    entityId: work.run.id,
    sweepId: work.run.sweepId,
    event,
    data: { attempt: work.attempt.attempt, ...data },
  }
}
