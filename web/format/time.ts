// Durations (7m41s), ages (6h) and moments, as every screen writes them.
import { NOTHING } from './number.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The two largest units: `0.4s`, `12s`, `7m41s`, `1h50m`, `2d4h`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NOTHING
  const length = Math.max(0, ms)
  if (length < 950) return `${(length / SECOND).toFixed(1)}s`
  if (length < 59_500) return `${Math.round(length / SECOND)}s`
  if (length < HOUR - SECOND / 2) return inTwo(length, MINUTE, 'm', SECOND, 's')
  if (length < DAY - MINUTE / 2) return inTwo(length, HOUR, 'h', MINUTE, 'm')
  return inTwo(length, DAY, 'd', HOUR, 'h')
}

function inTwo(length: number, large: number, largeName: string, small: number, smallName: string): string {
  const smallCount = Math.round(length / small)
  const perLarge = large / small
  const rest = smallCount % perLarge
  const whole = Math.floor(smallCount / perLarge)
  return rest === 0 ? `${whole}${largeName}` : `${whole}${largeName}${rest}${smallName}`
}

/** How long ago, in one unit: `2s`, `41m`, `6h`, `2d`. */
export function formatAge(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NOTHING
  const age = Math.max(0, ms)
  if (age < MINUTE) return `${Math.floor(age / SECOND)}s`
  if (age < HOUR) return `${Math.floor(age / MINUTE)}m`
  if (age < 2 * DAY) return `${Math.floor(age / HOUR)}h`
  return `${Math.floor(age / DAY)}d`
}

/** A moment in the reader's time zone: `2026-11-22 04:17:05`. */
export function formatMoment(atMs: number | null | undefined): string {
  if (atMs === null || atMs === undefined || !Number.isFinite(atMs)) return NOTHING
  const at = new Date(atMs)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** An ISO 8601 time of the API as epoch milliseconds; null: there is none. */
export function toMs(time: string | null | undefined): number | null {
  return time === null || time === undefined ? null : Date.parse(time)
}
