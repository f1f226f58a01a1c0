// Numbers as every screen writes them: four significant digits, an exponent where zeros would only be counted.
import type { MetricValue } from '../api/records.ts'
import type { NumberColumn } from '../live/number-column.ts'

/** For what is not there. */
export const NOTHING = '–'

const DIGITS = 4
const LARGE = 1e6
const SMALL = 1e-3

/** A value of a parameter or an axis: `0.00073128` is `7.313e-4`, `64` is `64`, `0.5` is `0.5`. */
export function formatNumber(value: number): string {
  return trimZeros(formatValue(value))
}

/** A value of a metric, with all its digits, so that a column of them lines up: `0.283` is `0.2830`. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return String(value) // NaN, Infinity, -Infinity: the words of the API
  const size = Math.abs(value)
  if (value === 0) return '0'
  if (Number.isInteger(value) && size < LARGE) return String(value)
  if (size >= LARGE || size < SMALL) return shortExponent(value.toExponential(DIGITS - 1))
  return Number(value.toPrecision(DIGITS)) >= 10 ** DIGITS
    ? String(Math.round(value))
    : value.toPrecision(DIGITS)
}

/** A metric's value as the API tells it; `–` when there is none. */
export function formatMetric(value: MetricValue | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  return typeof value === 'number' ? formatValue(value) : value
}

/** A cell of a column: a value, `NaN`, or `–`. */
export function formatCell(column: NumberColumn | undefined, row: number): string {
  const value = column?.at(row) ?? null
  if (value !== null) return formatValue(value)
  return column?.isNaN(row) === true ? 'NaN' : NOTHING
}

/** A parameter's value of any kind. */
export function formatParameter(value: unknown): string {
  if (value === null || value === undefined) return NOTHING
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}

const counts = new Intl.NumberFormat('en-US')

/** How many: `10,000`. */
export function formatCount(count: number): string {
  return counts.format(count)
}

/** A share of 1: `0.3 %`, `12 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return NOTHING
  const percent = share * 100
  return `${Math.abs(percent) < 9.95 ? percent.toFixed(1) : percent.toFixed(0)} %`
}

/** `1 run`, `2 runs`. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

function trimZeros(text: string): string {
  if (!text.includes('.')) return text
  const [digits = '', exponent] = text.split('e')
  const short = digits.replace(/\.?0+$/, '')
  return exponent === undefined ? short : `${short}e${exponent}`
}

/** `7.313e-4`; JavaScript writes `e+6`, we write `e6`. */
function shortExponent(text: string): string {
  return text.replace('e+', 'e')
}
