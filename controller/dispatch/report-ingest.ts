// Reads the report stream from the stored cursor and stores it: rows and cursor in one transaction, then the agents
// are told, then the stream is trimmed. Only the leader runs it.
import { randomBytes } from 'node:crypto'
import { LeadershipLostError, StoreUnavailableError } from '../../sweeps/errors.ts'
import { attemptKey, redisNames } from '../../sweeps/protocol.ts'
import type { Command } from '../../sweeps/protocol.ts'
import type { IngestCursor, SweepStore } from '../../sweeps/store.ts'
import type { AgentId } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import { Condition } from '../../runtime/condition.ts'
import type { ConditionState } from '../../runtime/condition.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { DispatchMeter } from '../meter.ts'
import { applyReports } from './apply-reports.ts'
import type { SentReport } from './apply-reports.ts'
import type { Answer, AppliedReports } from '../credit/attempt-work.ts'
import type { LeaderState } from './leader-state.ts'
import { BLOCK_MS } from './redis-clients.ts'
import type { RedisClients } from './redis-clients.ts'
import { createEntryReader, cutBehindFirstBeats, refusedReport } from './stream-entries.ts'
import type { Poison, RawEntry, ReadEntry } from './stream-entries.ts'
import { entryIdAfter, entryTimeMs, readStreamLag } from './stream-position.ts'
import type { StreamLag } from './stream-position.ts'
import type { StopJudge } from './stop-judge.ts'
import type { Suggestions } from './suggestions.ts'
import { finishProposing } from './sweep-endings.ts'

/** Entries in one read: up to about 2,000 reports a transaction is where larger ones no longer gain. */
const MAX_ENTRIES = 500
/** From the start of one batch to the next. */
const BATCH_INTERVAL_MS = 10
const TRIM_INTERVAL_MS = 1_000
const RETRY_MS = 200
/** A failure is shown as a problem when it lasts this long: one that the next try mends is none. */
const PATIENCE_MS = 3_000
/** A blocked read answers every second. */
const HUNG_AFTER_MS = 6_000

export interface ReportIngestOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly redis: RedisClients
  readonly deployment: string
  readonly suggestions: Suggestions
  readonly clock: Clock
  readonly log: Logger
  readonly meter: DispatchMeter
  send(commands: ReadonlyMap<AgentId, readonly Command[]>): void
  /** Beats of a batch whose reports are stored, in order; none: nothing came for a while. Rejects when the store is away. */
  onBeats(entries: readonly ReadEntry[]): Promise<void>
  /** Looks after early termination; what it could not finish is tried again at the next look. */
  readonly judge: StopJudge
  /** Runs ended, and that is stored: what the first of a sweep tells is said. */
  noticeEnds(ended: AppliedReports['ended']): Promise<void>
  /** Reports were stored: slots may be free. */
  onStored(): void
  /** The stream is another one: nothing that was in Redis is there. */
  onNewGeneration(): void
  onLeadershipLost(): void
}

export interface ReportIngest {
  start(): void
  stop(): Promise<void>
  /** Monotonic time of the last read and store that worked; null before the first. */
  readonly heardAtMs: number | null
  /** Entry up to which everything is stored. */
  readonly cursorEntryId: string
  /** Whether entries are read and stored. */
  readonly condition: ConditionState
  /** Takes in what a request stored, between two batches of the stream. Never rejects. */
  takeClientReports(applied: AppliedReports): Promise<void>
  /** What stands in the stream behind the cursor; null when Redis does not answer. Never rejects. */
  lag(): Promise<StreamLag | null>
}

