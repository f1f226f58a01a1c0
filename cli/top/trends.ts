// Learning curves of the runs on the screen, for their sparklines: read once, then lengthened by what the change stream
// tells, and read again when a run has ended.
import type { CurvesResponse } from '../../sweeps/analysis-schema.ts'
import type { ReadMetricsResponse } from '../../sweeps/run-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { ChangesMessage, LiveRun } from '../../sweeps/live-schema.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'
import { numberOf } from './live-runs.ts'

export interface Trend {
  /** The newest step of the metric; null: none yet. */
  readonly step: number | null
  /** The metric along the steps, thinned to a few. */
  readonly values: readonly number[]
}

interface Known extends Trend {
  /** Of the run when its curve was read: another one means reading it again. */
  readonly readAs: string
  readonly readAtMs: number
}

/** More than the widest sparkline has bars. */
const KEPT_VALUES = 64
/** Curves of runs that went on: the stream tells their values, but not their steps. */
const READ_AGAIN_MS = 15_000
const MAX_KNOWN = 500
/** Runs in one request. */
const MAX_AT_ONCE = 50

export class TrendReader {
  readonly trends = new Map<string, Known>()
  readonly #api: ApiClient
  readonly #onChange: () => void
  #isReading = false
  /** An older server has no curves of many runs at once. */
  #hasCurves = true
  #wanted: readonly LiveRun[] = []

  constructor(api: ApiClient, onChange: () => void) {
    this.#api = api
    this.#onChange = onChange
  }

  /** The runs that are on the screen; one request at a time. */
  want(runs: readonly LiveRun[], metric: string | null, nowMs: number): void {
    this.#wanted = metric === null ? [] : runs.filter((run) => run.attempt > 0)
    if (!this.#isReading && metric !== null) void this.#read(metric, nowMs)
  }

  /** A value that the stream told is the next of its run's curve. */
  take(message: ChangesMessage, metric: string | null): void {
    if (metric === null) return
    for (const run of message.runs) {
      const known = this.trends.get(run.id)
      const value = numberOf(run.metrics[metric]?.last)
      if (known === undefined || run.state !== 'running' || value === known.values.at(-1)) continue
      if (!Number.isNaN(value))
        this.trends.set(run.id, { ...known, values: thinCurve([...known.values, value]) })
    }
  }

  /** The curves of these runs, before it returns. */
  async readAll(runs: readonly LiveRun[], metric: string | null): Promise<void> {
    if (metric === null) return
    this.#wanted = runs.filter((run) => run.attempt > 0)
    await this.#read(metric, 0)
  }

  async #read(metric: string, nowMs: number): Promise<void> {
    this.#isReading = true
    try {
      for (let runs = this.#next(nowMs); runs.length > 0; runs = this.#next(nowMs)) {
        const curves = await this.#fetch(runs, metric)
        for (const run of runs) {
          const known = this.trends.get(run.id)
          const curve = curves.get(run.id) ?? { step: known?.step ?? null, values: known?.values ?? [] }
          this.trends.delete(run.id)
          this.trends.set(run.id, { ...curve, readAs: stageOf(run), readAtMs: nowMs })
        }
        for (const id of this.trends.keys()) if (this.trends.size > MAX_KNOWN) this.trends.delete(id)
        this.#onChange()
      }
    } finally {
      this.#isReading = false
    }
  }

  /** Never throws: what cannot be read stays as it is known, and is asked for again later. */
  async #fetch(runs: readonly LiveRun[], metric: string): Promise<ReadonlyMap<string, Trend>> {
    const sweepId = runs[0]?.sweepId
    try {
      if (this.#hasCurves && sweepId !== undefined) {
        const query = { runs: runs.map(({ id }) => id).join(','), metric, points: KEPT_VALUES, band: 'none' }
        const text = await this.#api.get(refPath('sweeps', sweepId, '/curves'), query)
        return readCurves(JSON.parse(text) as CurvesResponse) // the server's own schema
      }
    } catch (error) {
      if (!(error instanceof SweepError) || error.code !== 'NOT_FOUND') return new Map()
      this.#hasCurves = false
    }
    const curves = new Map<string, Trend>()
    for (const { id } of runs) {
      try {
        const text = await this.#api.get(refPath('runs', id, '/metrics'), { key: metric })
        curves.set(id, readRows(JSON.parse(text) as ReadMetricsResponse, metric)) // the server's own schema
      } catch {
        continue
      }
    }
    return curves
  }

  /** Those of the wanted runs whose curve is not known as it is now, the topmost first. */
  #next(nowMs: number): readonly LiveRun[] {
    const due = this.#wanted.filter((run) => {
      const known = this.trends.get(run.id)
      if (known?.readAs !== stageOf(run)) return true
      return run.state === 'running' && nowMs - known.readAtMs > READ_AGAIN_MS
    })
    return due.slice(0, this.#hasCurves ? MAX_AT_ONCE : 1)
  }
}

function stageOf(run: LiveRun): string {
  return `${run.attempt} ${run.state} ${run.finishedAtMs ?? ''}`
}

function readCurves({ runs }: CurvesResponse): Map<string, Trend> {
  return new Map(
    runs.map(({ runId, x, mean }) => [
      runId,
      { step: x.at(-1) ?? null, values: thinCurve(mean.filter((value) => value !== null)) },
    ]),
  )
}

/** As an older server tells it. */
function readRows({ rows }: ReadMetricsResponse, metric: string): Trend {
  const values = rows.map(({ metrics }) => numberOf(metrics[metric])).filter((value) => !Number.isNaN(value))
  return { step: rows.at(-1)?.step ?? null, values: thinCurve(values) }
}

/** Every second value goes away when there are too many; the newest one stays. */
function thinCurve(values: readonly number[]): readonly number[] {
  let kept = values
  while (kept.length > 2 * KEPT_VALUES) {
    const last = kept.length - 1
    kept = kept.filter((_, index) => (last - index) % 2 === 0)
  }
  return kept
}
