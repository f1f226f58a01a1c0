// Reading the report stream: from raw entries to envelopes whose sender is known. What cannot be read is set aside,
// never thrown: one poisoned entry stops nobody.
import { createHash, timingSafeEqual } from 'node:crypto'
import { Envelope, Report, attemptKey } from '../../sweeps/protocol.ts'
import type { Beat } from '../../sweeps/protocol.ts'
import type { AgentRecord, StoreReads } from '../../sweeps/store.ts'
import type { AgentId } from '../../sweeps/sweep.ts'
import type { SentReport } from './apply-reports.ts'

/** An entry as ioredis gives it. */
export type RawEntry = readonly [entryId: string, fields: readonly string[]]

export interface Poison {
  readonly entryId: string
  readonly reason: string
  readonly text: string
}

/** One entry, read: its reports come before its beat. */
export interface ReadEntry {
  readonly entryId: string
  readonly agentId: AgentId
  readonly host: string
  readonly incarnation: number
  readonly reports: readonly SentReport[]
  readonly beat: Beat | null
}

export interface ReadEntries {
  readonly entries: readonly ReadEntry[]
  readonly poison: readonly Poison[]
  /** Senders that are not registered here: they are told to register. */
  readonly unknownAgents: ReadonlySet<AgentId>
}

/** Longest text kept of an entry that could not be read, in characters. */
const MAX_POISON_TEXT = 4_096

/** SHA-256 (hex) of an agent's key, as it is stored. */
export function hashAgentKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

export function isAgentKey(agent: AgentRecord, key: string): boolean {
  return timingSafeEqual(Buffer.from(agent.keyHash, 'hex'), Buffer.from(hashAgentKey(key), 'hex'))
}

/** Reads entries in order; each sender's key is checked against the stored agent. */
export function createEntryReader(store: StoreReads): (raw: readonly RawEntry[]) => Promise<ReadEntries> {
  // Agents' rows change rarely and keys never; the newest incarnation is checked by the beats, not here.
  const known = new Map<string, AgentRecord>()
  const learnAgents = async (ids: Iterable<string>): Promise<void> => {
    const strangers = [...new Set(ids)].filter((id) => !known.has(id)) as AgentId[]
    if (strangers.length === 0) return
    for (const agent of await store.findAgents(strangers)) known.set(agent.id, agent)
  }
  return async (raw) => {
    const entries: ReadEntry[] = []
    const poison: Poison[] = []
    const unknownAgents = new Set<AgentId>()
    const read = raw.map(([entryId, fields]) => {
      const text = fields[fields.indexOf('m') + 1] ?? ''
      return { entryId, text, envelope: parseEnvelope(text) }
    })
    await learnAgents(read.flatMap(({ envelope }) => (typeof envelope === 'string' ? [] : envelope.agentId)))
    for (const { entryId, text, envelope } of read) {
      if (typeof envelope === 'string') {
        poison.push({ entryId, reason: envelope, text: text.slice(0, MAX_POISON_TEXT) })
        continue
      }
      const agent = known.get(envelope.agentId)
      if (agent === undefined) {
        unknownAgents.add(envelope.agentId as AgentId)
        continue
      }
      if (!isAgentKey(agent, envelope.agentKey)) {
        poison.push({ entryId, reason: `wrong key for agent ${agent.id}`, text: '' })
        continue
      }
      const reports: SentReport[] = []
      for (const item of envelope.reports ?? []) {
        const report = readReport(item)
        if (report.problem !== null) {
          poison.push({
            entryId,
            reason: report.problem,
            text: JSON.stringify(item).slice(0, MAX_POISON_TEXT),
          })
        }
        if (report.value !== null) reports.push({ agentId: agent.id, report: report.value })
      }
      entries.push({
        entryId,
        agentId: agent.id,
        host: envelope.host ?? agent.host,
        incarnation: envelope.incarnation,
        reports,
        beat: envelope.beat ?? null,
      })
    }
    return { entries, poison, unknownAgents }
  }
}

function parseEnvelope(text: string): Envelope | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  const parsed = Envelope.safeParse(json)
  return parsed.success ? parsed.data : `not an envelope: ${parsed.error.issues[0]?.message ?? ''}`
}

const ReportHead = Report.omit({ body: true })

/** A report whose body cannot be read keeps its place in its attempt's numbering as a notice, or its attempt would stand still. */
function readReport(item: unknown): { value: Report | null; problem: string | null } {
  const parsed = Report.safeParse(item)
  if (parsed.success) return { value: withoutBrokenText(parsed.data), problem: null }
  const problem = `report not understood: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}`
  const head = ReportHead.safeParse(item)
  if (!head.success) return { value: null, problem }
  return { value: refusedReport(head.data, problem), problem }
}

/** The same report with its body replaced by a notice that says it was set aside. */
export function refusedReport(head: Omit<Report, 'body'>, problem: string): Report {
  const text = `a report of ${attemptKey(head.runId, head.attempt)} could not be stored and was set aside: ${problem}`
  return { ...head, body: { kind: 'notice', code: 'report_refused', text: text.slice(0, 2_000) } }
}

/** NUL and lone surrogates, which SQL cannot hold, are replaced in logs at this edge too. */
function withoutBrokenText(report: Report): Report {
  const { body } = report
  if (body.kind !== 'log' && body.kind !== 'notice') return report
  const text = body.text.toWellFormed().replaceAll('\0', '\ufffd')
  return text === body.text ? report : { ...report, body: { ...body, text } }
}

/**
 * Cuts a batch into parts that are stored one after the other: before an agent's reports that stand behind a first
 * beat of it. What that beat lists is to be compared with what was stored before it, and only these reports could
 * change that. First beats of many agents stay together.
 */
export function cutBehindFirstBeats(entries: readonly ReadEntry[]): ReadEntry[][] {
  const segments: ReadEntry[][] = []
  let segment: ReadEntry[] = []
  let beginners = new Set<AgentId>()
  for (const entry of entries) {
    if (entry.reports.length > 0 && beginners.has(entry.agentId)) {
      segments.push(segment)
      segment = []
      beginners = new Set()
    }
    segment.push(entry)
    if (entry.beat?.number === 1) beginners.add(entry.agentId)
  }
  if (segment.length > 0) segments.push(segment)
  return segments
}
