// Where the history's runs stand: run numbers across, values up, in CSS pixels of the chart's box.
import type { ChartTheme } from '../../charts/chart-theme.ts'
import type { HistoryData, HistoryRuns } from '../../charts/history-data.ts'
import { linearScale, logScale, type ValueScale } from '../../charts/value-scale.ts'

export interface HistoryPicture {
  readonly runs: HistoryRuns
  readonly data: HistoryData
  readonly theme: ChartTheme
  /** Run numbers from 1; null: all. */
  readonly zoom: readonly [number, number] | null
  readonly pinned: readonly (number | null)[]
  /** Of the change log: what it shows. */
  readonly seq: number
}

const MARGIN = { left: 54, right: 12, top: 12, bottom: 22 } as const
/** Room for NaN and infinities above the axis. */
const ODD_ROOM = 14
const REACH = 8

export class HistoryArea {
  readonly left = MARGIN.left
  readonly right: number
  readonly top: number
  readonly bottom: number
  /** The run numbers at its ends, from 1. */
  readonly range: readonly [number, number]
  readonly scale: ValueScale
  readonly #picture: HistoryPicture

  constructor(
    { width, height }: { readonly width: number; readonly height: number },
    picture: HistoryPicture,
  ) {
    const { data, zoom } = picture
    this.right = width - MARGIN.right
    this.top = MARGIN.top + (data.odd.length > 0 ? ODD_ROOM : 0)
    this.bottom = height - MARGIN.bottom
    this.range = zoom ?? [1, Math.max(2, data.rowCount)]
    this.scale = scaleOf(data)
    this.#picture = picture
  }

  /** Height of what has no place on the axis. */
  get oddY(): number {
    return MARGIN.top
  }

  x(row: number): number {
    const [from, to] = this.range
    return this.left + ((row + 1 - from) / Math.max(1e-9, to - from)) * (this.right - this.left)
  }

  /** A run's dot may be cut at the ends, and no more. */
  isInSight(x: number): boolean {
    return x >= this.left - 1 && x <= this.right + 1
  }

  /** What is beyond the axis stands at its end; NaN and infinities above it. */
  y(value: number): number {
    if (!Number.isFinite(value)) return this.oddY
    const share = Math.min(1, Math.max(0, this.scale.toShare(value)))
    return this.bottom - share * (this.bottom - this.top)
  }

  /** Where a run's value stands. */
  valueY(row: number): number {
    return this.y(this.#picture.runs.values[row] ?? NaN)
  }

  /** The run number at a place of the axis, not rounded. */
  numberAt(x: number): number {
    const [from, to] = this.range
    return from + ((x - this.left) / (this.right - this.left)) * (to - from)
  }

  /** The shown run whose dot is nearest; null: none within reach. Rows are in the order of the axis. */
  rowAt(x: number, y: number): number | null {
    const { data } = this.#picture
    const [from, to] = [this.numberAt(x - REACH) - 1, this.numberAt(x + REACH) - 1]
    const shown = data.wish.rows ?? null
    let best: number | null = null
    let distance = REACH * REACH
    const look = (row: number) => {
      const off = (this.x(row) - x) ** 2 + (this.valueY(row) - y) ** 2
      if (off < distance) [distance, best] = [off, row]
    }
    if (shown === null) {
      for (let row = Math.max(0, Math.ceil(from)); row <= Math.min(data.rowCount - 1, to); row += 1) look(row)
    } else for (const row of shown) if (row >= from && row <= to) look(row)
    return best
  }
}

function scaleOf({ min, max, wish, canLog }: HistoryData): ValueScale {
  if (wish.isLog === true && canLog) return logScale(min, max)
  const pad = (max - min) * 0.04
  return linearScale(min - pad, max + (max === min ? 0 : pad))
}
