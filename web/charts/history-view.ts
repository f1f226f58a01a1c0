// The history on two canvases: all ended runs below, as dots or, where they are too many to tell apart, as density; over
// them what history-over.ts draws. What the pointer does is told, not decided, here.
import { channels, type ChartTheme } from '../../charts/chart-theme.ts'
import { DENSE_COUNT, type HistoryRuns } from '../../charts/history-data.ts'
import { LineDensity, shadeLayers } from '../../charts/line-density.ts'
import { linearScale } from '../../charts/value-scale.ts'
import {
  addLayer,
  clearLayer,
  joinLayers,
  resizeLayer,
  sizeOf,
  withPixels,
  type CanvasLayer,
  type LayerSize,
  type PaintedLayer,
} from './canvas-layer.ts'
import { HistoryArea, type HistoryPicture } from './history-area.ts'
import { drawHistoryOver, RADIUS } from './history-over.ts'
import { everyFrame, markDrawn, notePaint } from './paint-timing.ts'

export class HistoryView {
  readonly #box: HTMLElement
  readonly #under: CanvasLayer
  readonly #over: CanvasLayer
  readonly #frame = everyFrame(() => this.#draw())
  #size: LayerSize
  #picture: HistoryPicture | null = null
  /** null: nothing is shown yet. */
  #area: HistoryArea | null = null
  /** What the lower layer was drawn from; empty: it is to be drawn anew. */
  #underOf: readonly unknown[] = []
  #density: LineDensity | null = null
  /** Of the lower layer; null: none of this size yet. */
  #underPixels: ImageData | null = null
  /** The upper layer; the same. */
  #painted: PaintedLayer | null = null
  /** Height at which a run stands in the lower layer, by row; NaN: it is not in it. */
  #drawnAt = new Float32Array(0)
  /** Runs that changed since; null: any may have. */
  #touched: Set<number> | null = null
  #hovered: number | null = null
  /** A range that is being drawn with the pointer, in CSS pixels. */
  #drag: readonly [number, number] | null = null

