// Reads the report stream from the stored cursor and stores it: rows and cursor in one transaction, then the agents
// are told, then the stream is trimmed. Only the leader runs it.
import { randomBytes } from 'node:crypto'
import { LeadershipLostError, StoreUnavailableError } from '../../sweeps/errors.ts'
import { redisNames } from '../../sweeps/protocol.ts'
import type { Command } from '../../sweeps/protocol.ts'
import type { IngestCursor, SweepStore } from '../../sweeps/store.ts'
import type { AgentId } from '../../sweeps/sweep.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { applyReports } from './apply-reports.ts'
import type { Answer, AppliedReports, SentReport } from './apply-reports.ts'
import type { LeaderState } from './leader-state.ts'
import { BLOCK_MS } from './redis-clients.ts'
import type { RedisClients } from './redis-clients.ts'
import { createEntryReader, refusedReport } from './stream-entries.ts'
import type { Poison, RawEntry, ReadEntry } from './stream-entries.ts'
import type { Suggestions } from './suggestions.ts'
import { finishProposing } from './sweep-endings.ts'

/** Entries in one read: up to about 2,000 reports a transaction is where larger ones no longer gain. */
const MAX_ENTRIES = 500
/** From the start of one batch to the next. */
const BATCH_INTERVAL_MS = 10
const TRIM_INTERVAL_MS = 1_000
const RETRY_MS = 200

export interface ReportIngestOptions {
  readonly state: LeaderState
  readonly store: SweepStore
  readonly redis: RedisClients
  readonly deployment: string
  readonly suggestions: Suggestions
  readonly clock: Clock
  readonly log: Logger
  send(commands: ReadonlyMap<AgentId, readonly Command[]>): void
  /** Beats of a batch whose reports are stored, in order; rejects when the store is away. */
  onBeats(entries: readonly ReadEntry[]): Promise<void>
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
  /** Entries that could not be read or stored, since this leader began. */
  readonly poisonedCount: number
}

export function createReportIngest(options: ReportIngestOptions): ReportIngest {
  const { state, store, redis, clock, log, deployment } = options
  const names = redisNames(deployment)
  const readEntries = createEntryReader(store)
  let cursor: IngestCursor = { generation: '', entryId: '0-0' }
  let heardAtMs: number | null = null
  let trimmedAtMs = 0
  let poisonedCount = 0
  let isStopped = false
  let done: Promise<void> = Promise.resolve()

  async function loop(): Promise<void> {
    cursor = (await untilStored(() => store.readCursor())) ?? cursor
    while (!isStopped) {
      try {
        await checkGeneration()
        const raw = await read()
        const batchStartMs = clock.monotonicMs()
        if (raw.length > 0) await ingest(raw)
        heardAtMs = clock.monotonicMs()
        await trim()
        if (raw.length > 0) await gather(batchStartMs)
      } catch (error) {
        if (isStopped) return
        if (error instanceof LeadershipLostError) {
          options.onLeadershipLost()
          return
        }
        log.debug('ingest.retry', { message: (error as Error).message })
        await pause()
      }
    }
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
      log.warn('ingest.new_generation', { from: cursor.generation, to: generation })
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
    for (const { entryId, reason } of poison) log.warn('ingest.poisoned', { entryId, reason })
    poisonedCount += poison.length
    const lastEntryId = raw.at(-1)?.[0] ?? cursor.entryId
    for (const segment of segmentsOf(entries)) {
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
    if (sent.length > 0) takeIn(applied)
    const beats = entries.filter((entry) => entry.beat !== null)
    if (beats.length > 0) await options.onBeats(beats)
    if (sent.length > 0 || beats.length > 0) options.onStored()
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
      log.error('ingest.set_aside', {
        runId: report.runId,
        attempt: report.attempt,
        seq: report.seq,
        message: error.message,
      })
      poisonedCount++
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
      revived: [...first.revived, ...second.revived],
      started: [...first.started, ...second.started],
      targetReached: new Set([...first.targetReached, ...second.targetReached]),
    }
  }

  function takeIn(applied: AppliedReports): void {
    for (const key of applied.started) {
      const open = state.attempts.get(key)
      if (open !== undefined) open.isAccepted = true
    }
    state.revive(applied.revived)
    state.forget(applied.ended, options.suggestions)
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
    await redis.control.xtrim(names.reports, 'MINID', cursor.entryId)
  }

  async function untilStored<T>(read: () => Promise<T>): Promise<T | null> {
    while (!isStopped) {
      try {
        return await read()
      } catch (error) {
        log.debug('ingest.retry', { message: (error as Error).message })
        await pause()
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
    get poisonedCount() {
      return poisonedCount
    },
  }
}

/**
 * Cut after each first beat of an incarnation: what it lists is to be compared with what was stored before it, not
 * with reports that stand behind it in the stream.
 */
function segmentsOf(entries: readonly ReadEntry[]): ReadEntry[][] {
  const segments: ReadEntry[][] = []
  let segment: ReadEntry[] = []
  for (const entry of entries) {
    segment.push(entry)
    if (entry.beat?.number !== 1) continue
    segments.push(segment)
    segment = []
  }
  if (segment.length > 0) segments.push(segment)
  return segments
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
