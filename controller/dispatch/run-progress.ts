// Stored rows of a run as early stopping looks at them: the metric, and how far the run is.
import { metricNumber } from '../../sweeps/store.ts'
import type { MetricRow } from '../../sweeps/protocol.ts'
import type { ProgressRow } from '../../sweeps/early-stopping.ts'

/** A row with the number of the attempt that reported it. */
export interface CountedRow {
  readonly attempt: number
  readonly row: MetricRow
}

/** Training time of a run over its attempts: each counts from its own start, on its agent's clock. */
export class TrainingTime {
  #attempt = 0
  #startedAt: number | null = null
  #earlierSeconds = 0
  #seconds = 0

  /** @param startedAtOf epoch ms at which an attempt started; null: it did not say, then its first row counts */
  at({ attempt, row }: CountedRow, startedAtOf: (attempt: number) => number | null): number {
    if (attempt !== this.#attempt) {
      this.#attempt = attempt
      this.#startedAt = startedAtOf(attempt) ?? row.at
      this.#earlierSeconds = this.#seconds
    }
    const own = Math.max(0, row.at - (this.#startedAt ?? row.at)) / 1000
    this.#seconds = Math.max(this.#seconds, this.#earlierSeconds + own)
    return this.#seconds
  }
}

export function progressRow({ row }: CountedRow, metricName: string, seconds: number): ProgressRow {
  const epoch = numberIn(row, 'epoch')
  return {
    step: row.step,
    seconds,
    epoch: Number.isFinite(epoch) ? epoch : null,
    value: numberIn(row, metricName),
  }
}

/** NaN and infinities included; null: not in this row. A metric may be called `toString`. */
function numberIn({ metrics }: MetricRow, key: string): number | null {
  const value = Object.hasOwn(metrics, key) ? metrics[key] : undefined
  return value === undefined ? null : metricNumber(value)
}
