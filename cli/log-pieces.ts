// A run's log as the server gives it (pieces of text, in their order), cut down to what was asked for: one stream,
// from a time on, lines with a text in them, the last lines. Pure.
import type { ReadLogsResponse } from '../sweeps/run-schema.ts'
import { SweepError } from '../sweeps/errors.ts'
import { parseDuration } from './durations.ts'

export type LogPiece = ReadLogsResponse['chunks'][number]

/** Epoch milliseconds, or how long ago. */
export type Since = { readonly at: number } | { readonly agoMs: number }

/** `10m`, or an ISO 8601 time. @throws SweepError USAGE */
export function parseSince(text: string, flag: string): Since {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const at = Date.parse(text)
    if (!Number.isNaN(at)) return { at }
    throw new SweepError('USAGE', `${flag}: "${text}" is not a time`, {
      hint: 'Write it as 2026-11-20T14:00:00Z, or as 10m.',
    })
  }
  return { agoMs: parseDuration(text, flag) }
}

export interface PieceFilter {
  /** Earlier pieces are left out, by the clock of the machine that trains. */
  readonly sinceMs: number | null
  readonly isStderrOnly: boolean
}

export function isWanted({ sinceMs, isStderrOnly }: PieceFilter, piece: LogPiece): boolean {
  return (!isStderrOnly || piece.stream === 'stderr') && (sinceMs === null || Date.parse(piece.at) >= sinceMs)
}

/** Puts the lines of each stream together from their pieces, and hands over those that hold a text. */
export interface LineSearch {
  add(piece: LogPiece): LogPiece[]
  /** What has no line end yet. */
  rest(): LogPiece[]
}

/** Longer lines are searched and shown in parts, so that a log without line ends does not fill the memory. */
const MAX_LINE = 1_048_576

/** @param text taken literally: no pattern can hang the search */
export function createLineSearch(text: string): LineSearch {
  const open = new Map<string, LogPiece>()
  const found = (pieces: readonly LogPiece[]) => pieces.filter((piece) => piece.text.includes(text))
  return {
    add(piece) {
      if (piece.stream === 'notice') return found([piece])
      const key = `${piece.attempt} ${piece.stream}`
      const lines = ((open.get(key)?.text ?? '') + piece.text).split(/(?<=\n)/)
      const last = lines.at(-1) ?? ''
      if (last.endsWith('\n') || last.length > MAX_LINE) open.delete(key)
      else open.set(key, { ...piece, text: lines.pop() ?? '' })
      return found(lines.map((line) => ({ ...piece, text: line })))
    },
    rest() {
      const left = [...open.values()].map((piece) => ({ ...piece, text: `${piece.text}\n` }))
      open.clear()
      return found(left)
    },
  }
}

export interface Tail {
  add(piece: LogPiece): void
  pieces(): LogPiece[]
}

/** Keeps the pieces that hold the last `count` lines, the first of them cut. */
export function createTail(count: number): Tail {
  const kept: { piece: LogPiece; lines: number }[] = []
  let total = 0
  return {
    add(piece) {
      const lines = piece.text.split('\n').length - (piece.text.endsWith('\n') ? 1 : 0)
      kept.push({ piece, lines })
      total += lines
      while (kept[0] && total - kept[0].lines >= count) total -= kept.shift()?.lines ?? 0
    },
    pieces() {
      const excess = total - count
      return kept.map(({ piece }, index) =>
        index === 0 && excess > 0
          ? { ...piece, text: piece.text.split('\n').slice(excess).join('\n') }
          : piece,
      )
    },
  }
}
