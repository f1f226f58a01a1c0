// What W&B's filters and orders may name of a run: `state`, `created_at`, `config.lr`, `summary_metrics.acc.max` ...
// One table of names, read by both.
import { nearestName } from '../../sweeps/nearest-name.ts'
import { SweepError } from '../../sweeps/errors.ts'

/** A run as W&B's filters see it. Times are epoch milliseconds. */
export interface WandbRunFacts {
  /** What W&B calls `name` is the id. */
  readonly name: string
  readonly displayName: string
  /** W&B's word and ours, where they differ: either fits. */
  readonly states: readonly string[]
  readonly project: string
  readonly sweep: string | null
  readonly group: string | null
  readonly jobType: string | null
  readonly tags: readonly string[]
  readonly notes: string
  readonly commit: string | null
  readonly host: string | null
  readonly user: string
  readonly createdAt: number
  readonly heartbeatAt: number | null
  /** Seconds; null before it started. */
  readonly duration: number | null
  /** Plain JSON: values by key, without W&B's wrapping. */
  readonly config: JsonObject
  readonly summary: JsonObject
}
export type JsonObject = Readonly<Record<string, unknown>>

export interface RunField {
  /** undefined: the run has no such value. */
  read(run: WandbRunFacts): unknown
  /** Its numbers are times, which a filter may give as ISO 8601. */
  readonly isTime: boolean
}

const FIELDS: Readonly<Record<string, (run: WandbRunFacts) => unknown>> = {
  name: (run) => run.name,
  display_name: (run) => run.displayName,
  state: (run) => run.states,
  project: (run) => run.project,
  sweep: (run) => run.sweep,
  group: (run) => run.group,
  job_type: (run) => run.jobType,
  tags: (run) => run.tags,
  notes: (run) => run.notes,
  commit: (run) => run.commit,
  host: (run) => run.host,
  user: (run) => run.user,
  created_at: (run) => run.createdAt,
  heartbeat_at: (run) => run.heartbeatAt,
  duration: (run) => run.duration,
}

const ALIASES: Readonly<Record<string, string>> = {
  id: 'name',
  displayName: 'display_name',
  sweepName: 'sweep',
  sweep_name: 'sweep',
  'sweep.name': 'sweep',
  groupName: 'group',
  jobType: 'job_type',
  username: 'user',
  'user.username': 'user',
  'user.name': 'user',
  description: 'notes',
  createdAt: 'created_at',
  heartbeatAt: 'heartbeat_at',
  updatedAt: 'heartbeat_at',
  updated_at: 'heartbeat_at',
  runtime: 'duration',
}

const TIMES: ReadonlySet<string> = new Set(['created_at', 'heartbeat_at'])

/**
 * @param path as a filter or an order names it
 * @throws SweepError REQUEST_INVALID for a name that runs do not have: silence would select nothing, or everything
 */
export function parseRunField(path: string): RunField {
  const config = readAfter(path, ['config.'])
  if (config !== null) return { read: (run) => readConfig(run.config, config), isTime: false }
  const summary = readAfter(path, ['summary_metrics.', 'summaryMetrics.', 'summary.'])
  if (summary !== null) return { read: (run) => readPath(run.summary, summary), isTime: false }
  const keys = readAfter(path, ['keys_info.keys.'])
  if (keys !== null) return { read: (run) => readPath(run.summary, keys), isTime: false }
  const name = Object.hasOwn(ALIASES, path) ? (ALIASES[path] ?? path) : path
  const read = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
  if (read === undefined) throw unknownField(path)
  return { read, isTime: TIMES.has(name) }
}

function readAfter(path: string, prefixes: readonly string[]): readonly string[] | null {
  const prefix = prefixes.find((one) => path.startsWith(one) && path.length > one.length)
  return prefix === undefined ? null : path.slice(prefix.length).split('.')
}

/** `config.lr`, `config.lr.value` and `config.optimizer.value.name` are the same with and without `value`. */
function readConfig(config: JsonObject, parts: readonly string[]): unknown {
  const found = readPath(config, parts)
  if (found !== undefined) return found
  const at = parts.indexOf('value', 1)
  return at < 0
    ? undefined
    : readPath(
        config,
        parts.filter((_, index) => index !== at),
      )
}

/** A key may hold points itself: the longest key that is there wins. */
export function readPath(value: unknown, parts: readonly string[]): unknown {
  if (parts.length === 0) return value
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  for (let length = parts.length; length > 0; length -= 1) {
    const key = parts.slice(0, length).join('.')
    if (!Object.hasOwn(value, key)) continue
    const found = readPath((value as JsonObject)[key], parts.slice(length))
    if (found !== undefined) return found
  }
  return undefined
}

function unknownField(path: string): SweepError {
  const known = Object.keys(FIELDS)
  const near = nearestName(path, [...known, ...Object.keys(ALIASES), `summary_metrics.${path}`])
  return new SweepError('REQUEST_INVALID', `filters: runs have no field "${path}"`, {
    at: `filters.${path}`,
    hint: `${near === null ? '' : `Did you mean ${near}? `}There are ${known.join(', ')}, config.NAME and summary_metrics.NAME.`,
  })
}

/** Of several numbers that define_metric keeps (`{"min": 0.1, "max": 0.9}`) the one that an order or a filter means. */
export function scalarOf(value: unknown, wants: 'smallest' | 'largest' | 'last'): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const kept = SUMMARY_WORDS.flatMap((word) => {
    const one = Object.hasOwn(value, word) ? (value as JsonObject)[word] : undefined
    return typeof one === 'number' ? [{ word, one }] : []
  })
  if (kept.length === 1) return kept[0]?.one
  const word = wants === 'smallest' ? 'min' : wants === 'largest' ? 'max' : 'last'
  return kept.find((found) => found.word === word)?.one ?? value
}
const SUMMARY_WORDS = ['last', 'best', 'min', 'max', 'mean', 'first'] as const
