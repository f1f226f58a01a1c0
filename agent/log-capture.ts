// What a training process prints, as log chunks for the controller: coalesced, made storable, and capped. Past the
// cap only the newest text is kept, and handed over at the end.
import { StringDecoder } from 'node:string_decoder'
import { REDACTED } from '../runtime/redact-secrets.ts'
import { makeStorable } from './report-sources/report-json.ts'
import type { Notice } from './report-sources/metric-rows.ts'

export type LogStream = 'stdout' | 'stderr'

export interface LogCaptureOptions {
  readonly onChunk: (stream: LogStream, text: string) => void
  readonly onNotice: (notice: Notice) => void
  /** Bytes of both streams together that are handed over as they come. @default 4 MiB */
  readonly capBytes?: number
  /** Bytes per stream kept from after the cap. @default 64 KiB */
  readonly tailBytes?: number
  /** @default 200 */
  readonly coalesceMs?: number
  /** A text that is not kept: `***` stands in its place. @default none */
  readonly secret?: string
}

const CHUNK_CHARACTERS = 65_536
const STDERR_TAIL_LINES = 20
const STDERR_TAIL_CHARACTERS = 4096

interface StreamState {
  readonly decoder: StringDecoder
  pending: string
  /** After the cap: the newest bytes. */
  tail: Buffer
  droppedBytes: number
}

export class LogCapture {
  private readonly capBytes: number
  private readonly tailBytes: number
  private readonly streams: Record<LogStream, StreamState> = { stdout: newStream(), stderr: newStream() }
  private timer: NodeJS.Timeout | null = null
  private takenBytes = 0
  private isCapped = false
  private stderrText = ''

  constructor(private readonly options: LogCaptureOptions) {
    this.capBytes = options.capBytes ?? 4 * 1024 * 1024
    this.tailBytes = options.tailBytes ?? 65_536
  }

  push(stream: LogStream, chunk: Buffer): void {
    const state = this.streams[stream]
    const room = Math.max(0, this.capBytes - this.takenBytes)
    const taken = chunk.subarray(0, room)
    this.takenBytes += taken.length
    if (taken.length > 0) this.takeText(stream, state, state.decoder.write(taken))
    if (taken.length < chunk.length) this.takeBeyondCap(state, chunk.subarray(taken.length))
    if (stream === 'stderr') this.keepStderr(chunk)
  }

  /** Hands over everything that is left. */
  end(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    for (const stream of ['stdout', 'stderr'] as const) {
      const state = this.streams[stream]
      state.pending += state.decoder.end()
      const skipped = state.droppedBytes - state.tail.length
      if (skipped > 0) {
        this.handOver(stream, this.conceal(state.pending))
        state.pending = `[... ${skipped} bytes not kept ...]\n`
      }
      state.pending += state.tail.toString('utf8')
      this.handOver(stream, this.conceal(state.pending))
      state.pending = ''
    }
  }

  /** The last lines of standard error; null when there were none. */
  get stderrTail(): string | null {
    const lines = this.conceal(this.stderrText).trimEnd().split('\n').slice(-STDERR_TAIL_LINES)
    const text = lines.join('\n').slice(-STDERR_TAIL_CHARACTERS)
    return text === '' ? null : makeStorable(text)
  }

  private takeText(stream: LogStream, state: StreamState, text: string): void {
    state.pending += text
    if (state.pending.length >= CHUNK_CHARACTERS) this.flush(stream, state)
    else this.timer ??= setTimeout(() => this.flushAll(), this.options.coalesceMs ?? 200)
  }

  private takeBeyondCap(state: StreamState, bytes: Buffer): void {
    if (!this.isCapped) {
      this.isCapped = true
      this.flushAll()
      this.options.onNotice({
        code: 'log_truncated',
        text: `The log is over ${this.capBytes} bytes: from here on only its last ${this.tailBytes} bytes are kept.`,
      })
    }
    state.droppedBytes += bytes.length
    const newest = bytes.subarray(Math.max(0, bytes.length - this.tailBytes))
    const older = state.tail.subarray(Math.max(0, state.tail.length + newest.length - this.tailBytes))
    state.tail = Buffer.concat([older, newest])
  }

  private keepStderr(chunk: Buffer): void {
    const newest = chunk.subarray(Math.max(0, chunk.length - 2 * STDERR_TAIL_CHARACTERS)).toString('utf8')
    this.stderrText = (this.stderrText + newest).slice(-2 * STDERR_TAIL_CHARACTERS)
  }

  private flushAll(): void {
    this.timer = null
    this.flush('stdout', this.streams.stdout)
    this.flush('stderr', this.streams.stderr)
  }

  private flush(stream: LogStream, state: StreamState): void {
    const whole = this.conceal(state.pending)
    const cut = this.findBegunSecret(whole)
    state.pending = whole.slice(cut)
    this.handOver(stream, whole.slice(0, cut))
  }

  private handOver(stream: LogStream, whole: string): void {
    const text = makeStorable(whole)
    for (let at = 0; at < text.length;) {
      let end = Math.min(at + CHUNK_CHARACTERS, text.length)
      if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end-- // never cut a character in two
      this.options.onChunk(stream, text.slice(at, end))
      at = end
    }
  }

  private conceal(text: string): string {
    const { secret } = this.options
    return secret === undefined ? text : text.replaceAll(secret, REDACTED)
  }

  /** Where the text's end may be the secret's beginning, whose rest may come; else its length. */
  private findBegunSecret(text: string): number {
    const { secret = '' } = this.options
    for (let length = Math.min(secret.length - 1, text.length); length > 0; length--) {
      if (text.endsWith(secret.slice(0, length))) return text.length - length
    }
    return text.length
  }
}

function newStream(): StreamState {
  return { decoder: new StringDecoder('utf8'), pending: '', tail: Buffer.alloc(0), droppedBytes: 0 }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
