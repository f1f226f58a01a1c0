// What the first finished run of a sweep tells about its file: a metric that never comes, or early termination that can
// never stop a run. Pure.
import { nearestName } from './nearest-name.ts'
import { createStoppingRule } from './early-stopping.ts'
import type { MetricSummary } from './store.ts'
import { stoppingSettings } from './stopping-settings.ts'
import type { StoppingSettings } from './stopping-settings.ts'
import type { MetricSpec } from './sweep.ts'

export interface SweepNotice {
  readonly code: 'metric_missing' | 'stop_never' | 'requires_unmet'
  readonly text: string
}

/** What a run told. */
export interface ToldRun {
  readonly id: string
  readonly summaries: readonly Pick<MetricSummary, 'key' | 'steps' | 'lastStep' | 'max'>[]
  /** Keys of what it reported that is no number. */
  readonly valueKeys: readonly string[]
  readonly trainingSeconds: number
}

/** @param earlyTerminate the checked block; null: there is none */
export function noticesOf(
  run: ToldRun,
  metric: MetricSpec,
  earlyTerminate: Readonly<Record<string, unknown>> | null,
): SweepNotice[] {
  const summary = run.summaries.find(({ key }) => key === metric.name)
  if (summary === undefined) return [missingMetric(run, metric.name)]
  if (earlyTerminate === null) return []
  const settings = stoppingSettings(earlyTerminate)
  const [first] = createStoppingRule(settings).bands
  const reached = reachedProgress(run, summary, settings)
  if (first === undefined || reached.progress >= first) return []
  const text =
    `early termination can never stop a run: ${reached.words}, first check at ` +
    `${settings.resource === 'report' ? '' : `${settings.resource} `}${first}`
  return [{ code: 'stop_never', text }]
}

function missingMetric(run: ToldRun, name: string): SweepNotice {
  const keys = run.summaries.map(({ key }) => key)
  const wordOnly = run.valueKeys.includes(name)
  if (wordOnly) {
    const text = `run ${run.id} ended, and reported "${name}" as text, never as a number`
    return { code: 'metric_missing', text }
  }
  const nearest = nearestName(name, keys)
  const came =
    nearest !== null
      ? `it reported "${nearest}"`
      : keys.length === 0
        ? 'it reported no metric'
        : `it reported ${keys
            .slice(0, 5)
            .map((key) => `"${key}"`)
            .join(', ')}`
  return { code: 'metric_missing', text: `run ${run.id} ended without the metric "${name}": ${came}` }
}

function reachedProgress(
  run: ToldRun,
  summary: ToldRun['summaries'][number],
  { resource }: StoppingSettings,
): { readonly progress: number; readonly words: string } {
  switch (resource) {
    case 'report':
      return { progress: summary.steps, words: `metric logged ${times(summary.steps)} a run` }
    case 'step':
      return { progress: summary.lastStep, words: `last step ${summary.lastStep}` }
    case 'epoch': {
      const epoch = run.summaries.find(({ key }) => key === 'epoch')?.max ?? null
      if (epoch === null) return { progress: -Infinity, words: 'the metric "epoch" is not logged' }
      return { progress: epoch, words: `last epoch ${epoch}` }
    }
    case 'time':
      return { progress: run.trainingSeconds, words: `a run takes ${Math.round(run.trainingSeconds)} s` }
  }
}

function times(count: number): string {
  return count === 1 ? '1 time' : `${count} times`
}
