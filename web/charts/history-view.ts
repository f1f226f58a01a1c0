// The history on two canvases: all ended runs below, as dots or, where they are too many to tell apart, as density; over
// them the best so far, the best runs, running and pinned ones, and the run under the pointer.
import { channels, rankScale, type ChartTheme } from '../../charts/chart-theme.ts'
import { DENSE_COUNT, type HistoryData, type HistoryRuns } from '../../charts/history-data.ts'
import { LineDensity, shadeLayers } from '../../charts/line-density.ts'
import { inkOf } from '../../charts/pixel-painter.ts'
import { shareOfTop } from '../../charts/top-runs.ts'
import { linearScale, logScale, type ValueScale } from '../../charts/value-scale.ts'
import {
  addLayer,
  clearLayer,
  haloText,
  joinLayers,
  pixelsOf,
  resizeLayer,
  sizeOf,
  type CanvasLayer,
  type LayerSize,
} from './canvas-layer.ts'
import { everyFrame, markDrawn, notePaint } from './paint-timing.ts'

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

/** Where the dots stand, in CSS pixels; and the run numbers at its ends, from 1. */
interface HistoryArea {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly range: readonly [number, number]
}

const MARGIN = { left: 54, right: 12, top: 12, bottom: 22 } as const
const RADIUS = 2.25

