// Applies a batch of agents' reports inside one unit of work: which are credited, what they change, and what each
// agent is answered. Everything is decided from the rows read in the same unit, nothing from memory. What a credited
// report changes is in credit/attempt-work.ts.
import { createHash } from 'node:crypto'
import type { ClientRunRecord } from '../../sweeps/client-run.ts'
import { attemptKey } from '../../sweeps/protocol.ts'
import type { Report } from '../../sweeps/protocol.ts'
import type { NewChange, StoreTransaction } from '../../sweeps/store.ts'
import type { AgentId, RunId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import {
  addRows,
  createWork,
  endWork,
  foldMetrics,
  noteEnds,
  nothingApplied,
  reviveWork,
  runChange,
  saveWorks,
  startWork,
} from '../credit/attempt-work.ts'
import type { AppliedReports, AttemptWork } from '../credit/attempt-work.ts'
import { copyNotice, keepOwnMetrics } from '../credit/metric-owners.ts'

/** A report with the agent that sent it. */
export interface SentReport {
  readonly agentId: AgentId
  readonly report: Report
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
  const result = nothingApplied()
  if (sent.length === 0) return result
  const groups = groupByAttempt(sent)
  const works = await loadWorks(tx, groups, result)
  const changes: NewChange[] = []
  const clients = await loadClients(tx, [...works.values()], groups)
  for (const work of works.values()) {
    const reports = groups.get(work.key)?.reports ?? []
    creditReports(work, dropCopies(work, reports, clients, now), result, changes, now)
  }
  await foldMetrics(tx, [...works.values()], changes, now, result)
  noteEnds([...works.values()], result)
  await saveWorks(tx, [...works.values()], changes)
  await tx.clientRuns.save(
    [...clients.values()].filter(({ isChanged }) => isChanged).map(({ client }) => client),
  )
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
    works.set(key, createWork(key, run, attempt, sweep))
  }
  return works
}

interface JoinedClient {
  client: ClientRunRecord
  isChanged: boolean
}

/** Clients of W&B that log the attempts whose agents report metrics. */
async function loadClients(
  tx: StoreTransaction,
  works: readonly AttemptWork[],
  groups: ReadonlyMap<string, AttemptGroup>,
): Promise<Map<RunId, JoinedClient>> {
  const reporting = works.filter((work) =>
    groups.get(work.key)?.reports.some(({ body }) => body.kind === 'metrics'),
  )
  if (reporting.length === 0) return new Map()
  const found = await tx.clientRuns.find([...new Set(reporting.map((work) => work.run.id))])
  return new Map([...found].map(([runId, client]) => [runId, { client, isChanged: false }]))
}

/** The reports without the metrics that the attempt's client logged first. */
function dropCopies(
  work: AttemptWork,
  reports: readonly Report[],
  clients: ReadonlyMap<RunId, JoinedClient>,
  now: number,
): Report[] {
  const joined = clients.get(work.run.id)
  if (joined === undefined || joined.client.attempt !== work.attempt.attempt) return [...reports]
  return reports.map((report) => {
    if (report.body.kind !== 'metrics' || report.seq <= work.attempt.reportSeq) return report
    const { rows, owners, dropped } = keepOwnMetrics(report.body.rows, joined.client.owners, 'agent')
    if (owners !== joined.client.owners) {
      joined.client = { ...joined.client, owners }
      joined.isChanged = true
    }
    if (dropped !== null) work.logs.push(copyNotice(work.attempt, dropped, 'agent', now))
    return { ...report, body: { ...report.body, rows } }
  })
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

function creditReport(
  work: AttemptWork,
  report: Report,
  result: AppliedReports,
  changes: NewChange[],
  now: number,
): void {
  const { body } = report
  switch (body.kind) {
    case 'started':
      startWork(
        work,
        { at: report.at, pid: body.pid, slot: body.slot, host: body.host },
        result,
        changes,
        now,
      )
      return
    case 'metrics':
      addRows(work, report.seq, body.rows, result)
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
    case 'ended':
      endWork(work, { ...body, at: report.at }, changes, now)
  }
}