export function createReportIngest(options: ReportIngestOptions): ReportIngest {
  const { state, store, redis, clock, log, meter, deployment } = options
  const names = redisNames(deployment)
  const readEntries = createEntryReader(store)
  let cursor: IngestCursor = { generation: '', entryId: '0-0' }
  let heardAtMs: number | null = null
  const startedAtMs = clock.monotonicMs()
  let trimmedAtMs = 0
  const condition = new Condition({ clock, patienceMs: PATIENCE_MS })
  let isStopped = false
  let done: Promise<void> = Promise.resolve()
  let turn: Promise<void> = Promise.resolve()

  async function loop(): Promise<void> {
    cursor = (await untilStored(() => store.readCursor())) ?? cursor
    while (!isStopped) {
      try {
        await checkGeneration()
        await exclusively(() => options.judge.catchUp())
        const raw = await read()
        const batchStartMs = clock.monotonicMs()
        await exclusively(() => (raw.length > 0 ? ingest(raw) : options.onBeats([])))
        heardAtMs = clock.monotonicMs()
        await trim()
        condition.works()
        if (raw.length > 0) await gather(batchStartMs)
      } catch (error) {
        if (isStopped) return
        if (error instanceof LeadershipLostError) {
          options.onLeadershipLost()
          return
        }
        await retryLater(error as Error)
      }
    }
  }

  /** One at a time: batches of the stream, and what requests stored. */
  function exclusively(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  async function takeClientReports(applied: AppliedReports): Promise<void> {
    try {
      await exclusively(async () => {
        takeIn(applied)
        await options.judge.judge(applied, clock.now())
        options.onStored()
        await options.noticeEnds(applied.ended)
      })
    } catch (error) {
      if (error instanceof LeadershipLostError) options.onLeadershipLost()
      else log.warn('ingest.client_reports_failed', { reason: (error as Error).message })
    }
  }

  async function retryLater(error: Error): Promise<void> {
    condition.fails(error.message)
    log.debug('ingest.failed', { reason: error.message })
    await pause()
  }

  /** A generation key is made when missing; with another one the stream is another stream and is read from its start. */
  async function checkGeneration(): Promise<void> {
    let generation = await redis.control.get(names.generation)
    if (generation === null) {
      await redis.control.set(names.generation, randomBytes(12).toString('hex'), 'NX')
      generation = await redis.control.get(names.generation)
    }
    if (generation === null || generation === cursor.generation) return
    const next: IngestCursor = { generation, entryId: '0-0' }
    await store.write((tx) => tx.saveCursor(next), { epoch: state.epoch })
    if (cursor.generation !== '')
      log.warn('ingest.generation_changed', { from: cursor.generation, to: generation })
    cursor = next
    options.onNewGeneration()
  }

  async function read(): Promise<RawEntry[]> {
    const answer = await redis.reading.xread(
      'COUNT',
      MAX_ENTRIES,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      names.reports,
      cursor.entryId,
    )
    return (answer?.[0]?.[1] ?? []) as RawEntry[]
  }

  async function ingest(raw: readonly RawEntry[]): Promise<void> {
    const { entries, poison, unknownAgents } = await readEntries(raw)
    for (const { entryId, reason } of poison) log.warn('ingest.entry_refused', { entryId, reason })
    if (poison.length > 0) meter.entriesPoisoned(poison.length)
    const lastEntryId = raw.at(-1)?.[0] ?? cursor.entryId
    for (const segment of cutBehindFirstBeats(entries)) {
      await ingestSegment(segment, [], segment.at(-1)?.entryId ?? cursor.entryId)
    }
    if (poison.length > 0 || cursor.entryId !== lastEntryId) await ingestSegment([], poison, lastEntryId)
    if (unknownAgents.size > 0)
      options.send(new Map([...unknownAgents].map((id) => [id, [{ type: 'register' }]])))
  }

  async function ingestSegment(
    entries: readonly ReadEntry[],
    poison: readonly Poison[],
    entryId: string,
  ): Promise<void> {
    const sent = entries.flatMap((entry) => entry.reports)
    const next: IngestCursor = { generation: cursor.generation, entryId }
    const applied = await storeReports(sent, poison, next)
    cursor = next
    if (sent.length > 0) {
      takeIn(applied)
      await options.judge.judge(applied, entryTimeMs(entries[0]?.entryId ?? entryId))
    }
    for (const entry of entries) if (entry.reports.length > 0) meter.entryStored(secondsSince(entry.entryId))
    const beats = entries.filter((entry) => entry.beat !== null)
    if (beats.length > 0) await options.onBeats(beats)
    if (sent.length > 0 || beats.length > 0) options.onStored()
    await options.noticeEnds(applied.ended)
  }

  /** One transaction for all; when the data itself is refused, halves, down to the report that is set aside. */
  async function storeReports(
    sent: readonly SentReport[],
    poison: readonly Poison[],
    next: IngestCursor,
  ): Promise<AppliedReports> {
    const now = clock.now()
    try {
      return await store.write(
        async (tx) => {
          const applied = await applyReports(tx, sent, now)
          for (const id of applied.targetReached) await finishProposing(tx, id, 'the target is reached', now)
          for (const entry of poison) await tx.insertPoison({ ...entry, at: now })
          await tx.saveCursor(next)
          return applied
        },
        { epoch: state.epoch },
      )
    } catch (error) {
      const isData = !(error instanceof LeadershipLostError) && !(error instanceof StoreUnavailableError)
      if (!isData || sent.length === 0) throw error
      return bisect(sent, poison, next, error as Error)
    }
  }

  async function bisect(
    sent: readonly SentReport[],
    poison: readonly Poison[],
    next: IngestCursor,
    error: Error,
  ): Promise<AppliedReports> {
    const [only] = sent
    if (sent.length === 1 && only !== undefined) {
      const { report, agentId } = only
      if (report.body.kind === 'notice' && report.body.code === 'report_refused') throw error // a bug of ours
      log.error('ingest.report_refused', {
        runId: report.runId,
        attempt: report.attempt,
        seq: report.seq,
        reason: error.message,
      })
      meter.entriesPoisoned(1)
      const aside: Poison = {
        entryId: next.entryId,
        reason: error.message,
        text: JSON.stringify(report).slice(0, 4_096),
      }
      return storeReports(
        [{ agentId, report: refusedReport(report, error.message) }],
        [...poison, aside],
        next,
      )
    }
    const middle = Math.ceil(sent.length / 2)
    const first = await storeReports(sent.slice(0, middle), poison, cursor)
    const second = await storeReports(sent.slice(middle), [], next)
    return {
      answers: [...first.answers, ...second.answers],
      ended: [...first.ended, ...second.ended],
      over: [...first.over, ...second.over],
      revived: [...first.revived, ...second.revived],
      started: [...first.started, ...second.started],
      credited: {
        reportCount: first.credited.reportCount + second.credited.reportCount,
        pointCount: first.credited.pointCount + second.credited.pointCount,
      },
      targetReached: new Set([...first.targetReached, ...second.targetReached]),
      grown: [...first.grown, ...second.grown],
    }
  }

  function takeIn(applied: AppliedReports): void {
    for (const { key, isFirst } of applied.started) {
      const open = state.attempts.get(key)
      if (open !== undefined) state.accept(open)
      meter.attemptStarted({ isFirst })
    }
    meter.reportsStored(applied.credited)
    const superseded = applied.answers.filter(({ verdict }) => verdict === 'superseded')
    if (superseded.length > 0) meter.reportsSuperseded(superseded.length)
    state.revive(applied.revived)
    state.forget(applied.ended, options.suggestions)
    // Their end was committed, and the database went away before it could say so: the slots are free.
    const known = applied.over.filter(({ run, attempt }) =>
      state.attempts.get(attemptKey(run.id, attempt.attempt)),
    )
    if (known.length > 0) state.forget(known, options.suggestions)
    for (const id of applied.targetReached) {
      const live = state.sweeps.get(id)
      if (live?.record.state === 'running') live.record = { ...live.record, state: 'finishing' }
      state.toSettle.add(id)
    }
    options.send(answersByAgent(applied.answers))
  }

  async function trim(): Promise<void> {
    const now = clock.monotonicMs()
    if (now - trimmedAtMs < TRIM_INTERVAL_MS || cursor.entryId === '0-0') return
    trimmedAtMs = now
    await redis.control.xtrim(names.reports, 'MINID', entryIdAfter(cursor.entryId))
  }

  function secondsSince(entryId: string): number {
    return Math.max(0, clock.now() - entryTimeMs(entryId)) / 1000
  }

  async function untilStored<T>(read: () => Promise<T>): Promise<T | null> {
    while (!isStopped) {
      try {
        return await read()
      } catch (error) {
        await retryLater(error as Error)
      }
    }
    return null
  }

  /** Lets the next batch fill up, so that under load one commit serves many reports; a lone report never waits. */
  async function gather(batchStartMs: number): Promise<void> {
    const leftMs = batchStartMs + BATCH_INTERVAL_MS - clock.monotonicMs()
    if (leftMs > 0 && !isStopped) await new Promise<void>((resolve) => setTimeout(resolve, leftMs))
  }

  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS))

  return {
    start() {
      done = loop()
    },
    async stop() {
      isStopped = true
      await done
    },
    get heardAtMs() {
      return heardAtMs
    },
    get cursorEntryId() {
      return cursor.entryId
    },
    get condition() {
      const silentMs = clock.monotonicMs() - (heardAtMs ?? startedAtMs)
      // Neither an answer nor an error: whatever is asked hangs.
      if (silentMs > HUNG_AFTER_MS && condition.state.problem === null) {
        const problem = `nothing was read or stored for ${Math.round(silentMs / 1000)} s`
        return { problem, since: clock.now() - silentMs }
      }
      return condition.state
    },
    takeClientReports,
    lag: () => readStreamLag(redis.control, names.reports, cursor.entryId).catch(() => null),
  }
}

function answersByAgent(answers: readonly Answer[]): Map<AgentId, Command[]> {
  const commands = new Map<AgentId, Command[]>()
  const stored = new Map<AgentId, { runId: string; attempt: number; seq: number }[]>()
  for (const answer of answers) {
    const { agentId, runId, attempt } = answer
    const list = commands.get(agentId) ?? []
    commands.set(agentId, list)
    if (answer.verdict === 'stored') {
      const items = stored.get(agentId)
      if (items === undefined) {
        const first = [{ runId, attempt, seq: answer.seq }]
        stored.set(agentId, first)
        list.push({ type: 'stored', items: first })
      } else {
        items.push({ runId, attempt, seq: answer.seq })
      }
    } else {
      list.push({ type: 'disowned', runId, attempt, verdict: answer.verdict })
    }
  }
  return commands
}