export class HistoryView {
  readonly #box: HTMLElement
  readonly #under: CanvasLayer
  readonly #over: CanvasLayer
  readonly #frame = everyFrame(() => this.#draw())
  #size: LayerSize
  #picture: HistoryPicture | null = null
  /** null: to be found anew. */
  #knownArea: HistoryArea | null = null
  /** What the lower layer was drawn from; empty: it is to be drawn anew. */
  #underOf: readonly unknown[] = []
  #density: LineDensity | null = null
  /** Of the lower layer; null: none of this size yet. */
  #underPixels: ImageData | null = null
  /** Of the best runs; the same. */
  #topPixels: ReturnType<typeof pixelsOf> | null = null
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
    this.#knownArea = null
    if (changedRows === null) this.#touched = null
    else for (const row of changedRows) this.#touched?.add(row)
    this.#frame.ask()
  }

  resize(): void {
    const size = sizeOf(this.#box)
    const { width, height, ratio } = this.#size
    if (size.width === width && size.height === height && size.ratio === ratio) return
    this.#size = size
    this.#knownArea = null
    for (const layer of [this.#under, this.#over]) resizeLayer(layer, size)
    this.#underPixels = null
    this.#topPixels = null
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
    const [from, to] = this.#plot().range
    const { left, right } = this.#plot()
    return from + ((x - left) / (right - left)) * (to - from)
  }

  /** The shown run whose dot is nearest; null: none within reach. Rows are in the order of the axis. */
  rowAt(x: number, y: number): number | null {
    const picture = this.#picture
    if (picture === null) return null
    const { runs, data } = picture
    const reach = 8
    const [from, to] = [this.numberAt(x - reach) - 1, this.numberAt(x + reach) - 1]
    const shown = data.wish.rows ?? null
    let best: number | null = null
    let distance = reach * reach
    const look = (row: number) => {
      const off = (this.#x(row) - x) ** 2 + (this.#y(runs.values[row] ?? NaN) - y) ** 2
      if (off < distance) [distance, best] = [off, row]
    }
    if (shown === null) {
      for (let row = Math.max(0, Math.ceil(from)); row <= Math.min(data.rowCount - 1, to); row += 1) look(row)
    } else for (const row of shown) if (row >= from && row <= to) look(row)
    return best
  }

  /** Asked for with every dot. */
  #plot(): HistoryArea {
    return (this.#knownArea ??= areaOf(this.#size, this.#picture))
  }

  #x(row: number): number {
    const [from, to] = this.#plot().range
    const { left, right } = this.#plot()
    return left + ((row + 1 - from) / Math.max(1e-9, to - from)) * (right - left)
  }

  /** What is beyond the axis stands at its end; NaN and infinities above it. */
  #y(value: number): number {
    const { top, bottom } = this.#plot()
    if (!Number.isFinite(value)) return MARGIN.top
    const share = Math.min(1, Math.max(0, this.#scale().toShare(value)))
    return bottom - share * (bottom - top)
  }

  #scaleOf: HistoryData | null = null
  #knownScale: ValueScale = linearScale(0, 1)

  #scale(): ValueScale {
    const data = this.#picture?.data ?? null
    if (data !== null && data !== this.#scaleOf) {
      const { min, max, wish, canLog } = data
      const pad = (max - min) * 0.04
      this.#knownScale =
        wish.isLog === true && canLog
          ? logScale(min, max)
          : linearScale(min - pad, max + (max === min ? 0 : pad))
      this.#scaleOf = data
    }
    return this.#knownScale
  }

  #draw(): void {
    const picture = this.#picture
    if (picture === null) return
    this.#drawUnder(picture)
    this.#drawOver(picture)
    markDrawn('history')
    notePaint('history', picture.seq)
  }

  /** Draws what changed, as long as all else stands where it stood. */
  #drawUnder(picture: HistoryPicture): void {
    const { runs, data, theme, zoom } = picture
    const { min, max, wish, rowCount } = data
    const isDense = data.ended.length > DENSE_COUNT
    const of = [
      min,
      max,
      wish.isLog,
      wish.rows,
      rowCount,
      zoom?.[0],
      zoom?.[1],
      theme,
      isDense,
      data.odd.length > 0,
    ]
    const isSame = of.length === this.#underOf.length && of.every((part, at) => part === this.#underOf[at])
    const touched = this.#touched
    this.#touched = new Set()
    if (isSame && touched !== null) {
      const moved = [...touched].filter(
        (row) => !Object.is(this.#drawnAt[row], Math.fround(this.#heightOf(row, runs))),
      )
      if (moved.length === 0) return
      if (isDense && this.#density !== null) {
        for (const row of moved) this.#countDot(this.#density, row, runs)
        return this.#shade(this.#density, picture)
      }
    }
    this.#underOf = of
    this.#drawnAt = new Float32Array(rowCount).fill(NaN)
    clearLayer(this.#under, this.#size)
    const { canvas, context } = this.#under
    if (isDense) {
      this.#density = new LineDensity(canvas.width, canvas.height)
      for (const row of data.ended) this.#countDot(this.#density, row, runs)
      return this.#shade(this.#density, picture)
    }
    this.#density = null
    const { left, right } = this.#plot()
    context.fillStyle = theme.context
    context.beginPath()
    for (const row of data.ended) {
      const [x, y] = [this.#x(row), this.#heightOf(row, runs)]
      this.#drawnAt[row] = y
      if (x < left - 1 || x > right + 1) continue
      context.moveTo(x, y)
      context.arc(x, y, RADIUS, 0, 2 * Math.PI)
    }
    context.fill()
    this.#drawAxes(context, theme, data)
  }

  /** Where an ended run stands in the lower layer; NaN: nowhere. */
  #heightOf(row: number, { states, values }: HistoryRuns): number {
    const value = values[row] ?? NaN
    const isEnded = states[row] !== 'running' && states[row] !== 'queued'
    return isEnded && Number.isFinite(value) ? this.#y(value) : NaN
  }

  /** Takes a run out from where it was counted, and counts it where it is now. */
  #countDot(density: LineDensity, row: number, runs: HistoryRuns): void {
    const { ratio } = this.#size
    const { left, right } = this.#plot()
    const x = this.#x(row)
    const [before, now] = [this.#drawnAt[row] ?? NaN, Math.fround(this.#heightOf(row, runs))]
    this.#drawnAt[row] = now
    if (x < left - 1 || x > right + 1) return
    if (!Number.isNaN(before)) density.addDot(x * ratio, before * ratio, Math.round(ratio), -1)
    if (!Number.isNaN(now)) density.addDot(x * ratio, now * ratio, Math.round(ratio), 1)
  }

  #shade(density: LineDensity, { data, theme }: HistoryPicture): void {
    const { context } = this.#under
    const { left, right, top, bottom } = this.#plot()
    const pixels = (this.#underPixels ??= context.createImageData(density.width, density.height))
    const fullAt = Math.max(4, (data.ended.length * 27) / ((right - left) * (bottom - top)))
    shadeLayers(
      [{ density, colour: channels(theme.context), strength: 1, faintest: 0.4, fullAt }],
      pixels.data,
    )
    context.putImageData(pixels, 0, 0)
    this.#drawAxes(context, theme, data)
  }

  #drawAxes(context: CanvasRenderingContext2D, theme: ChartTheme, data: HistoryData): void {
    const { left, right, top, bottom } = this.#plot()
    context.font = `11px ${theme.font}`
    context.lineWidth = 1
    context.textBaseline = 'middle'
    context.textAlign = 'right'
    // Under the dots, though drawn after them: they are counted as pixels that know nothing of lines
    context.globalCompositeOperation = 'destination-over'
    context.strokeStyle = theme.grid
    for (const { at } of this.#scale().ticks(Math.max(3, (bottom - top) / 32))) {
      const y = Math.round(bottom - at * (bottom - top)) + 0.5
      context.beginPath()
      context.moveTo(left, y)
      context.lineTo(right, y)
      context.stroke()
    }
    context.globalCompositeOperation = 'source-over'
    context.fillStyle = theme.textMuted
    for (const { at, label } of this.#scale().ticks(Math.max(3, (bottom - top) / 32)))
      context.fillText(label, left - 6, bottom - at * (bottom - top))
    if (data.odd.length > 0) context.fillText('NaN, ∞', left - 6, MARGIN.top)
    const [from, to] = this.#plot().range
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

  #drawOver({ runs, data, theme, pinned }: HistoryPicture): void {
    const { context } = this.#over
    this.#paintTop(runs, data, theme)
    const { left, right, top, bottom } = this.#plot()
    context.save()
    context.beginPath()
    context.rect(left - 6, 0, right - left + 12, bottom + 1)
    context.clip()
    context.globalCompositeOperation = 'destination-over' // under the best runs, which are there already
    this.#drawBest(context, data, theme)
    context.globalCompositeOperation = 'source-over'
    this.#drawVersions(context, data, theme)
    context.strokeStyle = theme.accent
    context.lineWidth = 1.5
    for (const row of data.running) this.#ring(context, row, runs, RADIUS + 1)
    context.fillStyle = theme.bad
    const side = data.wish.goal === 'maximize' ? bottom - 4 : top + 4
    for (const row of data.far)
      this.#triangle(context, this.#x(row), side, data.wish.goal === 'maximize' ? 1 : -1)
    for (const row of data.odd) this.#cross(context, this.#x(row), MARGIN.top, theme.bad)
    context.lineWidth = 2.5
    for (const [index, row] of pinned.entries()) {
      if (row === null) continue
      context.strokeStyle = theme.series[index % theme.series.length] ?? theme.accent
      this.#ring(context, row, runs, RADIUS + 3)
    }
    if (this.#hovered !== null) {
      context.strokeStyle = theme.text
      context.lineWidth = 2
      this.#ring(context, this.#hovered, runs, RADIUS + 3)
    }
    if (this.#drag !== null) {
      context.fillStyle = theme.accent
      context.globalAlpha = 0.2
      context.fillRect(this.#drag[0], top, this.#drag[1] - this.#drag[0], bottom - top)
      context.globalAlpha = 1
    }
    context.restore()
  }

  /** The best runs alone, the best of them on top. */
  #paintTop(runs: HistoryRuns, { top }: HistoryData, theme: ChartTheme): void {
    const { ratio } = this.#size
    const { image, painter } = (this.#topPixels ??= pixelsOf(this.#over))
    painter.clear()
    const { left, right } = this.#plot()
    const colourOf = rankScale(theme)
    for (const [index, row] of top.entries()) {
      const [x, y] = [this.#x(row), this.#y(runs.values[row] ?? NaN)]
      if (x < left - 1 || x > right + 1) continue
      const ink = inkOf(colourOf(shareOfTop(index, top.length)), 1)
      painter.dot(x * ratio, y * ratio, (RADIUS + 0.75) * ratio, ink)
    }
    this.#over.context.putImageData(image, 0, 0)
  }

  #drawVersions(context: CanvasRenderingContext2D, data: HistoryData, theme: ChartTheme): void {
    const { top, bottom } = this.#plot()
    context.font = `11px ${theme.font}`
    context.textAlign = 'left'
    context.textBaseline = 'top'
    for (const { version, row } of data.wish.versions ?? []) {
      const x = Math.round(this.#x(row - 0.5)) + 0.5
      context.strokeStyle = theme.textMuted
      context.lineWidth = 1
      context.setLineDash([1, 3])
      context.beginPath()
      context.moveTo(x, top)
      context.lineTo(x, bottom)
      context.stroke()
      context.setLineDash([])
      context.fillStyle = theme.textMuted
      haloText(context, `space v${version}`, x + 4, top, theme.background)
    }
  }

  #drawBest(context: CanvasRenderingContext2D, data: HistoryData, theme: ChartTheme): void {
    if (data.best.length === 0) return
    context.strokeStyle = theme.accent
    context.lineWidth = 2
    context.beginPath()
    let y = NaN
    for (const [index, { row, value }] of data.best.entries()) {
      const x = this.#x(row)
      if (index === 0) context.moveTo(x, this.#y(value))
      else {
        context.lineTo(x, y)
        context.lineTo(x, this.#y(value))
      }
      y = this.#y(value)
    }
    context.lineTo(this.#x(data.rowCount - 1), y)
    context.stroke()
  }

  #ring(context: CanvasRenderingContext2D, row: number, runs: HistoryRuns, radius: number): void {
    context.beginPath()
    context.arc(this.#x(row), this.#y(runs.values[row] ?? NaN), radius, 0, 2 * Math.PI)
    context.stroke()
  }

  /** @param up -1: it points up */
  #triangle(context: CanvasRenderingContext2D, x: number, y: number, up: 1 | -1): void {
    context.beginPath()
    context.moveTo(x - 4, y - up * 3)
    context.lineTo(x + 4, y - up * 3)
    context.lineTo(x, y + up * 4)
    context.fill()
  }

  #cross(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
    context.strokeStyle = colour
    context.lineWidth = 1.5
    context.beginPath()
    context.moveTo(x - 3, y - 3)
    context.lineTo(x + 3, y + 3)
    context.moveTo(x + 3, y - 3)
    context.lineTo(x - 3, y + 3)
    context.stroke()
  }
}

function areaOf({ width, height }: LayerSize, picture: HistoryPicture | null): HistoryArea {
  const hasOdd = (picture?.data.odd.length ?? 0) > 0
  return {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top + (hasOdd ? 14 : 0),
    bottom: height - MARGIN.bottom,
    range: picture?.zoom ?? [1, Math.max(2, picture?.data.rowCount ?? 2)],
  }
}
