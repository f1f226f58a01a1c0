// Which run is best: finished and stopped runs ranked together by their value, ties to the one that ended first, NaN
// never ranked. Runs that are not ranked are counted by why.
import type { RunRecord } from './run.ts'
import type { MetricSpec } from './sweep.ts'

/** How many runs of each kind stand outside the ranking. */
export interface NotCounted {
  /** Open ones: waiting, or handed back. */
  readonly queued: number
  readonly running: number
  readonly failed: number
  readonly cancelled: number
  readonly lost: number
  /** Ended well and never reported the metric. */
  readonly noMetric: number
  /** Ended well and reported only NaN. */
  readonly nan: number
}

/** What of a run decides its place. */
export type RankableRun = Pick<RunRecord, 'id' | 'state' | 'value' | 'createdAt' | 'finishedAt'>

export interface Ranking<R> {
  /** Best first: the rank is the position plus one. Empty without a metric. */
  readonly ranked: R[]
  readonly notCounted: NotCounted
}

/** The value to rank a run by; null: none. */
export type RunValue<R> = (run: R) => number | null

export interface RankingOptions<R> {
  /** The value to rank by instead of `run.value`; null: none. */
  readonly rankedValue?: RunValue<R>
  /** Rank running runs too, by their value so far. @default false */
  readonly includeRunning?: boolean
}

/**
 * @param metric null: nothing is ranked, and runs that ended well count as `noMetric`
 * @param options a function stands for `rankedValue`
 */
export function rankRuns<R extends RankableRun>(
  runs: readonly R[],
  metric: MetricSpec | null,
  options?: RankingOptions<R> | RunValue<R>,
): Ranking<R> {
  const { rankedValue = ownValue, includeRunning = false }: RankingOptions<R> =
    typeof options === 'function' ? { rankedValue: options } : (options ?? {})
  const counts = { queued: 0, running: 0, failed: 0, cancelled: 0, lost: 0, noMetric: 0, nan: 0 }
  const ranked: R[] = []
  for (const run of runs) {
    const reason = reasonNotRanked(run, metric === null ? null : rankedValue(run), includeRunning)
    if (reason === null) ranked.push(run)
    else counts[reason] += 1
  }
  const goal = metric?.goal ?? 'minimize'
  ranked.sort((a, b) => compareValues(rankedValue(a), rankedValue(b), goal) || compareByEnd(a, b))
  return { ranked, notCounted: counts }
}

function ownValue(run: RankableRun): number | null {
  return run.value
}

function reasonNotRanked(
  run: RankableRun,
  value: number | null,
  includeRunning: boolean,
): keyof NotCounted | null {
  switch (run.state) {
    case 'queued':
    case 'preempted':
      return 'queued'
    case 'failed':
    case 'cancelled':
    case 'lost':
      return run.state
    case 'running':
      return includeRunning && value !== null && !Number.isNaN(value) ? null : 'running'
    case 'finished':
    case 'stopped':
      return value === null ? 'noMetric' : Number.isNaN(value) ? 'nan' : null
  }
}

/** Better first; NaN after every number and missing after NaN, whatever the goal. */
export function compareValues(a: number | null, b: number | null, goal: MetricSpec['goal']): number {
  const order = placeOf(a) - placeOf(b)
  if (order !== 0 || a === null || b === null || Number.isNaN(a)) return order
  if (a === b) return 0
  return a < b === (goal === 'minimize') ? -1 : 1
}

function placeOf(value: number | null): number {
  return value === null ? 2 : Number.isNaN(value) ? 1 : 0
}

/** The one that ended first, then the one made first, then by id: a total order. */
function compareByEnd(a: RankableRun, b: RankableRun): number {
  return (
    compareNumbers(a.finishedAt ?? Infinity, b.finishedAt ?? Infinity) ||
    compareNumbers(a.createdAt, b.createdAt) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  )
}

function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** What a list of runs can be sorted by. */
export const RUN_SORT_KEYS = ['value', 'created', 'started', 'finished', 'state', 'name', 'attempt'] as const
export type RunSortKey = (typeof RUN_SORT_KEYS)[number]

/**
 * A comparison for lists of runs; what is missing comes last in both directions.
 * @param options.goal for `value`: better first; descending turns it round. @default 'minimize'
 */
export function compareRuns(
  key: RunSortKey,
  options: { readonly goal?: MetricSpec['goal']; readonly descending?: boolean } = {},
): (a: RunRecord, b: RunRecord) => number {
  const { goal = 'minimize', descending = false } = options
  if (key === 'value') {
    const direction = descending === (goal === 'minimize') ? 'maximize' : 'minimize'
    return (a, b) => compareValues(a.value, b.value, direction) || compareByEnd(a, b)
  }
  const factOf = SORT_FACTS[key]
  return (a, b) => {
    const [left, right] = [factOf(a), factOf(b)]
    if (left === null || right === null)
      return Number(left === null) - Number(right === null) || compareByEnd(a, b)
    const order = left === right ? 0 : left < right ? -1 : 1
    return (descending ? -order : order) || compareByEnd(a, b)
  }
}

const SORT_FACTS: Readonly<Record<Exclude<RunSortKey, 'value'>, (run: RunRecord) => number | string | null>> =
  {
    created: (run) => run.createdAt,
    started: (run) => run.startedAt,
    finished: (run) => run.finishedAt,
    state: (run) => run.state,
    name: (run) => run.name,
    attempt: (run) => run.attemptCount,
  }
