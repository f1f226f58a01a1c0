// The lines of parallel coordinates as counts of pixels: which runs are in the picture, in which of two layers, and
// what is to be put in or taken out when the selection or a run changes. The work is done in slices.
import { LineDensity } from './line-density.ts'
import { MISSING, type ParallelAxis } from './parallel-data.ts'

/** Where an axis stands, in pixels of the picture. */
export interface PlacedAxis {
  readonly axis: ParallelAxis
  readonly x: number
  /** The high end is below. */
  readonly isFlipped: boolean
}

export interface PlotArea {
  readonly width: number
  readonly height: number
  /** Of the high end. */
  readonly top: number
  /** Of the low end; where a run has no value, its line goes below. */
  readonly bottom: number
}

export function pixelOf(area: PlotArea, share: number, isFlipped: boolean): number {
  const up = isFlipped && share !== MISSING_PLACE ? 1 - share : share
  return area.bottom - up * (area.bottom - area.top)
}

/** As it stands in the axis' Float32Array. */
const MISSING_PLACE = Math.fround(MISSING)

const BASE = 1
const LIT = 2
/** Rows between two looks at the clock. */
const STRIDE = 64

export class ParallelLines {
  readonly area: PlotArea
  /** All runs of the filter. */
  readonly base: LineDensity
  /** Runs of the brush, while there is one. */
  readonly lit: LineDensity
  readonly #axes: readonly PlacedAxis[]
  /** By axis and row: the pixel at which the row was drawn. */
  readonly #drawnAt: Float32Array[]
  /** By row: the layers that it is in. */
  #layers: Uint8Array
  #isTouched: Uint8Array
  #inBase: Uint8Array = new Uint8Array(0)
  #inLit: Uint8Array | null = null
  #rowCount = 0
  #next = 0

  constructor(area: PlotArea, axes: readonly PlacedAxis[], capacity: number) {
    this.area = area
    this.base = new LineDensity(area.width, area.height)
    this.lit = new LineDensity(area.width, area.height)
    this.#axes = axes
    this.#drawnAt = axes.map(() => new Float32Array(capacity))
    this.#layers = new Uint8Array(capacity)
    this.#isTouched = new Uint8Array(capacity)
  }

  /** These runs changed: their lines are drawn anew. */
  touch(rows: Iterable<number>): void {
    for (const row of rows) if (row < this.#isTouched.length) this.#isTouched[row] = 1
    this.#next = 0
  }

  /**
   * What is to be in the picture. The arrays are read while advancing and must not change.
   * @param inBase 1 by row
   * @param inLit 1 by row; null: nothing is brushed
   */
  want(rowCount: number, inBase: Uint8Array, inLit: Uint8Array | null): void {
    if (inBase === this.#inBase && inLit === this.#inLit && rowCount === this.#rowCount) return
    this.#rowCount = Math.min(rowCount, this.#layers.length)
    this.#inBase = inBase
    this.#inLit = inLit
    this.#next = 0
  }

  /** Goes on until everything is as wanted or `isLate` says so. */
  advance(isLate: () => boolean): { readonly isDone: boolean; readonly hasChanged: boolean } {
    let drawn = 0
    while (this.#next < this.#layers.length) {
      const row = this.#next
      this.#next += 1
      const wanted =
        row < this.#rowCount ? (this.#inBase[row] ?? 0) * BASE + (this.#inLit?.[row] ?? 0) * LIT : 0
      const before = this.#layers[row]!
      const isTouched = this.#isTouched[row] === 1
      if (wanted === before && !isTouched) continue
      const stays = isTouched ? 0 : wanted & before
      this.#draw(row, before & ~stays, -1)
      this.#place(row)
      this.#draw(row, wanted & ~stays, 1)
      this.#layers[row] = wanted
      this.#isTouched[row] = 0
      drawn += 1
      if (drawn % STRIDE === 0 && isLate()) break
    }
    return { isDone: this.#next >= this.#layers.length, hasChanged: drawn > 0 }
  }

  #place(row: number): void {
    for (let at = 0; at < this.#axes.length; at += 1) {
      const { axis, isFlipped } = this.#axes[at]!
      this.#drawnAt[at]![row] = pixelOf(this.area, axis.places[row]!, isFlipped)
    }
  }

  #draw(row: number, layers: number, by: 1 | -1): void {
    if (layers === 0) return
    for (let at = 1; at < this.#axes.length; at += 1) {
      const [x0, x1] = [this.#axes[at - 1]!.x, this.#axes[at]!.x]
      const [y0, y1] = [this.#drawnAt[at - 1]![row]!, this.#drawnAt[at]![row]!]
      if ((layers & BASE) !== 0) this.base.add(x0, y0, x1, y1, by)
      if ((layers & LIT) !== 0) this.lit.add(x0, y0, x1, y1, by)
    }
  }
}
