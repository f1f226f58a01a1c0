// The one metric that the sweep looks at, as people follow it on the agent's terminal.
import type { AttemptJob, MetricRow, MetricValue } from '../sweeps/protocol.ts'

const MIN_GAP_MS = 1_000

export class RunMetric {
  private best: number | null = null
  private last: number | null = null
  private shownAtMs = -Infinity

  /** @param metric null: the sweep has none */
  constructor(private readonly metric: AttemptJob['metric']) {}

  get name(): string {
    return this.metric?.name ?? ''
  }

  /** @returns the value when it should be shown: at most once a second */
  take(row: MetricRow, nowMs: number): MetricValue | null {
    if (this.metric === null || !Object.hasOwn(row.metrics, this.metric.name)) return null
    const value = row.metrics[this.metric.name]
    if (value === undefined) return null
    if (typeof value === 'number') {
      this.last = value
      const isBetter =
        this.best === null || (this.metric.goal === 'minimize' ? value < this.best : value > this.best)
      if (isBetter) this.best = value
    }
    if (nowMs - this.shownAtMs < MIN_GAP_MS) return null
    this.shownAtMs = nowMs
    return value
  }

  summary(): { name: string; best: number | null; last: number | null } | null {
    return this.metric === null ? null : { name: this.metric.name, best: this.best, last: this.last }
  }
}
