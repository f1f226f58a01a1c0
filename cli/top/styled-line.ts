// A line of the screen as pieces with a look, laid out in columns of the terminal, before it becomes text with escape
// sequences.
import type { Paint } from '../terminal.ts'
import { cutToWidth, graphemesOf, oneLineOf, textWidth } from '../text-width.ts'

export type Look = keyof Paint | 'plain'
export interface Piece {
  readonly text: string
  readonly look: Look
}
export type Line = readonly Piece[]

/** The text is taken as it is: what came from outside goes through `oneLineOf` first. */
export function piece(text: string, look: Look = 'plain'): Piece {
  return { text, look }
}

/** Text from outside. */
export function foreign(text: string, look: Look = 'plain'): Piece {
  return { text: oneLineOf(text), look }
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + textWidth(text), 0)
}

/** At most `width` columns. */
export function cutLine(line: Line, width: number): Line {
  const kept: Piece[] = []
  let room = width
  for (const { text, look } of line) {
    if (room <= 0) break
    const cut = cutToWidth(text, room)
    kept.push({ text: cut, look })
    room -= cut === text ? textWidth(cut) : room
  }
  return kept
}

/** Groups of pieces with a separator between them, as many as fit whole; the first is always there. */
export function joinThatFit(groups: readonly Line[], separator: string, width: number): Line {
  const line: Piece[] = []
  let used = 0
  for (const group of groups.filter((pieces) => pieces.length > 0)) {
    const needed = lineWidth(group) + (line.length === 0 ? 0 : textWidth(separator))
    if (line.length > 0 && used + needed > width) continue
    if (line.length > 0) line.push(piece(separator, 'dim'))
    line.push(...group)
    used += needed
  }
  return cutLine(line, width)
}

/** Signs that a terminal without UTF-8 is shown instead, of the same width. */
const ASCII: Readonly<Record<string, string>> = {
  '◌': '.',
  '●': '*',
  '✓': '+',
  '⊣': '|',
  '✗': 'x',
  '⊘': '-',
  '↻': '~',
  '★': '*',
  '▸': '>',
  '▇': '#',
  '░': '.',
  '·': '-',
  '…': '>',
  '±': '~',
  '→': '>',
  '–': '-',
  '↑': '^',
  '↓': 'v',
  '─': '-',
  '\u00d7': 'x',
}

/** @param isAscii every sign outside of ASCII becomes one within, so that columns stay in their places */
export function dressLine(line: Line, paint: Paint, isAscii: boolean): string {
  return line
    .map(({ text, look }) => {
      const shown = isAscii ? asciiOf(text) : text
      return look === 'plain' ? shown : paint[look](shown)
    })
    .join('')
}

function asciiOf(text: string): string {
  if (/^[\u0020-\u007e]*$/.test(text)) return text
  return graphemesOf(text)
    .map((sign) => (/^[\u0020-\u007e]$/.test(sign) ? sign : (ASCII[sign] ?? '?'.repeat(textWidth(sign)))))
    .join('')
}
