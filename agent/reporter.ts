// Sends journaled reports and beats on the report stream, in order, and again until the controller has stored them.
// It holds positions, not reports: those stay on disk, however long the controller is away.
//
// What is under way (sent, not yet stored) is bounded by a window, as in TCP: it shrinks to one envelope when nothing
// is stored for a while, after a reconnect and on a new stream, and doubles with every progress. So a controller that
// is away for hours costs Redis a few MiB, not a copy of the journal every five seconds.
import type { Redis } from 'ioredis'
import { PROTOCOL_VERSION, attemptKey, redisNames } from '../sweeps/protocol.ts'
import type { Beat } from '../sweeps/protocol.ts'
import type { JobLeases } from './job-leases.ts'
import type { Journal, JournaledAttempt } from './journal.ts'

export interface ReporterOptions {
  /** Fails at once when Redis is away. */
  readonly client: Redis
  readonly deployment: string
  readonly agentId: string
  readonly agentKey: string
  readonly incarnation: number
  readonly host: string
  readonly journal: Journal
  /** Told of each beat before it is written, and when it stands in the stream. */
  readonly leases: JobLeases
  /** What the agent holds at this moment. */
  readonly describeBeat: () => Omit<Beat, 'number'>
  /** The first beat of this incarnation is in the stream, behind everything the last one left. */
  readonly onFirstBeat: () => void
  readonly onTrouble: (error: Error) => void
  /** Without progress for this long everything is sent again. @default 5_000 */
  readonly resendAfterMs?: number
}

const ENVELOPE_BYTES = 256 * 1024
/** Per attempt and pass: a flood of one attempt leaves room for the others. */
const ATTEMPT_SHARE_BYTES = 64 * 1024
const MIN_WINDOW_BYTES = 64 * 1024
const MAX_WINDOW_BYTES = 4 * 1024 * 1024
/** Between two looks at the beat: it never waits behind more than this. */
const BYTES_PER_PASS = 1024 * 1024
const RETRY_DELAY_MS = 500
const MAX_RESEND_AFTER_MS = 60_000

export class Reporter {
  private readonly names: ReturnType<typeof redisNames>
  private readonly sentSeq = new Map<string, number>()
  private readonly resendAfterMs: number
  private readonly running: Promise<void>
  private currentResendMs: number
  private inFlightBytes = 0
  private windowBytes = MAX_WINDOW_BYTES
  private lastProgressMs = performance.now()
  private beatCount = 0
  private isBeatDue = false
  private hasWork = false
  private mustCheckGeneration = true
  private generation: string | null | undefined
  private isClosed = false
  private wakeUp: (() => void) | null = null
  private readonly timer: NodeJS.Timeout
  private beatWaiters: (() => void)[] = []

  constructor(private readonly options: ReporterOptions) {
    this.names = redisNames(options.deployment)
    this.resendAfterMs = options.resendAfterMs ?? 5_000
    this.currentResendMs = this.resendAfterMs
    options.client.on('ready', this.onReady)
    this.timer = setInterval(() => this.resendWhenStuck(), Math.min(500, this.resendAfterMs))
    this.running = this.run()
  }

  /** There are new reports in the journal. */
  wake(): void {
    this.hasWork = true
    this.wakeUp?.()
  }

  beat(): void {
    this.isBeatDue = true
    this.mustCheckGeneration = true
    this.wake()
  }

  /** Resolves when a beat that is described after this call is in the stream. */
  beatNow(): Promise<void> {
    return new Promise((resolve) => {
      this.beatWaiters.push(resolve)
      this.beat()
    })
  }

  /** To be called with the answer of the controller; the journal forgets what is stored. */
  stored(key: string, seq: number): void {
    if (this.release(() => this.options.journal.stored(key, seq)) === 0) return
    this.windowBytes = Math.min(MAX_WINDOW_BYTES, this.windowBytes * 2)
    this.currentResendMs = this.resendAfterMs
    this.lastProgressMs = performance.now()
    if (this.options.journal.attempt(key) === undefined) this.sentSeq.delete(key)
    this.wake()
  }

  /** The attempt is not this agent's any more. */
  forget(key: string): void {
    this.release(() => this.options.journal.forget(key))
    this.sentSeq.delete(key)
    this.wake()
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearInterval(this.timer)
    this.options.client.off('ready', this.onReady)
    this.options.client.disconnect()
    this.wake()
    await this.running
  }

  /** @returns bytes that the journal forgot, which are no longer under way */
  private release(forget: () => void): number {
    const before = this.options.journal.unstoredBytes
    forget()
    const freedBytes = before - this.options.journal.unstoredBytes
    this.inFlightBytes = Math.max(0, this.inFlightBytes - freedBytes)
    return freedBytes
  }

  private readonly onReady = () => {
    this.sendAllAgain()
    this.beat()
  }

