// What an agent must remember over kill -9: the attempts it accepted, what it was asked to do with them, the reports
// the controller has not stored yet, and the highest attempt number of every run it has ever heard of.
//
// Each line of the file is one Entry. Every entry may stand there twice (lines of the reserve are copied, see
// journal-file.ts): replaying one again changes nothing. Writing and replaying an entry stay in one file: each is
// only right together with the other.
import { attemptKey } from '../sweeps/protocol.ts'
import type { AttemptJob, Report, ReportBody } from '../sweeps/protocol.ts'
import type { ProcessIdentity } from '../runtime/process-tree.ts'
import { JournalBrokenError, JournalFile } from './journal-file.ts'
import type { JournalFs, LineRef } from './journal-file.ts'

export { JournalBrokenError, JournalFullError, isDiskFull } from './journal-file.ts'

/** A request to end an attempt; the first one names the end. */
export interface EndRequest {
  readonly how: 'early' | 'cancel' | 'preempt' | 'timeout'
  readonly reason: string
}

/** An attempt of which something is still to be done: it runs, or reports of it are not stored. */
export interface JournaledAttempt {
  readonly runId: string
  readonly attempt: number
  readonly token: string
  /** null: it was never accepted, only its end is reported. */
  readonly job: AttemptJob | null
  request: EndRequest | null
  /** The spawned leader; null before the spawn. */
  process: ProcessIdentity | null
  hasEnded: boolean
  /** Number of the newest report. */
  lastSeq: number
  /** Reports 1..storedSeq are stored at the controller. */
  storedSeq: number
  /** Reports storedSeq+1..lastSeq, in order. */
  readonly unstored: ReportRef[]
  /** Reports below this number may be sent; above it one waits for the disk. */
  sendBelowSeq: number
}

/** A report on disk. */
export interface ReportRef {
  readonly seq: number
  readonly line: LineRef
}

type Entry =
  | { t: 'incarnation'; number: number }
  | { t: 'left' }
  | { t: 'known'; runId: string; sweepId: string | null; attempt: number; stop?: EndRequest }
  | { t: 'accepted'; job: AttemptJob }
  | { t: 'unaccepted'; runId: string; attempt: number; token: string }
  | { t: 'starting'; key: string }
  | { t: 'process'; key: string; process: ProcessIdentity }
  | { t: 'request'; key: string; request: EndRequest }
  | { t: 'report'; report: Report }
  | { t: 'stored'; key: string; seq: number }
  | { t: 'forgotten'; key: string }
  | { t: 'sweepEnded'; sweepId: string }

export interface JournalOptions {
  readonly directory: string
  /** Called once when the journal can no longer be trusted. */
  readonly onFatal: (error: unknown) => void
  /** @default node:fs */
  readonly fs?: JournalFs
  /** @default 4 MiB */
  readonly reserveBytes?: number
  /** The file is rewritten when it is larger than this and mostly dead. @default 16 MiB */
  readonly compactAboveBytes?: number
}

interface KnownRun {
  sweepId: string | null
  attempt: number
  /** A stop that came before the job: the attempt never starts, and is answered as ended when its job comes. */
  stop: EndRequest | null
}

export class Journal {
  private readonly file: JournalFile
  private readonly known = new Map<string, KnownRun>()
  private readonly byKey = new Map<string, JournaledAttempt>()
  private readonly compactAboveBytes: number
  private unstoredLineBytes = 0
  private lastIncarnation = 0
  private leftCleanly = true
  /** Lines that could not be read when the journal was opened, other than a torn last one. */
  readonly skippedLineCount: number

  constructor(options: JournalOptions) {
    this.compactAboveBytes = options.compactAboveBytes ?? 16 * 1024 * 1024
    this.file = new JournalFile(options)
    this.skippedLineCount = this.file.load((line, ref) => this.replayLine(line, ref)).skippedCount
    this.compact()
  }

  /** New starts and metrics cannot be written: the disk is full. */
  get isFull(): boolean {
    return this.file.isFull
  }

  /** Whether the incarnation before this one said that nothing of it was left. */
  get hasLeftCleanly(): boolean {
    return this.leftCleanly
  }

  /** Something beside the journal found no room: nothing new is taken until there is some. */
  noteFull(): void {
    this.file.noteFull()
  }

