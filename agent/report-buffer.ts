// One attempt's way into the journal: gathers metric rows into reports, writes logs and notices, and on a full disk
// counts what it had to drop and says so as soon as it can.
import type { MetricRow, ReportBody } from '../sweeps/protocol.ts'
import { JournalBrokenError, JournalFullError } from './journal.ts'
import type { Journal } from './journal.ts'

export interface ReportBufferOptions {
  readonly key: string
  readonly journal: Journal
  /** A report was written. */
  readonly onReport: () => void
  /** Epoch milliseconds. */
  readonly now: () => number
}

const MAX_ROWS = 2000
const MAX_BYTES = 128 * 1024
/** Rows wait this long for company; longer when the controller is away, so that a day of it stays a short list. */
const GATHER_MS = 20
const GATHER_MS_WITH_BACKLOG = 1_000
const BACKLOG_COUNT = 1_000

export class ReportBuffer {
  private rows: MetricRow[] = []
  private bytes = 0
  private timer: NodeJS.Timeout | null = null
  private droppedCount = 0

  constructor(private readonly options: ReportBufferOptions) {}

  addRow(row: MetricRow): void {
    this.rows.push(row)
    this.bytes += estimateBytes(row)
    if (this.rows.length >= MAX_ROWS || this.bytes >= MAX_BYTES) return this.flush()
    const hasBacklog = this.options.journal.unstoredCount > BACKLOG_COUNT
    this.timer ??= setTimeout(() => this.flush(), hasBacklog ? GATHER_MS_WITH_BACKLOG : GATHER_MS)
  }

  /** Everything that may be dropped on a full disk; rows that came before are written first. */
  add(body: ReportBody & { kind: 'log' | 'notice' | 'provenance' | 'system' }): void {
    this.flush()
    this.write(body)
  }

  /** `started` and `ended`: on disk when the promise resolves. */
  async addDurable(body: ReportBody & { kind: 'started' | 'ended' }): Promise<void> {
    this.flush()
    const written = this.options.journal.report(this.options.key, this.withDropped(body), this.options.now())
    await written
    this.options.onReport()
  }

  /** Writes the rows gathered so far. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    if (this.rows.length === 0) return
    const rows = this.rows
    this.rows = []
    this.bytes = 0
    this.write({ kind: 'metrics', rows })
  }

  private write(body: ReportBody): void {
    try {
      this.writeMarker()
      void this.options.journal.report(this.options.key, body, this.options.now())
      this.options.onReport()
    } catch (error) {
      // The agent ends, and the attempt is worked again. Thrown from a timer, it would end without its last words.
      if (error instanceof JournalBrokenError) return
      if (!(error instanceof JournalFullError)) throw error
      // Samples of the machine are missed by nobody; a marker for them would make a whole run look torn.
      if (body.kind !== 'system') this.droppedCount += body.kind === 'metrics' ? body.rows.length : 1
    }
  }

  private writeMarker(): void {
    if (this.droppedCount === 0) return
    const body: ReportBody = { kind: 'notice', code: 'reports_dropped', text: this.droppedText() }
    void this.options.journal.report(this.options.key, body, this.options.now())
    this.droppedCount = 0
  }

  /** The end is written even on a full disk: it carries the marker when nothing before it could. */
  private withDropped(body: ReportBody): ReportBody {
    if (body.kind !== 'ended' || this.droppedCount === 0) return body
    const reason = [body.reason, this.droppedText()].filter((part) => part !== null).join(' ')
    return { ...body, reason }
  }

  private droppedText(): string {
    return `${this.droppedCount} metric rows and other reports were dropped: the disk of the agent was full.`
  }
}

/** Near the length of its JSON, without printing it. */
function estimateBytes(row: MetricRow): number {
  let bytes = 60
  for (const key in row.metrics) bytes += key.length + 24
  if (row.values !== undefined) bytes += JSON.stringify(row.values).length
  return bytes
}
