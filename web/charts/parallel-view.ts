// Parallel coordinates on three canvases: all lines as counted pixels, the best and the pinned runs over them, and on
// top the axes, the brushes and the run under the pointer. What the pointer does is told, not decided, here.
import { channels, rankScale, SERIES_DASHES } from '../../charts/chart-theme.ts'
import { shadeLayers } from '../../charts/line-density.ts'
import { ParallelLines, pixelOf, type PlacedAxis, type PlotArea } from '../../charts/parallel-lines.ts'
import { inkOf } from '../../charts/pixel-painter.ts'
import { pickTopRuns, shareOfTop } from '../../charts/top-runs.ts'
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
import {
  drawParallelMarks,
  SIDE,
  strokeRun,
  type ParallelPicture,
  type ParallelPlace,
  type ShownAxis,
} from './parallel-marks.ts'
import { everyFrame, markDrawn, notePaint, soon } from './paint-timing.ts'

const TOP = 8
const BOTTOM = 10
/** With room for runs that have no value on some axis. */
const BOTTOM_MISSING = 26
/** What one piece of work may take, so that frames are not missed. */
const SLICE_MS = 6
/** Of the first drawing: nobody moves anything yet, and each piece costs a frame. */
const FIRST_SLICE_MS = 16
const FEW_LINES = 400

export class ParallelView {
  readonly #box: HTMLElement
  readonly #under: CanvasLayer
  readonly #over: CanvasLayer
  readonly #marks: CanvasLayer
  readonly #frame = everyFrame(() => this.#draw())
  #size: LayerSize
  #picture: ParallelPicture | null = null
  #lines: ParallelLines | null = null
  #linesOf: readonly ShownAxis[] = []
  #pixels: ImageData | null = null
  /** The layer of the runs that lie on top; null: not of this size yet. */
  #top: PaintedLayer | null = null
  #isWorking = false
  #hasDrawn = false
  #isUnderCurrent = false
  /** The runs that lie on top as they were drawn; null: to be drawn anew. */
  #topDrawn: { readonly top: readonly number[]; readonly pinned: readonly string[] } | null = null
  /** Runs that changed since then. */
  #touched = new Set<number>()
  /** What the marks were drawn from. */
  #marksOf: readonly unknown[] = []
  #hovered: number | null = null

  constructor(box: HTMLElement) {
    this.#box = box
    this.#under = addLayer(box)
    this.#over = addLayer(box)
    this.#marks = addLayer(box)
    this.#size = sizeOf(box)
    this.#resizeLayers()
  }