  /** Looks whether the disk has room again. */
  recover(): boolean {
    return this.file.recover()
  }

  /** Number of the incarnation that starts now: larger than all before, on disk when the promise resolves. */
  async beginIncarnation(epochMs: number): Promise<number> {
    this.lastIncarnation = Math.max(this.lastIncarnation + 1, epochMs)
    this.leftCleanly = false
    this.write({ t: 'incarnation', number: this.lastIncarnation }, true)
    await this.file.flush()
    return this.lastIncarnation
  }

  /** Nothing of this incarnation is left: no process, no attempt without an end. */
  async leave(): Promise<void> {
    this.leftCleanly = true
    this.write({ t: 'left' }, true)
    await this.file.flush()
  }

  /** Highest attempt number of the run ever accepted, refused or stopped here; 0 when there is none. */
  highestAttempt(runId: string): number {
    return this.known.get(runId)?.attempt ?? 0
  }

  /** The stop that came before the job of this attempt, if one did. */
  earlyStop(runId: string, attempt: number): EndRequest | null {
    const known = this.known.get(runId)
    return known?.attempt === attempt ? known.stop : null
  }

  attempt(key: string): JournaledAttempt | undefined {
    return this.byKey.get(key)
  }

  attempts(): IterableIterator<JournaledAttempt> {
    return this.byKey.values()
  }

  /** Bytes of all reports that are not stored. */
  get unstoredBytes(): number {
    return this.unstoredLineBytes
  }

  get unstoredCount(): number {
    let count = 0
    for (const attempt of this.byKey.values()) count += attempt.unstored.length
    return count
  }

  /** On disk when the promise resolves. @throws JournalFullError when the job must be refused */
  async accept(job: AttemptJob): Promise<JournaledAttempt> {
    const attempt = this.write({ t: 'accepted', job }, false)
    await this.file.flush()
    if (attempt === undefined)
      throw new Error(`attempt ${job.runId}-${job.attempt} was journaled and is not there`)
    return attempt
  }

  /** An attempt that never starts here, so that its end can be reported. On disk when the promise resolves. */
  async takeUnaccepted(ref: {
    runId: string
    attempt: number
    token: string
    sweepId: string | null
  }): Promise<JournaledAttempt> {
    const { runId, attempt, token, sweepId } = ref
    this.write({ t: 'known', runId, sweepId, attempt }, true)
    const taken = this.write({ t: 'unaccepted', runId, attempt, token }, true)
    await this.file.flush()
    if (taken === undefined) throw new Error(`attempt ${runId}-${attempt} was journaled and is not there`)
    return taken
  }

  /** A stop for an attempt whose job has not come: it will never start. On disk when the promise resolves. */
  async stopBeforeJob(runId: string, attempt: number, stop: EndRequest): Promise<void> {
    this.write({ t: 'known', runId, sweepId: null, attempt, stop }, true)
    await this.file.flush()
  }

  /** On disk when the promise resolves: the spawn may follow. */
  async starting(key: string): Promise<void> {
    this.write({ t: 'starting', key }, true)
    await this.file.flush()
  }

  /** Not flushed: it only helps the next incarnation to find a family whose members cleared their environment. */
  spawned(key: string, process: ProcessIdentity): void {
    this.write({ t: 'process', key, process }, true)
  }

  /**
   * The first request is kept, later ones change nothing. Takes effect at once, on disk when the promise resolves:
   * the first signal may follow.
   */
  async request(key: string, request: EndRequest): Promise<void> {
    const attempt = this.byKey.get(key)
    if (attempt === undefined || attempt.request !== null) return
    this.write({ t: 'request', key, request }, true)
    await this.file.flush()
  }

  /**
   * Gives a report its number and writes it; `started` and `ended` are on disk when the promise resolves.
   * @throws JournalFullError (at once, nothing was numbered) for metrics, logs and notices on a full disk
   */
  report(key: string, body: ReportBody, at: number): Promise<void> {
    const attempt = this.byKey.get(key)
    if (attempt === undefined || attempt.hasEnded) return Promise.resolve() // disowned meanwhile
    const isEssential = body.kind === 'started' || body.kind === 'ended'
    const { runId, token } = attempt
    const report: Report = { runId, attempt: attempt.attempt, token, seq: attempt.lastSeq + 1, at, body }
    this.write({ t: 'report', report }, isEssential)
    if (!isEssential) return Promise.resolve()
    attempt.sendBelowSeq = Math.min(attempt.sendBelowSeq, report.seq)
    return this.file.flush().then(() => {
      if (attempt.sendBelowSeq === report.seq) attempt.sendBelowSeq = Infinity
    })
  }

