// One post of a client, credited in one unit of work: the lines that are not stored yet, its summary, its end. Everything
// is decided from the rows read in the same unit, so a post that is repeated, or cut off before its answer, counts once.
import { CLIENT_SEQ_BASE, NOTICE_SEQ_BASE } from '../../sweeps/client-run.ts'
import type { ClientRunRecord } from '../../sweeps/client-run.ts'
import { NotFoundError } from '../../sweeps/errors.ts'
import { addLines } from '../../sweeps/line-ranges.ts'
import type { LineRanges } from '../../sweeps/line-ranges.ts'
import type { MetricRow } from '../../sweeps/protocol.ts'
import { MAX_SAMPLES_PER_REPORT } from '../../sweeps/provenance.ts'
import type { SystemSample } from '../../sweeps/provenance.ts'
import type { RunKey } from '../../sweeps/run-key.ts'
import { canRevive } from '../../sweeps/run.ts'
import type { AttemptOutcome, RunRecord } from '../../sweeps/run.ts'
import type { LogChunk, NewChange, StoreTransaction } from '../../sweeps/store.ts'
import {
  addRows,
  createWork,
  endWork,
  foldMetrics,
  noteEnds,
  nothingApplied,
  reviveWork,
  saveWorks,
} from '../credit/attempt-work.ts'
import type { AppliedReports, AttemptWork } from '../credit/attempt-work.ts'
import { copyNotice, keepOwnMetrics } from '../credit/metric-owners.ts'
import { finishProposing } from '../dispatch/sweep-endings.ts'
import type { ClientLines, ClientPost } from './client-post.ts'
import { checkKey, findByName } from './find-client-run.ts'
import { metricOfSummary } from './summary-metric.ts'
import { isOwnAgents } from './whose-attempt.ts'

/** Rows of one stored chunk: what one report of an agent may carry. */
const ROWS_PER_CHUNK = 2000
/** Two starts of one process, by its own rows, differ by less; clocks are set, so it is followed from post to post. */
const SAME_PROCESS_MS = 2_000

export interface PostRef {
  readonly project: string
  readonly name: string
}

export interface PostOutcome {
  readonly run: RunRecord
  /** What was credited; null: the process that speaks is not the run's any more. */
  readonly applied: AppliedReports | null
}

/** @throws NotFoundError when no client began the run; SweepError FORBIDDEN when the key is another run's */
export async function creditPost(
  tx: StoreTransaction,
  ref: PostRef,
  post: ClientPost,
  { key, now }: { readonly key: RunKey | null; readonly now: number },
): Promise<PostOutcome> {
  const found = await findByName(tx, ref.project, ref.name, { key })
  if (found === null || found.client === null) throw new NotFoundError('run', ref.name)
  checkKey(key, found)
  const { run, client } = found
  const isSuperseded =
    client.attempt !== run.attemptCount || (key?.runId === run.id && key.attempt !== client.attempt)
  if (isSuperseded || isForeign(client, post)) return { run, applied: null }
  const [attempt] = await tx.findAttempts([{ runId: run.id, attempt: client.attempt }])
  if (attempt === undefined) return { run, applied: null }
  const sweep = run.sweepId === null ? null : await tx.findSweep(run.sweepId)
  const work = createWork('', run, attempt, sweep)
  const result = nothingApplied()
  const changes: NewChange[] = []
  const isAgents = await isOwnAgents(tx, attempt)
  if (attempt.outcome !== null) {
    // Its end is known: what its client still says changes no result.
    if (!canRevive(run, attempt)) return { run, applied: null }
    reviveWork(work, result, changes, now)
  }
  const next = takeLines(work, client, post, { isAgents, now, result })
  if (post.end !== null) await addSummaryMetric(tx, work, next, result, now)
  if (work.chunks.length > 0) await foldMetrics(tx, [work], changes, now, result)
  if (post.summary !== null) await keepSummary(tx, work, client, post.summary)
  if (post.end !== null && !isAgents) {
    const { exitCode } = post.end
    endWork(work, { outcome: outcomeOf(work.run, next, exitCode), at: now, exitCode }, changes, now)
  }
  noteEnds([work], result)
  const logs = isAgents ? [] : logChunks(work, client, post)
  await saveWorks(tx, [work], changes)
  await tx.saveLogs(logs)
  await tx.clientRuns.save([next])
  for (const id of result.targetReached) await finishProposing(tx, id, 'the target is reached', now)
  return { run: work.run, applied: result }
}

/** Do its rows come from a process that is not the attempt's? Without rows nobody can tell. */
function isForeign(client: ClientRunRecord, { history }: ClientPost): boolean {
  const startedAt = history?.lines.find((row) => row !== null)?.processStartedAt ?? null
  if (history === null || startedAt === null) return false
  const { processStartedAt, formerStartedAt } = client
  const isNear = (known: number | null) => known !== null && Math.abs(known - startedAt) <= SAME_PROCESS_MS
  if (isNear(processStartedAt)) return false
  if (isNear(formerStartedAt)) return true
  // Its clock was set, or the machine slept: then it goes on at the next line.
  return processStartedAt !== null && history.offset !== client.history.end
}

interface TakeContext {
  readonly isAgents: boolean
  readonly now: number
  readonly result: AppliedReports
}