  /** @param changedRows runs that are not as they were when last shown; null: all may be others */
  show(picture: ParallelPicture, changedRows: ReadonlySet<number> | null): void {
    const before = this.#picture
    this.#picture = picture
    if (changedRows === null || this.#lines === null || !isSameAxes(picture.axes, this.#linesOf))
      this.#lines = null
    else if (changedRows.size > 0) this.#lines.touch(changedRows)
    if (before?.theme !== picture.theme) this.#isUnderCurrent = false
    if (changedRows === null || before?.theme !== picture.theme || before.axes !== picture.axes)
      this.#topDrawn = null
    else for (const row of changedRows) this.#touched.add(row)
    this.#frame.ask()
  }

  resize(): void {
    const size = sizeOf(this.#box)
    const { width, height, ratio } = this.#size
    if (size.width === width && size.height === height && size.ratio === ratio) return
    this.#size = size
    this.#resizeLayers()
    this.#lines = null
    this.#frame.ask()
  }

  hover(row: number | null): void {
    if (row === this.#hovered) return
    this.#hovered = row
    this.#frame.ask()
  }

  dispose(): void {
    this.#frame.stop()
    this.#picture = null
    for (const { canvas } of [this.#under, this.#over, this.#marks]) canvas.remove()
  }

  toCanvas(): HTMLCanvasElement {
    return joinLayers([this.#under, this.#over, this.#marks], this.#picture?.theme.background ?? 'white')
  }

  /** Of an axis, in CSS pixels. */
  xOf(index: number): number {
    const count = this.#picture?.axes.length ?? 0
    const span = this.#size.width - 2 * SIDE
    return count <= 1 ? this.#size.width / 2 : SIDE + (index * span) / (count - 1)
  }

  /** The share of an axis at a height in CSS pixels. */
  shareAt(index: number, y: number): number {
    const { top, bottom } = this.#area(1)
    const up = (bottom - y) / (bottom - top)
    return up >= 0 && this.#picture?.axes[index]?.isFlipped === true ? 1 - up : up
  }

  /** The visible run whose line is nearest; null: none within reach. */
  rowAt(x: number, y: number): number | null {
    const picture = this.#picture
    if (picture === null || picture.axes.length < 2) return null
    let right = 1
    while (right < picture.axes.length - 1 && this.xOf(right) < x) right += 1
    const [from, to] = [this.xOf(right - 1), this.xOf(right)]
    const share = Math.min(1, Math.max(0, (x - from) / (to - from)))
    const [a, b] = [picture.axes[right - 1]!, picture.axes[right]!]
    const area = this.#area(1)
    let best: number | null = null
    let distance = 6
    for (const row of picture.selected.visibleRows) {
      const y0 = pixelOf(area, a.axis.places[row]!, a.isFlipped)
      const y1 = pixelOf(area, b.axis.places[row]!, b.isFlipped)
      const off = Math.abs(y0 + (y1 - y0) * share - y)
      if (off < distance) [distance, best] = [off, row]
    }
    return best
  }

  #resizeLayers(): void {
    for (const layer of [this.#under, this.#over, this.#marks]) resizeLayer(layer, this.#size)
    const { canvas, context } = this.#under
    this.#pixels = context.createImageData(canvas.width, canvas.height)
    this.#isUnderCurrent = false
    this.#topDrawn = null
    this.#top = null
    this.#marksOf = []
  }

  #area(ratio: number): PlotArea {
    const { width, height } = this.#size
    const hasMissing = this.#picture?.axes.some(({ axis }) => axis.missingCount > 0) === true
    return {
      width: Math.round(width * ratio),
      height: Math.round(height * ratio),
      top: TOP * ratio,
      bottom: (height - (hasMissing ? BOTTOM_MISSING : BOTTOM)) * ratio,
    }
  }

  /** What people look at first: the best runs and the axes; then the others, in slices. */
  #draw(): void {
    const picture = this.#picture
    if (picture === null) return
    this.#drawTop(picture)
    this.#drawMarks(picture)
    notePaint('best lines', picture.selected.table.seq)
    this.#wantLines(picture)
    if (!this.#isWorking) this.#work()
  }

  #wantLines({ axes, selected }: ParallelPicture): void {
    const { ratio } = this.#size
    if (this.#lines !== null && this.#lines.area.bottom !== this.#area(ratio).bottom) this.#lines = null
    if (this.#lines === null) {
      const placed = axes.map(({ axis, isFlipped }, index): PlacedAxis => ({
        axis,
        isFlipped,
        x: Math.round(this.xOf(index) * ratio),
      }))
      const capacity = Math.min(...axes.map(({ axis }) => axis.places.length))
      this.#lines = new ParallelLines(this.#area(ratio), placed, axes.length === 0 ? 0 : capacity)
      this.#linesOf = axes
      this.#isUnderCurrent = false
    }
    const isBrushed = selected.brush.size > 0
    this.#lines.want(selected.table.count, selected.isFiltered, isBrushed ? selected.isVisible : null)
  }

  #work(): void {
    this.#isWorking = false
    const { lines, picture } = { lines: this.#lines, picture: this.#picture }
    if (lines === null || picture === null) return
    const until = performance.now() + (this.#hasDrawn ? SLICE_MS : FIRST_SLICE_MS)
    const { hasChanged, isDone } = lines.advance(() => performance.now() >= until)
    if (hasChanged) this.#isUnderCurrent = false
    if (!isDone) {
      this.#isWorking = true
      return soon(() => this.#work())
    }
    if (!this.#isUnderCurrent) this.#shade(lines, picture)
    this.#isUnderCurrent = true
    this.#hasDrawn = true
    markDrawn('parallel')
    notePaint('parallel', picture.selected.table.seq)
  }

  #shade(lines: ParallelLines, { selected, theme }: ParallelPicture): void {
    if (this.#pixels === null) return
    const isBrushed = selected.brush.size > 0
    const count = selected.filteredRows.length
    const base = {
      density: lines.base,
      colour: channels(theme.context),
      strength: isBrushed ? 0.35 : 0.95,
      faintest: (isBrushed ? 0.35 : 1) * (count > FEW_LINES ? 0.12 : 0.55),
      fullAt: Math.max(4, count / 8),
    }
    const litCount = selected.visibleRows.length
    const lit = {
      density: lines.lit,
      colour: channels(theme.textMuted),
      strength: 0.95,
      faintest: litCount > FEW_LINES ? 0.15 : 0.5,
      fullAt: Math.max(4, litCount / 8),
    }
    shadeLayers(isBrushed ? [base, lit] : [base], this.#pixels.data)
    this.#under.context.putImageData(this.#pixels, 0, 0)
  }

  #drawTop(picture: ParallelPicture): void {
    const { selected, rowsByRank, theme } = picture
    const { top } = pickTopRuns(rowsByRank, selected.isVisible)
    const { pinned } = selected
    if (this.#topDrawn !== null && this.#isTopCurrent(this.#topDrawn, top, picture)) return
    this.#topDrawn = { top, pinned }
    this.#touched.clear()
    this.#paintTop(picture, top)
    const { context } = this.#over
    const place = this.#place()
    context.lineJoin = 'round'
    context.lineWidth = 2.4
    for (const [index, id] of selected.pinned.entries()) {
      const row = selected.table.rowOf(id)
      if (row === null) continue
      context.strokeStyle = theme.series[index % theme.series.length] ?? theme.accent
      context.setLineDash([...(SERIES_DASHES[index % SERIES_DASHES.length] ?? [])])
      strokeRun(context, picture, place, row)
    }
    context.setLineDash([])
  }

  /** The best runs, the best of them on top. */
  #paintTop({ axes, theme }: ParallelPicture, top: readonly number[]): void {
    const { ratio } = this.#size
    const { context, image, painter } = (this.#top ??= withPixels(this.#over))
    painter.clear()
    const area = this.#area(ratio)
    const thickness = (top.length > 60 ? 1.2 : 1.6) * ratio
    const colourOf = rankScale(theme)
    for (const [index, row] of top.entries()) {
      const ink = inkOf(colourOf(shareOfTop(index, top.length)), 0.9)
      let [x, y] = [NaN, NaN]
      for (const [at, { axis, isFlipped }] of axes.entries()) {
        const [nextX, nextY] = [this.xOf(at) * ratio, pixelOf(area, axis.places[row]!, isFlipped)]
        if (at > 0) painter.line(x, y, nextX, nextY, thickness, ink)
        ;[x, y] = [nextX, nextY]
      }
    }
    context.putImageData(image, 0, 0)
  }

  #isTopCurrent(
    drawn: { readonly top: readonly number[]; readonly pinned: readonly string[] },
    top: readonly number[],
    { selected }: ParallelPicture,
  ): boolean {
    if (drawn.pinned !== selected.pinned || drawn.top.length !== top.length) return false
    if (top.some((row, at) => row !== drawn.top[at] || this.#touched.has(row))) return false
    return !selected.pinned.some((id) => this.#touched.has(selected.table.rowOf(id) ?? -1))
  }

  #drawMarks(picture: ParallelPicture): void {
    const { axes, theme, selected } = picture
    const place = this.#place()
    const of = [axes, theme, selected.brush, this.#hovered, place.area.bottom, place.area.width]
    if (of.every((part, at) => part === this.#marksOf[at])) return
    this.#marksOf = of
    clearLayer(this.#marks, this.#size)
    drawParallelMarks(this.#marks.context, picture, place, this.#hovered)
  }

  #place(): ParallelPlace {
    return { area: this.#area(1), xOf: (index) => this.xOf(index) }
  }
}

function isSameAxes(a: readonly ShownAxis[], b: readonly ShownAxis[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, at) => one.axis === b[at]?.axis && one.isFlipped === b[at].isFlipped)
  )
}
