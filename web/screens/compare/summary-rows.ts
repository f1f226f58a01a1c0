// What compared runs came to, as rows of a table: the same for the page and for Markdown. Pure.
import type { MetricValue, Run, Sweep } from '../../api/records.ts'
import { formatMetric, NOTHING } from '../../format/number.ts'
import { formatDuration, toMs } from '../../format/time.ts'

export type Metric = NonNullable<Sweep['metric']>
/** As the view says it; '': the last value. */
export type SummaryChoice = '' | 'best' | 'last' | 'min' | 'max'

export interface SummaryRow {
  readonly name: string
  readonly cells: readonly string[]
  /** Places of the best values; empty where nothing says what is better. */
  readonly best: readonly number[]
  readonly isNumber: boolean
}

export function summaryRows(runs: readonly Run[], metric: Metric | null, which: SummaryChoice): SummaryRow[] {
  const text = (name: string, of: (run: Run) => string): SummaryRow => ({
    name,
    cells: runs.map(of),
    best: [],
    isNumber: false,
  })
  const facts = [
    text('rank', ({ rank }) => (rank === null ? NOTHING : `#${rank}`)),
    text('state', ({ state }) => state),
    text('took', (run) => {
      const [from, to] = [toMs(run.startedAt), toMs(run.finishedAt)]
      return from === null || to === null ? NOTHING : formatDuration(to - from)
    }),
    text('host', (run) => run.attempts.at(-1)?.host || NOTHING),
  ]
  const value: SummaryRow[] =
    metric === null
      ? []
      : [
          {
            name: `${metric.name} (ranked)`,
            cells: runs.map((run) => formatMetric(run.value)),
            best: bestPlaces(
              runs.map((run) => run.value),
              metric.goal,
            ),
            isNumber: true,
          },
        ]
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run.summary)))].sort((a, b) =>
    a === metric?.name ? -1 : b === metric?.name ? 1 : a.localeCompare(b, 'en', { numeric: true }),
  )
  const choice = which === '' ? 'last' : which
  const metrics = keys.map((key): SummaryRow => {
    const values = runs.map((run) => valueOf(run, key, choice, metric))
    return {
      name: `${key} (${choice})`,
      cells: values.map((one) => formatMetric(one)),
      best: metric !== null && key === metric.name ? bestPlaces(values, metric.goal) : [],
      isNumber: true,
    }
  })
  return [...facts, ...value, ...metrics]
}

/** `best` is kept for the sweep's metric alone: of another the last value stands for it. */
function valueOf(
  run: Run,
  key: string,
  which: 'best' | 'last' | 'min' | 'max',
  metric: Metric | null,
): MetricValue | null {
  const summary = run.summary[key]
  if (summary === undefined) return null
  return which === 'best' && key !== metric?.name ? summary.last : summary[which]
}

function bestPlaces(values: readonly (MetricValue | null)[], goal: Metric['goal']): number[] {
  const numbers = values.map((value) => (typeof value === 'number' ? value : null))
  const known = numbers.filter((value) => value !== null)
  if (known.length < 2) return []
  const best = goal === 'maximize' ? Math.max(...known) : Math.min(...known)
  return numbers.flatMap((value, place) => (value === best ? [place] : []))
}