  constructor(box: HTMLElement) {
    this.#box = box
    this.#under = addLayer(box)
    this.#over = addLayer(box)
    this.#size = sizeOf(box)
    for (const layer of [this.#under, this.#over]) resizeLayer(layer, this.#size)
  }

  /** @param changedRows runs that are not as they were when last shown; null: all may be others */
  show(picture: HistoryPicture, changedRows: ReadonlySet<number> | null): void {
    this.#picture = picture
    this.#area = new HistoryArea(this.#size, picture)
    if (changedRows === null) this.#touched = null
    else for (const row of changedRows) this.#touched?.add(row)
    this.#frame.ask()
  }

  resize(): void {
    const size = sizeOf(this.#box)
    const { width, height, ratio } = this.#size
    if (size.width === width && size.height === height && size.ratio === ratio) return
    this.#size = size
    if (this.#picture !== null) this.#area = new HistoryArea(size, this.#picture)
    for (const layer of [this.#under, this.#over]) resizeLayer(layer, size)
    this.#underPixels = null
    this.#painted = null
    this.#underOf = []
    this.#frame.ask()
  }

  hover(row: number | null): void {
    if (row === this.#hovered) return
    this.#hovered = row
    this.#frame.ask()
  }

  showDrag(drag: readonly [number, number] | null): void {
    this.#drag = drag
    this.#frame.ask()
  }

  dispose(): void {
    this.#frame.stop()
    this.#picture = null
    for (const { canvas } of [this.#under, this.#over]) canvas.remove()
  }

  toCanvas(): HTMLCanvasElement {
    return joinLayers([this.#under, this.#over], this.#picture?.theme.background ?? 'white')
  }

  /** The run number at a place of the axis, not rounded. */
  numberAt(x: number): number {
    return this.#area?.numberAt(x) ?? NaN
  }

  /** The shown run whose dot is nearest; null: none within reach. */
  rowAt(x: number, y: number): number | null {
    return this.#area?.rowAt(x, y) ?? null
  }

  #draw(): void {
    const [picture, area] = [this.#picture, this.#area]
    if (picture === null || area === null) return
    this.#drawUnder(picture, area)
    const pointer = { hovered: this.#hovered, drag: this.#drag }
    drawHistoryOver((this.#painted ??= withPixels(this.#over)), this.#size.ratio, area, picture, pointer)
    markDrawn('history')
    notePaint('history', picture.seq)
  }

  /** Draws what changed, as long as all else stands where it stood. */
  #drawUnder(picture: HistoryPicture, area: HistoryArea): void {
    const { runs, data, theme, zoom } = picture
    const { min, max, wish, rowCount } = data
    const isDense = data.ended.length > DENSE_COUNT
    const hasOdd = data.odd.length > 0
    const of = [min, max, wish.isLog, wish.rows, rowCount, zoom?.[0], zoom?.[1], theme, isDense, hasOdd]
    const isSame = of.length === this.#underOf.length && of.every((part, at) => part === this.#underOf[at])
    const touched = this.#touched
    this.#touched = new Set()
    if (isSame && touched !== null) {
      const moved = [...touched].filter(
        (row) => !Object.is(this.#drawnAt[row], Math.fround(heightOf(row, runs, area))),
      )
      if (moved.length === 0) return
      if (isDense && this.#density !== null) {
        for (const row of moved) this.#countDot(this.#density, row, runs, area)
        return this.#shade(this.#density, picture, area)
      }
    }
    this.#underOf = of
    this.#drawnAt = new Float32Array(rowCount).fill(NaN)
    clearLayer(this.#under, this.#size)
    const { canvas, context } = this.#under
    if (isDense) {
      this.#density = new LineDensity(canvas.width, canvas.height)
      for (const row of data.ended) this.#countDot(this.#density, row, runs, area)
      return this.#shade(this.#density, picture, area)
    }
    this.#density = null
    context.fillStyle = theme.context
    context.beginPath()
    for (const row of data.ended) {
      const [x, y] = [area.x(row), heightOf(row, runs, area)]
      this.#drawnAt[row] = y
      if (!area.isInSight(x)) continue
      context.moveTo(x, y)
      context.arc(x, y, RADIUS, 0, 2 * Math.PI)
    }
    context.fill()
    drawAxes(context, theme, area, hasOdd)
  }

  /** Takes a run out from where it was counted, and counts it where it is now. */
  #countDot(density: LineDensity, row: number, runs: HistoryRuns, area: HistoryArea): void {
    const { ratio } = this.#size
    const x = area.x(row)
    const [before, now] = [this.#drawnAt[row] ?? NaN, Math.fround(heightOf(row, runs, area))]
    this.#drawnAt[row] = now
    if (!area.isInSight(x)) return
    if (!Number.isNaN(before)) density.addDot(x * ratio, before * ratio, Math.round(ratio), -1)
    if (!Number.isNaN(now)) density.addDot(x * ratio, now * ratio, Math.round(ratio), 1)
  }

  #shade(density: LineDensity, { data, theme }: HistoryPicture, area: HistoryArea): void {
    const { context } = this.#under
    const { left, right, top, bottom } = area
    const pixels = (this.#underPixels ??= context.createImageData(density.width, density.height))
    const fullAt = Math.max(4, (data.ended.length * 27) / ((right - left) * (bottom - top)))
    shadeLayers(
      [{ density, colour: channels(theme.context), strength: 1, faintest: 0.4, fullAt }],
      pixels.data,
    )
    context.putImageData(pixels, 0, 0)
    drawAxes(context, theme, area, data.odd.length > 0)
  }
}

/** Where an ended run stands in the lower layer; NaN: nowhere. */
function heightOf(row: number, { states, values }: HistoryRuns, area: HistoryArea): number {
  const isEnded = states[row] !== 'running' && states[row] !== 'queued'
  return isEnded && Number.isFinite(values[row] ?? NaN) ? area.valueY(row) : NaN
}

function drawAxes(
  context: CanvasRenderingContext2D,
  theme: ChartTheme,
  { left, right, top, bottom, range, scale, oddY }: HistoryArea,
  hasOdd: boolean,
): void {
  context.font = `11px ${theme.font}`
  context.lineWidth = 1
  context.textBaseline = 'middle'
  context.textAlign = 'right'
  // Under the dots, though drawn after them: they are counted as pixels that know nothing of lines
  context.globalCompositeOperation = 'destination-over'
  context.strokeStyle = theme.grid
  for (const { at } of scale.ticks(Math.max(3, (bottom - top) / 32))) {
    const y = Math.round(bottom - at * (bottom - top)) + 0.5
    context.beginPath()
    context.moveTo(left, y)
    context.lineTo(right, y)
    context.stroke()
  }
  context.globalCompositeOperation = 'source-over'
  context.fillStyle = theme.textMuted
  for (const { at, label } of scale.ticks(Math.max(3, (bottom - top) / 32)))
    context.fillText(label, left - 6, bottom - at * (bottom - top))
  if (hasOdd) context.fillText('NaN, ∞', left - 6, oddY)
  const [from, to] = range
  context.textAlign = 'center'
  context.textBaseline = 'top'
  for (const { at } of linearScale(from, to).ticks(Math.max(2, (right - left) / 80))) {
    const number = from + at * (to - from)
    if (Math.abs(number - Math.round(number)) > 1e-6) continue
    context.fillText(Math.round(number).toLocaleString('en'), left + at * (right - left), bottom + 6)
  }
  context.strokeStyle = theme.border
  context.beginPath()
  context.moveTo(left, bottom + 0.5)
  context.lineTo(right, bottom + 0.5)
  context.stroke()
}
