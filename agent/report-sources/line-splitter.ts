// Cuts a stream of bytes into the lines that may be reports, with a bound on memory whatever the bytes are.

export interface LineSplitterOptions {
  /** Called with each candidate line, without its end. */
  readonly onLine: (line: string) => void
  /** Called for a candidate line that is longer than the cap; it is thrown away. */
  readonly onLongLine: () => void
  /** Bytes. @default 1 MiB */
  readonly maxLineBytes?: number
  /** Lines that cannot be candidates are skipped without being kept. */
  readonly isCandidate: (firstByte: number) => boolean
}

const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const TAB = 0x09

/**
 * A line ends at `\n` or at `\r`: a progress bar rewrites its line with `\r`, and a report may follow it on the same
 * line.
 */
export class LineSplitter {
  private readonly maxLineBytes: number
  private kept: Buffer[] = []
  private keptBytes = 0
  /** unknown: only blanks so far; skip: no candidate, or too long. */
  private state: 'unknown' | 'keep' | 'skip' = 'unknown'

  constructor(private readonly options: LineSplitterOptions) {
    this.maxLineBytes = options.maxLineBytes ?? 1024 * 1024
  }

  push(chunk: Buffer): void {
    let start = 0
    while (start < chunk.length) {
      const end = findLineEnd(chunk, start)
      this.take(chunk.subarray(start, end))
      if (end === chunk.length) return
      this.endLine()
      start = end + 1
    }
  }

  /** The stream is over: what stands there without an end is a line too. */
  end(): void {
    this.endLine()
  }

  private take(part: Buffer): void {
    if (this.state === 'unknown') {
      let at = 0
      while (at < part.length && (part[at] === SPACE || part[at] === TAB)) at++
      const first = part[at]
      if (first === undefined) return
      this.state = this.options.isCandidate(first) ? 'keep' : 'skip'
      part = part.subarray(at)
    }
    if (this.state !== 'keep' || part.length === 0) return
    if (this.keptBytes + part.length > this.maxLineBytes) {
      this.state = 'skip'
      this.kept = []
      this.keptBytes = 0
      this.options.onLongLine()
      return
    }
    this.kept.push(Buffer.from(part)) // the chunk's memory is not ours to keep
    this.keptBytes += part.length
  }

  private endLine(): void {
    const line = this.state === 'keep' ? Buffer.concat(this.kept).toString('utf8') : null
    this.state = 'unknown'
    this.kept = []
    this.keptBytes = 0
    if (line !== null) this.options.onLine(line)
  }
}

function findLineEnd(chunk: Buffer, from: number): number {
  const newline = chunk.indexOf(NEWLINE, from)
  const end = newline < 0 ? chunk.length : newline
  const back = chunk.subarray(from, end).indexOf(RETURN)
  return back < 0 ? end : from + back
}