  private async run(): Promise<void> {
    while (!this.isClosed) {
      if (!this.hasWork || this.options.client.status !== 'ready') {
        await new Promise<void>((resolve) => (this.wakeUp = resolve))
        this.wakeUp = null
        continue
      }
      this.hasWork = false
      try {
        await this.pass()
      } catch (error) {
        if (this.isClosed) return
        this.options.onTrouble(error instanceof Error ? error : new Error(String(error)))
        this.sendAllAgain()
        this.isBeatDue = true
        setTimeout(() => this.wake(), RETRY_DELAY_MS)
      }
    }
  }

  private async pass(): Promise<void> {
    if (this.mustCheckGeneration) await this.checkGeneration()
    const isFirst = this.beatCount === 0
    // A due beat goes first: it may say that no more is taken, and an end that overtook it would bring a new offer.
    if (this.isBeatDue && !isFirst) await this.sendBeat()
    // Before the first beat everything that the last incarnation left: the leader ends what the beat does not list.
    const hasMore = await this.sendReports(isFirst ? Infinity : BYTES_PER_PASS, isFirst)
    if (this.isBeatDue) await this.sendBeat()
    if (hasMore) this.wake()
  }

  /** @returns whether reports are left that may be sent at once */
  private async sendReports(limitBytes: number, ignoresWindow: boolean): Promise<boolean> {
    let sentBytes = 0
    while (sentBytes < limitBytes) {
      if (this.isBeatDue && !ignoresWindow) return true
      const room = ignoresWindow
        ? ENVELOPE_BYTES
        : Math.min(ENVELOPE_BYTES, this.windowBytes - this.inFlightBytes)
      if (room <= 0) return false // the next answer makes room
      const { reports, bytes, upTo } = this.gather(room)
      if (reports.length === 0) return false
      if (this.inFlightBytes === 0) this.lastProgressMs = performance.now()
      // Counted before the answer: one that is lost may have reached the stream.
      for (const [key, seq] of upTo) this.sentSeq.set(key, seq)
      this.inFlightBytes += bytes
      sentBytes += bytes
      await this.append(`"reports":[${reports.join(',')}]`)
    }
    return true
  }

  /** The next reports of every attempt in turn, as JSON texts; at least one when there is any. */
  private gather(room: number): { reports: string[]; bytes: number; upTo: Map<string, number> } {
    const reports: string[] = []
    const upTo = new Map<string, number>()
    let bytes = 0
    for (const attempt of this.options.journal.attempts()) {
      const key = attemptKey(attempt.runId, attempt.attempt)
      let share = 0
      for (let index = this.nextIndex(key, attempt); ; index++) {
        const ref = attempt.unstored[index]
        if (ref === undefined || ref.seq >= attempt.sendBelowSeq) break
        const length = ref.line.length
        if (reports.length > 0 && (bytes + length > room || share + length > ATTEMPT_SHARE_BYTES)) break
        reports.push(this.options.journal.readReport(ref))
        upTo.set(key, ref.seq)
        bytes += length
        share += length
      }
      if (bytes >= room) break
    }
    return { reports, bytes, upTo }
  }

  private nextIndex(key: string, attempt: JournaledAttempt): number {
    return Math.max(0, (this.sentSeq.get(key) ?? 0) - attempt.storedSeq)
  }

  private async sendBeat(): Promise<void> {
    this.isBeatDue = false
    const waiters = this.beatWaiters
    this.beatWaiters = []
    const beat: Beat = { number: this.beatCount + 1, ...this.options.describeBeat() }
    const listed = beat.attempts.map(({ runId, attempt }) => attemptKey(runId, attempt))
    this.options.leases.sending(beat.number, listed)
    try {
      // The number grows only with the answer: a beat that was lost is not missed, one that was not is repeated.
      await this.append(`"beat":${JSON.stringify(beat)}`)
    } catch (error) {
      this.beatWaiters.push(...waiters)
      throw error
    }
    this.beatCount++
    this.options.leases.arrived(beat.number)
    if (this.beatCount === 1) this.options.onFirstBeat()
    for (const resolve of waiters) resolve()
  }

  private async append(part: string): Promise<void> {
    const { agentId, agentKey, incarnation, host, client } = this.options
    const head = JSON.stringify({ protocol: PROTOCOL_VERSION, agentId, agentKey, incarnation, host }).slice(
      0,
      -1,
    )
    await client.xadd(this.names.reports, '*', 'm', `${head},${part}}`)
  }

  /** Another generation is another stream: what was sent to the old one is gone. */
  private async checkGeneration(): Promise<void> {
    this.mustCheckGeneration = false
    const current = await this.options.client.get(this.names.generation)
    if (this.generation !== undefined && current !== this.generation) this.sendAllAgain()
    this.generation = current
  }

  private resendWhenStuck(): void {
    if (this.inFlightBytes === 0) return
    if (performance.now() - this.lastProgressMs < this.currentResendMs) return
    this.currentResendMs = Math.min(MAX_RESEND_AFTER_MS, this.currentResendMs * 2)
    this.sendAllAgain()
    this.wake()
  }

  private sendAllAgain(): void {
    this.sentSeq.clear()
    this.inFlightBytes = 0
    this.windowBytes = MIN_WINDOW_BYTES
    this.lastProgressMs = performance.now()
  }
}
