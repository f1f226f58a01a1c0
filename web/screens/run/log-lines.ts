// A run's log as lines: reports cut it where they like, so a line that goes on in the next report of the same stream is
// put together again; of a line that was printed over (`\r`, progress bars) the last state is shown. Pure.
import type { components } from '../../api/openapi.d.ts'

export type LogChunk = components['schemas']['ReadLogsResponse']['chunks'][number]
export type LogStream = LogChunk['stream']

export interface LogLine {
  readonly attempt: number
  readonly stream: LogStream
  /** Epoch ms of the report that ended it. */
  readonly atMs: number
  readonly text: string
}

/** Lines of a client's report are whole; an agent's may go on (sweeps/client-run.ts). */
const CLIENT_SEQ_BASE = 2 ** 40

export class LogJoiner {
  readonly #open = new Map<string, LogLine>()

  /** @returns the lines that are whole now */
  take({ attempt, seq, stream, at, text }: LogChunk): LogLine[] {
    const key = `${attempt} ${stream}`
    const atMs = Date.parse(at)
    const before = this.#open.get(key)
    this.#open.delete(key)
    const parts = ((before?.text ?? '') + text).split('\n')
    const rest = parts.pop() ?? ''
    const lines = parts.map((part) => ({ attempt, stream, atMs, text: printedOver(part) }))
    if (rest === '') return lines
    if (seq >= CLIENT_SEQ_BASE || stream === 'notice')
      return [...lines, { attempt, stream, atMs, text: printedOver(rest) }]
    this.#open.set(key, { attempt, stream, atMs, text: rest })
    return lines
  }

  /** Lines that have no end yet, as they stand. */
  get open(): LogLine[] {
    return [...this.#open.values()].map((line) => ({ ...line, text: printedOver(line.text) }))
  }
}

/** What a terminal would show at last: what comes after `\r` is written over what stands there. */
export function printedOver(text: string): string {
  if (!text.includes('\r')) return text
  let shown = ''
  for (const part of text.split('\r')) {
    if (part === '') continue
    // Colours have no width: a part with them replaces all, as progress bars do.
    shown = part.length >= shown.length || part.includes('\u001b') ? part : part + shown.slice(part.length)
  }
  return shown
}

export interface TextPiece {
  readonly text: string
  /** 0 to 7, or 8 to 15 for the bright ones; null: as everything else. */
  readonly colour: number | null
  readonly isBold: boolean
}

// Colours and weights, other control sequences, titles of windows, and single characters of control but the tab.
const SEQUENCE =
  /\u001b\[([0-9;:]*)m|\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[@-_]?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Colours of terminals as pieces; every other control character is left out. */
export function readAnsi(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let colour: number | null = null
  let isBold = false
  let from = 0
  const push = (part: string) => {
    if (part !== '') pieces.push({ text: part, colour, isBold })
  }
  for (const match of text.matchAll(SEQUENCE)) {
    push(text.slice(from, match.index))
    from = match.index + match[0].length
    if (match[1] === undefined) continue
    ;({ colour, isBold } = applyCodes(match[1], { colour, isBold }))
  }
  push(text.slice(from))
  return pieces
}

export function stripAnsi(text: string): string {
  return text.replace(SEQUENCE, '')
}

interface Look {
  readonly colour: number | null
  readonly isBold: boolean
}

function applyCodes(text: string, before: Look): Look {
  let { colour, isBold } = before
  const codes = text.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)))
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0
    if (code === 0) [colour, isBold] = [null, false]
    else if (code === 1) isBold = true
    else if (code === 22) isBold = false
    else if (code >= 30 && code <= 37) colour = code - 30
    else if (code >= 90 && code <= 97) colour = code - 82
    else if (code === 39) colour = null
    else if (code === 38 || code === 48) {
      // Of 256 colours the first 16 are known here; all others are left as they are.
      const isIndexed = codes[index + 1] === 5
      const chosen = codes[index + 2]
      if (isIndexed && code === 38) colour = chosen !== undefined && chosen < 16 ? chosen : null
      index += isIndexed ? 2 : 4
    }
  }
  return { colour, isBold }
}
