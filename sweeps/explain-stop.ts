// What early termination would do now with recorded runs, and why: for `sweep explain-stop`, without a server. Pure.
import { ConfigNumber, isConfigMap } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'
import type { SweepConfig } from './config.ts'
import { EarlyStopping } from './early-stopping.ts'
import type { ProgressRow, StopDecision } from './early-stopping.ts'
import { SweepError } from './errors.ts'
import { hyperbandBands } from './hyperband-bands.ts'
import type { RecordedRun } from './plan.ts'
import { stoppingSettings } from './stopping-settings.ts'
import type { MetricSpec } from './sweep.ts'

/** interfaces.md section 2. Thresholds and values in the metric's own sign. */
export interface StopExplanation {
  /** The first 10 at most. */
  readonly bands: readonly number[]
  /** Of the bands that some run reached. */
  readonly thresholds: readonly {
    readonly band: number
    readonly threshold: number
    readonly bracket?: number
  }[]
  /** Names of the running runs that would be stopped now, in the order given. */
  readonly stopped: readonly string[]
  /** One for each running run. */
  readonly decisions: readonly ExplainedDecision[]
}

export interface ExplainedDecision {
  readonly run: string
  /** null: it reached no check. */
  readonly band: number | null
  readonly value: number | null
  readonly threshold: number | null
  readonly rank: number | null
  readonly of: number | null
  readonly stop: boolean
  readonly reason: string
}

const SHOWN_BANDS = 10

/** @throws SweepError CONFIG_INVALID when the file has no early_terminate */
export function explainStop(config: SweepConfig, runs: readonly RecordedRun[]): StopExplanation {
  if (config.earlyTerminate === null || config.metric === null) {
    throw new SweepError('CONFIG_INVALID', 'the file has no early_terminate: no run is stopped early', {
      hint: 'Add early_terminate: {type: hyperband, min_iter: 3}.',
    })
  }
  const settings = stoppingSettings(config.earlyTerminate)
  const stopping = new EarlyStopping(settings, config.metric)
  const ids = distinctIds(runs)
  for (const [index, run] of runs.entries()) {
    const id = ids[index] ?? ''
    stopping.take(id, progressRows(run.history, config.metric))
    // Only what ended is told: who was condemned while the rows came says nothing of now
    stopping.follow(id, run.state, false)
  }
  const decisions = runs.flatMap((run, index) =>
    run.state === 'running' ? [explainRun(stopping, ids[index] ?? '', run.name)] : [],
  )
  const bands = settings.type === 'hyperband' ? hyperbandBands(settings.keys) : stopping.rule.bands
  return {
    bands: bands.slice(0, SHOWN_BANDS),
    thresholds: stopping.thresholds().map(({ band, threshold, bracket }) => ({
      band,
      threshold,
      ...(bracket === undefined ? {} : { bracket }),
    })),
    stopped: decisions.filter(({ stop }) => stop).map(({ run }) => run),
    decisions,
  }
}

function explainRun(stopping: EarlyStopping, id: string, run: string): ExplainedDecision {
  const { nanPatience, resource } = stopping.settings
  const { valueCount, nanCount, progress } = stopping.progressOf(id)
  const none = { run, band: null, value: null, threshold: null, rank: null, of: null }
  if (nanCount >= nanPatience) {
    const reason = `${nanCount} reports of the metric in a row were NaN (nan_patience ${nanPatience})`
    return { ...none, stop: true, reason }
  }
  const decision = stopping.judge(id)
  if (decision === null) {
    const [first] = stopping.rule.bands
    const stands = resource === 'report' ? `${valueCount} valid reports` : `${resource} ${progress}`
    const check = first === undefined ? 'no check' : `first check at ${resource} ${first}`
    return { ...none, stop: false, reason: `${stands}, ${check}` }
  }
  return explainDecision(stopping, decision, id, run)
}

function explainDecision(
  stopping: EarlyStopping,
  decision: StopDecision,
  id: string,
  run: string,
): ExplainedDecision {
  const { band, value, threshold, rank, of, reason } = decision
  const facts = { run, band, value, threshold, rank, of }
  const isCondemned = decision.outcome === 'stopped'
  if (isCondemned && stopping.isControl(id)) {
    return { ...facts, stop: false, reason: `${reason}: lives on as a control (audit)` }
  }
  return { ...facts, stop: isCondemned, reason: `${reason}: ${isCondemned ? 'stop' : 'keep'}` }
}

/** The name is the id, as in the service, unless two lines share it. */
function distinctIds(runs: readonly RecordedRun[]): string[] {
  const counts = new Map<string, number>()
  for (const { name } of runs) counts.set(name, (counts.get(name) ?? 0) + 1)
  return runs.map(({ name, runId }) => (counts.get(name) === 1 ? name : runId))
}

/** Rows as W&B and we export them: `_step`, `_runtime` and the metric; `epoch` as any metric. */
export function progressRows(history: readonly ConfigMap[], metric: MetricSpec): ProgressRow[] {
  return history.map((row, index) => ({
    step: firstNumber(row, ['step', '_step', 'global_step']) ?? index,
    seconds: firstNumber(row, ['_runtime']),
    epoch: firstNumber(row, ['epoch']),
    value: metricOf(row.get(metric.name)),
  }))
}

function firstNumber(row: ConfigMap, keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = row.get(key)
    if (value instanceof ConfigNumber && Number.isFinite(value.value)) return value.value
  }
  return null
}

/** NaN for a number that is not finite; null for what is no number: strings are none, whatever they say. */
function metricOf(value: ConfigValue | undefined): number | null {
  if (value instanceof ConfigNumber) return Number.isFinite(value.value) ? value.value : NaN
  const isMap = value !== undefined && value !== null && typeof value === 'object' && isConfigMap(value)
  return isMap && value.has('$float') ? NaN : null
}
