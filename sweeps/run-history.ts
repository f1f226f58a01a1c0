// The history of a run: how metric rows fold into summaries, what a run of several attempts counts, and which
// value ranks it. Pure.
import { metricNumber } from './store.ts'
import type { MetricChunk, MetricSummary } from './store.ts'
import type { MetricRow } from './protocol.ts'
import type { MetricSpec } from './sweep.ts'

/** Summaries of one run by metric name. */
export type SummaryMap = Map<string, MetricSummary>

/**
 * Folds rows into the summaries, in order; O(rows * keys). Infinite values count in min and max, NaN only in
 * `last` and `steps`. `best` and `bestStep` follow the goal and are kept for the sweep's metric alone; of equal
 * values the earliest step is kept.
 * @returns the keys that changed
 */
export function foldRows(
  summaries: SummaryMap,
  rows: readonly MetricRow[],
  metric: MetricSpec | null,
): Set<string> {
  const changed = new Set<string>()
  for (const row of rows) {
    for (const [key, text] of Object.entries(row.metrics)) {
      const value = metricNumber(text)
      summaries.set(key, foldValue(summaries.get(key), key, value, row.step, metric))
      changed.add(key)
    }
  }
  return changed
}

function foldValue(
  before: MetricSummary | undefined,
  key: string,
  value: number,
  step: number,
  metric: MetricSpec | null,
): MetricSummary {
  const old = before ?? {
    key,
    last: NaN,
    min: null,
    max: null,
    best: null,
    bestStep: null,
    lastStep: step,
    steps: 0,
  }
  const counted = { ...old, last: value, lastStep: step, steps: old.steps + 1 }
  if (Number.isNaN(value)) return counted
  const isObjective = metric?.name === key
  const isBetter =
    isObjective && (old.best === null || (metric.goal === 'minimize' ? value < old.best : value > old.best))
  return {
    ...counted,
    min: old.min === null ? value : Math.min(old.min, value),
    max: old.max === null ? value : Math.max(old.max, value),
    best: isBetter ? value : old.best,
    bestStep: isBetter ? step : old.bestStep,
  }
}

/**
 * The rows that count, in order: each attempt's rows with a step below the first step at which the next attempt
 * reported a metric. A run that was resumed from a checkpoint thus counts no step twice.
 */
export function countedRows(chunks: readonly MetricChunk[]): { attempt: number; row: MetricRow }[] {
  const byAttempt = new Map<number, MetricRow[]>()
  for (const chunk of chunks) {
    const rows = byAttempt.get(chunk.attempt) ?? []
    rows.push(...chunk.rows)
    byAttempt.set(chunk.attempt, rows)
  }
  const firstSteps = [...byAttempt].map(([attempt, rows]): [number, number] => [
    attempt,
    rows.find(hasMetrics)?.step ?? Infinity,
  ])
  const counted: { attempt: number; row: MetricRow }[] = []
  for (const [attempt, limit] of stepLimits(new Map(firstSteps))) {
    for (const row of byAttempt.get(attempt) ?? []) if (row.step < limit) counted.push({ attempt, row })
  }
  return counted
}

/** A row may hold last values alone: it says nothing of where an attempt goes on. */
export function hasMetrics(row: MetricRow): boolean {
  return Object.keys(row.metrics).length > 0
}

/**
 * By attempt, in their order: the step from which on its rows no longer count.
 * @param firstSteps at which each attempt reported a metric; Infinity when it reported none
 */
export function stepLimits(firstSteps: ReadonlyMap<number, number>): Map<number, number> {
  const limits: [number, number][] = []
  let limit = Infinity
  for (const [attempt, firstStep] of [...firstSteps].sort(([a], [b]) => b - a)) {
    limits.push([attempt, limit])
    limit = Math.min(limit, firstStep)
  }
  return new Map(limits.reverse())
}

/** The value that ranks a run, and where it stood: NaN when it reported nothing but NaN, null when nothing. */
export function rankingValue(
  summaries: SummaryMap,
  metric: MetricSpec | null,
): { value: number | null; bestStep: number | null } {
  const summary = metric === null ? undefined : summaries.get(metric.name)
  if (metric === null || summary === undefined) return { value: null, bestStep: null }
  const bestStep = metric.summary === 'last' ? summary.lastStep : summary.bestStep
  return { value: summaryValue(summary, metric.summary), bestStep }
}

/** NaN when the metric was reported as nothing but NaN. */
export function summaryValue(
  summary: Pick<MetricSummary, 'last' | 'min' | 'max' | 'best'>,
  which: MetricSpec['summary'],
): number {
  return summary[which] ?? NaN
}

/** Has a value reached the target that ends the sweep? */
export function reachesTarget(value: number | null, metric: MetricSpec | null): boolean {
  if (value === null || metric === null || metric.target === null || Number.isNaN(value)) return false
  return metric.goal === 'minimize' ? value <= metric.target : value >= metric.target
}
