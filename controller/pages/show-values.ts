// Values of runs as pages show them.
import { flattenPlain } from './flatten-plain.ts'
import { markup, said, table } from './html.ts'
import type { Html } from './html.ts'

/** Names in a dotted row, sorted by the order in which they are kept. */
export function valueTable(values: Readonly<Record<string, unknown>>, empty: string): Html {
  const rows = flattenPlain(values).slice(0, MAX_ROWS)
  return table(
    { columns: ['name', 'value'], rows: rows.map(([name, value]) => [said(name), shown(value)]) },
    empty,
  )
}

const MAX_ROWS = 500

export function shown(value: unknown): Html {
  if (typeof value === 'number') return markup`${showNumber(value)}`
  if (typeof value === 'string') return said(value)
  return value === undefined ? markup`` : said(JSON.stringify(value))
}

/** Six digits: a table is looked at. */
export function showNumber(value: number | null): string {
  if (value === null) return ''
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value)
  if (Math.abs(value) >= 1e6) return value.toFixed(0)
  return String(Number(value.toPrecision(6)))
}

export function showTime(at: number | null): string {
  return at === null ? '' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

export function showSeconds(from: number | null, to: number | null): string {
  if (from === null || to === null) return ''
  const seconds = Math.max(0, to - from) / 1000
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
