// Brushed ranges: for each axis what is taken, as the URL writes it (`lr:1e-4..1e-3,opt:adam|sgd`). An open end is
// empty (`lr:..1e-3`). Of a list of texts an empty one stands for runs that do not have the parameter.
import type { SweepTable } from '../live/sweep-table.ts'
import { findAxis } from './field.ts'

export type BrushRange =
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'texts'; readonly texts: ReadonlySet<string> }

/** By the name of the axis: a parameter or a metric, as findAxis reads it. */
export type Brush = ReadonlyMap<string, BrushRange>

export const NO_BRUSH: Brush = new Map()

/** Parts that cannot be read are left out: a link that was cut still shows something. */
export function parseBrush(text: string): Brush {
  const brush = new Map<string, BrushRange>()
  for (const part of text.split(',')) {
    const colon = part.indexOf(':')
    if (colon <= 0) continue
    const name = decode(part.slice(0, colon))
    const range = parseRange(part.slice(colon + 1))
    if (range !== null) brush.set(name, range)
  }
  return brush
}

function parseRange(text: string): BrushRange | null {
  const dots = text.indexOf('..')
  if (dots < 0) return { kind: 'texts', texts: new Set(text.split('|').map(decode)) }
  const from = dots === 0 ? -Infinity : Number(text.slice(0, dots))
  const to = dots + 2 === text.length ? Infinity : Number(text.slice(dots + 2))
  if (Number.isNaN(from) || Number.isNaN(to)) return null
  return { kind: 'range', from: Math.min(from, to), to: Math.max(from, to) }
}

export function writeBrush(brush: Brush): string {
  return [...brush].map(([name, range]) => `${encode(name)}:${writeRange(range)}`).join(',')
}

function writeRange(range: BrushRange): string {
  if (range.kind === 'texts') return [...range.texts].map(encode).join('|')
  return `${writeEnd(range.from)}..${writeEnd(range.to)}`
}

/** Six digits: a pointer is not more exact, and links stay short. */
function writeEnd(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : ''
}

/** The signs of the brush's own language, `.` among them: a text with `..` is no range. */
const SIGNS = /[%,:|.]/g

function encode(text: string): string {
  return text.replace(SIGNS, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function decode(text: string): string {
  return text.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
}

/** A test for rows of this table; null: nothing is brushed. Runs without a value are outside every range. */
export function compileBrush(table: SweepTable, brush: Brush): ((row: number) => boolean) | null {
  const tests = [...brush].map(([name, range]) => {
    const field = findAxis(table, name)
    if (range.kind === 'texts') return (row: number) => range.texts.has(field.text(row) ?? '')
    return (row: number) => {
      const value = field.number(row)
      return value !== null && value >= range.from && value <= range.to
    }
  })
  return tests.length === 0 ? null : (row) => tests.every((test) => test(row))
}