  /** The report as JSON text, as it is sent. */
  readReport(ref: ReportRef): string {
    const line = this.file.read(ref.line)
    return line.slice(REPORT_PREFIX.length, -1)
  }

  /** The controller has reports 1..seq; an attempt whose end is among them is forgotten. */
  stored(key: string, seq: number): void {
    const attempt = this.byKey.get(key)
    if (attempt === undefined || seq <= attempt.storedSeq) return
    // Not essential: without the line the reports are sent once more after a restart.
    this.writeIfPossible({ t: 'stored', key, seq: Math.min(seq, attempt.lastSeq) })
    this.compactIfMostlyDead()
  }

  /** The attempt is not this agent's any more: its reports are dropped, its number stays known. */
  forget(key: string): void {
    if (this.byKey.has(key)) this.writeIfPossible({ t: 'forgotten', key })
  }

  sweepEnded(sweepId: string): void {
    this.writeIfPossible({ t: 'sweepEnded', sweepId })
  }

  close(): Promise<void> {
    return this.file.close()
  }

  private write(entry: Entry, isEssential: boolean): JournaledAttempt | undefined {
    const text =
      entry.t === 'report' ? `${REPORT_PREFIX}${JSON.stringify(entry.report)}}` : JSON.stringify(entry)
    const ref = this.file.append(text, { isEssential })
    return this.apply(entry, ref)
  }

  /** For what may be lost: it takes effect in memory, and on disk when there is room. */
  private writeIfPossible(entry: Entry): void {
    let ref: LineRef = NOWHERE
    try {
      if (!this.isFull) ref = this.file.append(JSON.stringify(entry), { isEssential: false })
    } catch (error) {
      if (!this.file.isFull && !(error instanceof JournalBrokenError)) throw error
    }
    this.apply(entry, ref)
  }

  private replayLine(line: string, ref: LineRef): boolean {
    let entry: Entry
    try {
      entry = JSON.parse(line) as Entry // written by `write`; a torn or foreign line fails below
    } catch {
      return false
    }
    if (typeof entry !== 'object' || entry === null || !ENTRY_TYPES.has(entry.t)) return false
    this.apply(entry, ref)
    return true
  }

  private apply(entry: Entry, ref: LineRef): JournaledAttempt | undefined {
    switch (entry.t) {
      case 'incarnation':
        this.lastIncarnation = Math.max(this.lastIncarnation, entry.number)
        this.leftCleanly = false
        return undefined
      case 'left':
        this.leftCleanly = true
        return undefined
      case 'known':
        this.know(entry.runId, entry.sweepId, entry.attempt, entry.stop ?? null)
        return undefined
      case 'accepted':
        this.know(entry.job.runId, entry.job.sweepId, entry.job.attempt, null)
        return this.hold(entry.job.runId, entry.job.attempt, entry.job.token, entry.job)
      case 'unaccepted':
        return this.hold(entry.runId, entry.attempt, entry.token, null)
      case 'starting':
        return undefined
      case 'process': {
        const attempt = this.byKey.get(entry.key)
        if (attempt) attempt.process = entry.process
        return attempt
      }
      case 'request': {
        const attempt = this.byKey.get(entry.key)
        if (attempt) attempt.request ??= entry.request
        return attempt
      }
      case 'report':
        return this.applyReport(entry.report, ref)
      case 'stored':
        return this.applyStored(entry.key, entry.seq)
      case 'forgotten':
        this.drop(entry.key)
        return undefined
      case 'sweepEnded':
        for (const [runId, known] of this.known) if (known.sweepId === entry.sweepId) this.known.delete(runId)
        return undefined
    }
  }