function takeLines(
  work: AttemptWork,
  client: ClientRunRecord,
  post: ClientPost,
  { isAgents, now, result }: TakeContext,
): ClientRunRecord {
  let { history, events, logLines, placed, owners, processStartedAt } = client
  if (post.history !== null) {
    const { ranges, fresh } = freshLines(history, placed.history, post.history)
    for (const { offset, lines } of fresh) {
      const told = lines.flatMap((row): MetricRow[] => {
        if (row === null) return []
        const { step, at, metrics, values } = row
        return [{ step, at, metrics, ...(values === undefined ? {} : { values }) }]
      })
      const own = isAgents ? keepOwnMetrics(told, owners, 'client') : { rows: told, owners, dropped: null }
      const { rows } = own
      owners = own.owners
      if (own.dropped !== null) work.logs.push(copyNotice(work.attempt, own.dropped, 'client', now))
      for (let at = 0; at < rows.length; at += ROWS_PER_CHUNK)
        addRows(work, CLIENT_SEQ_BASE + offset + at, rows.slice(at, at + ROWS_PER_CHUNK), result)
    }
    history = ranges
    placed = { ...placed, history: true }
    processStartedAt =
      post.history.lines.findLast((row) => row !== null)?.processStartedAt ?? processStartedAt
  }
  if (post.events !== null) {
    const { ranges, fresh } = freshLines(events, placed.events, post.events)
    if (!isAgents) for (const part of fresh) addSamples(work, part) // an agent of ours samples its machine itself
    events = ranges
    placed = { ...placed, events: true }
  }
  if (post.log !== null) {
    const end = post.log.offset + post.log.lines.length
    logLines = placed.logs ? Math.max(logLines, end) : end
    placed = { ...placed, logs: true }
  }
  return {
    ...client,
    history,
    events,
    logLines,
    placed,
    owners,
    processStartedAt,
    summary: post.summary === null ? client.summary : JSON.stringify(post.summary),
    isPreempting: client.isPreempting || post.isPreempting,
    heardAt: now,
  }
}

/** The lines that are not stored yet, in parts without holes. A new process says by its first lines where it begins. */
function freshLines<T>(
  stored: LineRanges,
  isPlaced: boolean,
  { offset, lines }: ClientLines<T>,
): { ranges: LineRanges; fresh: ClientLines<T>[] } {
  const known = isPlaced ? stored : { end: Math.min(offset, stored.end), gaps: [] }
  const { ranges, fresh } = addLines(known, offset, lines.length)
  return {
    ranges,
    fresh: fresh.map(([from, to]) => ({ offset: from, lines: lines.slice(from - offset, to - offset) })),
  }
}

function addSamples(work: AttemptWork, { offset, lines }: ClientLines<SystemSample>): void {
  for (let at = 0; at < lines.length; at += MAX_SAMPLES_PER_REPORT) {
    const samples = lines.slice(at, at + MAX_SAMPLES_PER_REPORT).filter((sample) => sample !== null)
    if (samples.length === 0) continue
    const { runId, attempt } = work.attempt
    work.systemChunks.push({ runId, attempt, seq: CLIENT_SEQ_BASE + offset + at, samples })
    work.isChanged = true
  }
}

/** A line has its own chunk: a progress bar is printed over, and arrives again under the same number. */
function logChunks(work: AttemptWork, client: ClientRunRecord, { log }: ClientPost): LogChunk[] {
  if (log === null) return []
  const { runId, attempt } = work.attempt
  let last = client.heardAt
  return log.lines.flatMap((line, index) => {
    if (line === null) return []
    last = line.at ?? last
    const seq = CLIENT_SEQ_BASE + log.offset + index
    return [{ runId, attempt, seq, at: last, stream: line.stream, text: line.text }]
  })
}

/** The metric of the sweep, when the script only ever set it in the summary. */
async function addSummaryMetric(
  tx: StoreTransaction,
  work: AttemptWork,
  client: ClientRunRecord,
  result: AppliedReports,
  at: number,
): Promise<void> {
  const metric = work.sweep?.metric ?? null
  if (metric === null) return
  const isNew = work.chunks.some(({ rows }) => rows.some((row) => Object.hasOwn(row.metrics, metric.name)))
  if (isNew || client.owners.agent.includes(metric.name)) return
  const stored = (await tx.listSummaries([work.run.id])).get(work.run.id) ?? []
  if (stored.some(({ key }) => key === metric.name)) return
  const value = metricOfSummary(JSON.parse(client.summary) as Record<string, unknown>, metric)
  if (value === null) return
  const step = Math.max(0, ...stored.map(({ lastStep }) => lastStep))
  addRows(work, NOTICE_SEQ_BASE, [{ step, at, metrics: { [metric.name]: value } }], result)
}

/** What a summary says besides the rows becomes values of the run: not the last values of what was logged. */
async function keepSummary(
  tx: StoreTransaction,
  work: AttemptWork,
  client: ClientRunRecord,
  summary: Readonly<Record<string, unknown>>,
): Promise<void> {
  const before = JSON.parse(client.summary) as Record<string, unknown>
  const changed = Object.entries(summary).filter(
    ([name, value]) => !name.startsWith('_') && JSON.stringify(value) !== JSON.stringify(before[name]),
  )
  if (changed.length === 0) return
  const stored = (await tx.listSummaries([work.run.id])).get(work.run.id) ?? []
  const logged = new Set(stored.map(({ key }) => key))
  const groups = new Set(stored.flatMap(({ key }) => prefixesOf(key)))
  for (const [name, value] of changed) {
    if (!logged.has(name) && !groups.has(name) && !work.values.has(name))
      work.values.set(name, JSON.stringify(value))
  }
  work.isChanged = true
}

/** `a.b.c`: `a` and `a.b`. */
function prefixesOf(key: string): string[] {
  const parts = key.split('.').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'))
}

function outcomeOf(run: RunRecord, client: ClientRunRecord, exitCode: number): AttemptOutcome {
  if (run.wish === 'stop') return 'stopped'
  if (run.wish === 'cancel') return 'cancelled'
  if (exitCode === 0) return 'finished'
  return client.isPreempting ? 'preempted' : 'failed'
}
