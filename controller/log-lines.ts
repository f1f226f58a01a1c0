// A run's logs as lines with numbers. Reports cut logs where they like: a line that goes on in the next report of the
// same stream is put together again.
import { CLIENT_SEQ_BASE } from '../sweeps/client-run.ts'
import type { LogChunk, StoreReads } from '../sweeps/store.ts'
import type { RunId } from '../sweeps/sweep.ts'

export interface LogLine {
  /** From 0. */
  readonly number: number
  readonly at: number
  readonly stream: LogChunk['stream']
  readonly text: string
}

/** Where a page begins: after a report, with the number of the next line. */
export interface LogPlace {
  readonly attempt: number
  readonly seq: number
  readonly number: number
}

/** Reports that are read at one time. */
const PAGE = 100

/** Lines from the place on, at least `count` if there are so many, and where the next page begins; null: nothing is left. */
export async function readLogLines(
  store: Pick<StoreReads, 'readLogs'>,
  runId: RunId,
  count: number,
  from: LogPlace | null,
): Promise<{ lines: LogLine[]; next: LogPlace | null }> {
  const lines: LogLine[] = []
  const joiner = new LineJoiner(from?.number ?? 0)
  for (let after = from; ;) {
    const chunks = await store.readLogs(runId, { limit: PAGE, ...(after === null ? {} : { after }) })
    for (const chunk of chunks) {
      lines.push(...joiner.take(chunk))
      after = { attempt: chunk.attempt, seq: chunk.seq, number: joiner.number }
      // Between two pages no line may be open, unless one never ends.
      if (lines.length >= count && (!joiner.isOpen || lines.length >= 2 * count)) {
        lines.push(...joiner.end())
        return { lines, next: { ...after, number: joiner.number } }
      }
    }
    if (chunks.length < PAGE) return { lines: [...lines, ...joiner.end()], next: null }
  }
}

/** The last `count` lines. Reads the whole log, and holds no more of it than that. */
export async function readLastLogLines(
  store: Pick<StoreReads, 'readLogs'>,
  runId: RunId,
  count: number,
): Promise<LogLine[]> {
  let last: LogLine[] = []
  let next: LogPlace | null = null
  do {
    const page: { lines: LogLine[]; next: LogPlace | null } = await readLogLines(store, runId, 1_000, next)
    last = [...last, ...page.lines].slice(-count)
    next = page.next
  } while (next !== null)
  return count <= 0 ? [] : last
}

class LineJoiner {
  private readonly open = new Map<LogChunk['stream'], { at: number; text: string }>()

  constructor(public number: number) {}

  get isOpen(): boolean {
    return this.open.size > 0
  }

  take({ stream, text, at, seq }: LogChunk): LogLine[] {
    const before = this.open.get(stream)
    this.open.delete(stream)
    const parts = ((before?.text ?? '') + text).split('\n')
    const rest = parts.pop() ?? ''
    const lines = parts.map((part) => this.line(part, stream, at))
    // A client sends whole lines, and notices are whole.
    if (rest === '') return lines
    if (seq >= CLIENT_SEQ_BASE || stream === 'notice') return [...lines, this.line(rest, stream, at)]
    this.open.set(stream, { at, text: rest })
    return lines
  }

  end(): LogLine[] {
    const lines = [...this.open].map(([stream, { at, text }]) => this.line(text, stream, at))
    this.open.clear()
    return lines
  }

  private line(text: string, stream: LogChunk['stream'], at: number): LogLine {
    this.number += 1
    return { number: this.number - 1, at, stream, text: text.endsWith('\r') ? text.slice(0, -1) : text }
  }
}
