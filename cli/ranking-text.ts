// The ranking as people read it (`sweep best`, the end of `sweep run`): one line per run, rank first, then the
// run's id, no border and no mark before them.
import type { BestRunsResponse, RunJson } from '../sweeps/run-schema.ts'
import type { SweepJson } from '../sweeps/sweep-schema.ts'
import { formatDuration } from './durations.ts'
import { countOf, formatMetric, formatParams } from './show-values.ts'
import { layOutTable } from './table.ts'
import { printable } from './terminal.ts'
import type { Paint } from './terminal.ts'

export interface RankingOptions {
  readonly paint: Paint
  /** Columns of the terminal; null: nothing is cut or rounded. */
  readonly width: number | null
  /** Which of a run's values ranks it, when it is not the sweep's own choice. */
  readonly summary?: 'best' | 'last' | 'min' | 'max' | undefined
  /** Words of the training command before its arguments, e.g. `python train.py`; null: it has another form. */
  readonly trainingWords: string | null
  /** Which runs equal the best within the noise of repeats, in the server's words. @default nothing is said of it */
  readonly noiseText?: string | null
}

/** Lines of the ranking; with no ranked run, the header and why. */
export function renderRanking(best: BestRunsResponse, sweep: SweepJson, options: RankingOptions): string[] {
  const isShort = options.width !== null
  const metricName = printable(best.sweep.metric?.name ?? 'value')
  const lines = [rankingTitle(best, sweep, options.summary)]
  if (best.runs.length > 0) {
    lines.push('')
    const hasMarks = best.runs.some((run) => markOf(run) !== '')
    const columns = [
      { title: '#', align: 'right' as const },
      { title: 'run' },
      { title: metricName },
      { title: 'params', isElastic: true },
      { title: 'took', align: 'right' as const },
      ...(hasMarks ? [{ title: '' }] : []),
    ]
    const rows = best.runs.map((run) => [
      run.rank === null ? '~' : String(run.rank),
      run.id,
      formatMetric(run.value, isShort) + (run.rank === null ? '?' : ''),
      formatParams(run.configText, isShort),
      durationOf(run),
      ...(hasMarks ? [markOf(run)] : []),
    ])
    const dress = (line: string, index: number) => (index === 0 ? options.paint.dim(line) : line)
    lines.push(...layOutTable(columns, rows, { width: options.width, dress }))
  }
  const { noiseText = null } = options
  if (noiseText !== null) lines.push(`≈ ${printable(noiseText)}`)
  lines.push(...notCountedLines(best.notCounted, metricName))
  if (best.runs.length > 0) {
    const words = options.trainingWords
    lines.push(
      words === null
        ? `Its parameters as arguments:  sweep best ${sweep.id} --args`
        : `Train it again:  ${printable(words)} $(sweep best ${sweep.id} --args)`,
    )
  }
  return lines
}

const MEANINGS = {
  last: 'last value',
  min: 'lowest value seen',
  max: 'highest value seen',
} as const

function rankingTitle(best: BestRunsResponse, sweep: SweepJson, asked: RankingOptions['summary']): string {
  const metric = best.sweep.metric
  const summary = asked ?? sweep.metric?.summary ?? 'best'
  const meaning =
    summary === 'best' ? (metric?.goal === 'maximize' ? MEANINGS.max : MEANINGS.min) : MEANINGS[summary]
  const goal = metric ? ` · ${metric.goal} ${printable(metric.name)} (${meaning})` : ' · no metric'
  const { finished, stopped } = sweep.counts
  const cap = sweep.runCap ?? sweep.size
  const early = stopped > 0 ? ` · ${stopped} stopped early` : ''
  return `${printable(sweep.name)}${goal} · ${finished} finished${cap === null ? '' : ` of ${cap}`}${early}`
}

function markOf(run: RunJson): string {
  if (run.state === 'stopped') return '⊣ stopped early'
  return run.state === 'running' ? '● running' : ''
}

export function durationOf(run: Pick<RunJson, 'startedAt' | 'finishedAt'>): string {
  if (run.startedAt === null || run.finishedAt === null) return '-'
  return formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))
}

const NOT_COUNTED_WORDS: Readonly<Record<string, string>> = {
  running: 'running',
  queued: 'queued',
  failed: 'failed',
  cancelled: 'cancelled',
  lost: 'lost',
  nan: 'with NaN',
  noMetric: 'without the metric',
}

function notCountedLines(notCounted: Readonly<Record<string, number>>, metricName: string): string[] {
  const parts = Object.entries(notCounted)
    .filter(([, count]) => count > 0)
    .map(([why, count]) => `${count} ${NOT_COUNTED_WORDS[why] ?? printable(why)}`)
  const lines = parts.length > 0 ? [`Not counted: ${parts.join(', ')}.`] : []
  const without = notCounted['noMetric'] ?? 0
  if (without > 0) {
    lines.push(`! ${countOf(without, 'run')} ended without the metric "${metricName}".`)
    lines.push('  What a run did report:  sweep show RUN      How to report:  sweep help reporting')
  }
  return lines
}
