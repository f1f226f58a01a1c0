// Lines of W&B's files as our records: a history line is a row of metrics, an event line a sample of the machine, a line
// of output.log a line of text. Names beginning with `_` are the client's own.
import { MAX_KEY_LENGTH } from '../../sweeps/protocol.ts'
import type { MetricRow, MetricValue } from '../../sweeps/protocol.ts'
import type { SystemSample } from '../../sweeps/provenance.ts'
import type { ClientLogLine, ClientRow } from '../client-runs/client-post.ts'
import { isObject, parseLenientObject } from './lenient-json.ts'

type JsonValue = NonNullable<MetricRow['values']>[string]

/** Keys that become parts of the row, or are derived again. */
const ROW_KEYS: ReadonlySet<string> = new Set(['_step', '_timestamp', '_runtime'])
const MAX_DEPTH = 16

/**
 * @param index of the line: its step when it names none
 * @param now epoch ms: its time when it names none
 * @returns null when it is no JSON object
 */
export function readHistoryLine(line: string, index: number, now: number): ClientRow | null {
  const read = parseLenientObject(line)
  if (read === null) return null
  const timestamp = finite(read['_timestamp'])
  const runtime = finite(read['_runtime'])
  const metrics: Record<string, MetricValue> = Object.create(null) as Record<string, MetricValue>
  const values: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>
  for (const [key, value] of Object.entries(read)) {
    if (!ROW_KEYS.has(key)) addValue(key, value, metrics, values, MAX_DEPTH)
  }
  return {
    step: finite(read['_step']) ?? index,
    at: timestamp === null ? now : Math.round(timestamp * 1000),
    metrics,
    ...(Object.keys(values).length === 0 ? {} : { values }),
    processStartedAt: timestamp === null || runtime === null ? null : (timestamp - runtime) * 1000,
  }
}

/** Numbers are metrics, those inside of objects too, under dotted names; media and everything else are values. */
function addValue(
  key: string,
  value: unknown,
  metrics: Record<string, MetricValue>,
  values: Record<string, JsonValue>,
  depth: number,
): void {
  if (key === '' || key === '__proto__' || key.length > MAX_KEY_LENGTH || /[\u0000\ud800-\udfff]/u.test(key))
    return
  const metric = toMetric(value)
  if (metric !== null && !key.startsWith('_')) metrics[key] = metric
  else if (isObject(value) && !('_type' in value) && Object.keys(value).length > 0 && depth > 0) {
    for (const [name, inner] of Object.entries(value))
      addValue(`${key}.${name}`, inner, metrics, values, depth - 1)
  } else values[key] = value as JsonValue // read from JSON
}

function toMetric(value: unknown): MetricValue | null {
  if (typeof value === 'number') return value
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? value : null
}

/** A line of wandb-events.jsonl: figures of the machine. @returns null when it holds none */
export function readEventLine(line: string, now: number): SystemSample | null {
  const read = parseLenientObject(line)
  if (read === null) return null
  const timestamp = finite(read['_timestamp'])
  const figures = Object.entries(read).flatMap(([key, value]): [string, number][] => {
    const isFigure = typeof value === 'number' && !key.startsWith('_') && key.length <= 100
    return isFigure ? [[key, value]] : []
  })
  if (figures.length === 0) return null
  return { at: timestamp === null ? now : Math.round(timestamp * 1000), values: Object.fromEntries(figures) }
}

/** `2026-11-22T00:56:59.913532 text`, with `ERROR ` before it for stderr. */
export function readLogLine(line: string): ClientLogLine {
  const match = /^(ERROR )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)Z? ([^]*)$/.exec(line)
  const storable = (text: string) =>
    `${text.replace(/[\u0000\ud800-\udfff]/gu, '\ufffd').replace(/\n$/, '')}\n`
  if (match === null) return { stream: 'stdout', text: storable(line), at: null }
  const [, error, time = '', text = ''] = match
  const at = Date.parse(`${time}Z`)
  return {
    stream: error === undefined ? 'stdout' : 'stderr',
    text: storable(text),
    at: Number.isNaN(at) ? null : at,
  }
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