  private know(runId: string, sweepId: string | null, attempt: number, stop: EndRequest | null): void {
    const known = this.known.get(runId)
    if (known === undefined) this.known.set(runId, { sweepId, attempt, stop })
    else {
      known.sweepId ??= sweepId
      if (attempt > known.attempt) {
        known.attempt = attempt
        known.stop = stop
      }
    }
  }

  private hold(runId: string, attempt: number, token: string, job: AttemptJob | null): JournaledAttempt {
    const key = attemptKey(runId, attempt)
    const held: JournaledAttempt = this.byKey.get(key) ?? {
      runId,
      attempt,
      token,
      job,
      request: null,
      process: null,
      hasEnded: false,
      lastSeq: 0,
      storedSeq: 0,
      unstored: [],
      sendBelowSeq: Infinity,
    }
    this.byKey.set(key, held)
    return held
  }

  private applyReport(report: Report, line: LineRef): JournaledAttempt | undefined {
    const attempt = this.byKey.get(attemptKey(report.runId, report.attempt))
    if (attempt === undefined || report.seq !== attempt.lastSeq + 1) return undefined // replayed once more
    attempt.lastSeq = report.seq
    if (report.body.kind === 'ended') attempt.hasEnded = true
    if (report.seq <= attempt.storedSeq) return attempt
    attempt.unstored.push({ seq: report.seq, line })
    this.unstoredLineBytes += line.length
    return attempt
  }

  private applyStored(key: string, seq: number): JournaledAttempt | undefined {
    const attempt = this.byKey.get(key)
    if (attempt === undefined) return undefined
    attempt.storedSeq = Math.max(attempt.storedSeq, seq)
    attempt.lastSeq = Math.max(attempt.lastSeq, seq) // after a rewrite the stored reports themselves are gone
    let count = 0
    for (const ref of attempt.unstored) {
      if (ref.seq > attempt.storedSeq) break
      this.unstoredLineBytes -= ref.line.length
      count++
    }
    attempt.unstored.splice(0, count)
    if (attempt.hasEnded && attempt.storedSeq >= attempt.lastSeq) this.drop(key)
    return attempt
  }

  private drop(key: string): void {
    const attempt = this.byKey.get(key)
    if (attempt === undefined) return
    for (const ref of attempt.unstored) this.unstoredLineBytes -= ref.line.length
    attempt.unstored.length = 0
    this.byKey.delete(key)
  }

  private compactIfMostlyDead(): void {
    if (this.file.sizeBytes <= this.compactAboveBytes || this.unstoredLineBytes >= this.file.sizeBytes / 4)
      return
    try {
      this.compact()
    } catch (error) {
      if (!(error instanceof JournalBrokenError)) throw error // the agent ends, and was told why
    }
  }

  /** Rewrites the file with what is still needed. */
  private compact(): void {
    if (this.file.sizeBytes > 0) this.file.rewrite(this.linesToKeep())
  }

  private *linesToKeep(): Iterable<string | LineRef> {
    const line = (entry: Entry) => JSON.stringify(entry)
    yield line({ t: 'incarnation', number: this.lastIncarnation })
    if (this.leftCleanly) yield line({ t: 'left' })
    for (const [runId, { sweepId, attempt, stop }] of this.known) {
      yield line({ t: 'known', runId, sweepId, attempt, ...(stop === null ? {} : { stop }) })
    }
    for (const [key, attempt] of this.byKey) {
      const { runId, token, job, request, process } = attempt
      if (job === null) yield line({ t: 'unaccepted', runId, attempt: attempt.attempt, token })
      else yield line({ t: 'accepted', job })
      if (process !== null) yield line({ t: 'process', key, process })
      if (request !== null) yield line({ t: 'request', key, request })
      if (attempt.storedSeq > 0) yield line({ t: 'stored', key, seq: attempt.storedSeq })
      for (const ref of attempt.unstored) yield ref.line
    }
  }
}

/** A report's line without its text, so that the text can be cut out and sent without parsing it. */
const REPORT_PREFIX = '{"t":"report","report":'
const NOWHERE: LineRef = { area: 'main', offset: 0, length: 0 }
const ENTRY_TYPES = new Set<string>([
  'incarnation',
  'left',
  'known',
  'accepted',
  'unaccepted',
  'starting',
  'process',
  'request',
  'report',
  'stored',
  'forgotten',
  'sweepEnded',
] satisfies Entry['t'][])
