// Turns what a script reported (parsed JSON) into metric rows of one attempt: which number is the step, which keys
// are metrics and which are values, which source owns a key, and what is refused with a notice.
import { MAX_KEY_LENGTH, MAX_KEYS_PER_RUN } from '../../sweeps/protocol.ts'
import type { MetricRow, MetricValue } from '../../sweeps/protocol.ts'
import { makeStorable } from './report-json.ts'

export type ReportSource = 'stdout' | 'file' | 'http'

/** A marker for people; each code is raised once per attempt. */
export interface Notice {
  readonly code: string
  readonly text: string
}

export interface MetricRowsOptions {
  readonly onRow: (row: MetricRow) => void
  readonly onNotice: (notice: Notice) => void
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Of a distributed training, the rank whose row this is. Not `rank`: that is a metric's name, of LoRA for one. */
const RANK_KEY = '_rank'
const STEP_KEYS = ['step', '_step', 'global_step'] as const
const MAX_STRING_LENGTH = 8192
const MAX_VALUE_JSON_LENGTH = 65_536
const SOURCE_NAMES = { stdout: 'standard output', file: 'the metrics file', http: 'the report URL' } as const

type JsonValue = NonNullable<MetricRow['values']>[string]

export class MetricRows {
  private readonly owners = new Map<string, ReportSource>()
  private readonly raised = new Set<string>()
  private readonly lastStep = new Map<ReportSource, number>()

  constructor(private readonly options: MetricRowsOptions) {}

  /**
   * Takes one reported object; one that says it is of another rank than 0 counts nothing.
   * @returns false when it is no object with at least one member
   */
  add(source: ReportSource, reported: unknown): boolean {
    if (!isReportObject(reported)) return false
    if (this.isOfOtherRank(reported)) return true
    const entries = Object.entries(reported)
    const { step, stepKey } = this.takeStep(source, reported)
    // No prototype: a metric may be called `constructor`.
    const metrics: Record<string, MetricValue> = Object.create(null)
    const values: Record<string, JsonValue> = Object.create(null)
    let metricCount = 0
    let valueCount = 0
    for (const [key, value] of entries) {
      if (key === stepKey || (key === RANK_KEY && rankOf(reported) !== null) || !this.mayReport(source, key))
        continue
      if (typeof value === 'number') {
        metrics[key] = toMetricValue(value)
        metricCount++
      } else {
        const kept = this.toValue(key, value)
        if (kept === undefined) continue
        values[key] = kept
        valueCount++
      }
    }
    if (metricCount + valueCount > 0) {
      this.options.onRow({ step, at: this.options.now(), metrics, ...(valueCount > 0 ? { values } : {}) })
    }
    return true
  }

  /** Raises a notice of this attempt once. */
  notice(code: string, text: string): void {
    if (this.raised.has(code)) return
    this.raised.add(code)
    this.options.onNotice({ code, text: makeStorable(text).slice(0, 2000) })
  }

  /** What no row says cannot be known: stdout, the file and the URL are the same for all processes of a run. */
  private isOfOtherRank(row: Record<string, unknown>): boolean {
    const rank = rankOf(row)
    if (rank === null || rank <= 0) return false
    this.notice(
      'rank_dropped',
      `Rows of other ranks than 0 are dropped (the first has "${RANK_KEY}": ${rank}): of a distributed training only rank 0 counts.`,
    )
    return true
  }

  private takeStep(
    source: ReportSource,
    row: Record<string, unknown>,
  ): { step: number; stepKey: string | null } {
    for (const key of STEP_KEYS) {
      const value = Object.hasOwn(row, key) ? row[key] : undefined
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      this.lastStep.set(source, value)
      return { step: value, stepKey: key }
    }
    const last = this.lastStep.get(source) ?? -1
    if (!hasNumber(row)) return { step: Math.max(last, 0), stepKey: null } // values alone are no step
    this.lastStep.set(source, last + 1)
    return { step: last + 1, stepKey: null }
  }

  private mayReport(source: ReportSource, key: string): boolean {
    const owner = this.owners.get(key)
    if (owner === source) return true
    if (owner !== undefined) {
      this.notice(
        'copy_dropped',
        `"${key}" comes from ${SOURCE_NAMES[owner]}; its copy from ${SOURCE_NAMES[source]} is dropped, as are other copies.`,
      )
      return false
    }
    if (key === '' || key === '__proto__' || key.length > MAX_KEY_LENGTH || makeStorable(key) !== key) {
      const shown = `${JSON.stringify(key.slice(0, 60))}${key.length > 60 ? '...' : ''}`
      this.notice(
        'key_refused',
        `The name ${shown} is not taken: names have 1 to ${MAX_KEY_LENGTH} characters, no NUL, and are not "__proto__".`,
      )
      return false
    }
    if (this.owners.size >= MAX_KEYS_PER_RUN) {
      this.notice(
        'too_many_keys',
        `"${key}" is dropped: this run reports more than ${MAX_KEYS_PER_RUN} different names. Report fewer.`,
      )
      return false
    }
    this.owners.set(key, source)
    return true
  }

  private toValue(key: string, value: unknown): JsonValue | undefined {
    if (typeof value === 'string') {
      if (value.length > MAX_STRING_LENGTH) {
        this.notice('value_cut', `The text of "${key}" is kept up to ${MAX_STRING_LENGTH} characters.`)
      }
      return makeStorable(value.slice(0, MAX_STRING_LENGTH))
    }
    try {
      // Non-finite numbers inside of values become their names: JSON has no others.
      const text = JSON.stringify(value, (_key, inner: unknown) =>
        typeof inner === 'number'
          ? toMetricValue(inner)
          : typeof inner === 'string'
            ? makeStorable(inner)
            : inner,
      )
      if (text.length <= MAX_VALUE_JSON_LENGTH) return JSON.parse(text) as JsonValue // just printed from JSON
    } catch {
      // nested too deeply to be printed: refused below
    }
    this.notice(
      'value_refused',
      `"${key}" is not kept: its JSON is too deep or longer than ${MAX_VALUE_JSON_LENGTH}.`,
    )
    return undefined
  }
}

/** null: it does not say. Environments give the rank as text, and -1 where nothing is distributed. */
function rankOf(row: Record<string, unknown>): number | null {
  const rank = Object.hasOwn(row, RANK_KEY) ? row[RANK_KEY] : undefined
  if (typeof rank === 'number') return Number.isFinite(rank) ? rank : null
  return typeof rank === 'string' && /^-?\d{1,9}$/.test(rank) ? Number(rank) : null
}

/** A JSON object with at least one member. */
export function isReportObject(reported: unknown): reported is Record<string, unknown> {
  if (typeof reported !== 'object' || reported === null || Array.isArray(reported)) return false
  return Object.keys(reported).length > 0
}

export function hasNumber(reported: Readonly<Record<string, unknown>>): boolean {
  return Object.values(reported).some((value) => typeof value === 'number')
}

function toMetricValue(value: number): MetricValue {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return 'Infinity'
  if (value === -Infinity) return '-Infinity'
  return value
}
