// What lies over the lines of parallel coordinates: the axes with their ticks and brushes, and the run under the pointer.
import type { ChartTheme } from '../../charts/chart-theme.ts'
import { axisTicks, type ParallelAxis } from '../../charts/parallel-data.ts'
import { pixelOf, type PlotArea } from '../../charts/parallel-lines.ts'
import type { SelectionState } from '../selection/selection.ts'
import { brushSpans } from './axis-brush.ts'
import { haloText } from './canvas-layer.ts'

export interface ShownAxis {
  readonly axis: ParallelAxis
  readonly isFlipped: boolean
}

export interface ParallelPicture {
  readonly selected: SelectionState
  readonly axes: readonly ShownAxis[]
  /** Ranked rows, the best first. */
  readonly rowsByRank: Uint32Array
  readonly theme: ChartTheme
}

/** In CSS pixels. */
export interface ParallelPlace {
  readonly area: PlotArea
  /** Of an axis. */
  readonly xOf: (index: number) => number
}

/** CSS pixels left and right of the outer axes; the names of the axes are placed by it too. */
export const SIDE = 40
const BRUSH_WIDTH = 12

export function strokeRun(
  context: CanvasRenderingContext2D,
  { axes }: ParallelPicture,
  { area, xOf }: ParallelPlace,
  row: number,
): void {
  context.beginPath()
  for (const [index, { axis, isFlipped }] of axes.entries())
    context.lineTo(xOf(index), pixelOf(area, axis.places[row]!, isFlipped))
  context.stroke()
}

export function drawParallelMarks(
  context: CanvasRenderingContext2D,
  picture: ParallelPicture,
  place: ParallelPlace,
  hovered: number | null,
): void {
  const { axes, theme, selected } = picture
  const { area, xOf } = place
  context.font = `11px ${theme.font}`
  context.textBaseline = 'middle'
  if (hovered !== null) {
    context.lineWidth = 5
    context.strokeStyle = theme.background
    strokeRun(context, picture, place, hovered)
    context.lineWidth = 2.4
    context.strokeStyle = theme.text
    strokeRun(context, picture, place, hovered)
  }
  const room = axes.length > 1 ? xOf(1) - xOf(0) : area.width
  for (const [index, { axis, isFlipped }] of axes.entries()) {
    const x = Math.round(xOf(index)) + 0.5
    context.lineWidth = 1
    context.strokeStyle = theme.textMuted
    context.beginPath()
    context.moveTo(x, area.top)
    context.lineTo(x, area.bottom)
    context.stroke()
    const range = selected.brush.get(axis.name)
    for (const [from, to] of range === undefined ? [] : brushSpans(axis, range)) {
      const [y0, y1] = [pixelOf(area, from, isFlipped), pixelOf(area, to, isFlipped)]
      context.fillStyle = theme.accent
      context.globalAlpha = 0.3
      context.fillRect(x - BRUSH_WIDTH / 2, Math.min(y0, y1), BRUSH_WIDTH, Math.max(2, Math.abs(y1 - y0)))
      context.globalAlpha = 1
      context.strokeStyle = theme.accent
      context.strokeRect(x - BRUSH_WIDTH / 2, Math.min(y0, y1), BRUSH_WIDTH, Math.max(2, Math.abs(y1 - y0)))
    }
    const isLast = index === axes.length - 1
    context.textAlign = isLast && axes.length > 1 ? 'right' : 'left'
    context.fillStyle = theme.textMuted
    for (const { at, label } of axisTicks(axis, Math.max(3, Math.floor((area.bottom - area.top) / 30)))) {
      const y = pixelOf(area, at, isFlipped)
      const text = fitText(context, label, isLast ? SIDE + room / 2 : room - 14)
      haloText(context, text, x + (context.textAlign === 'right' ? -6 : 6), y, theme.background)
    }
  }
}

/** Cut with a dot in the middle of its line where it is too long. */
function fitText(context: CanvasRenderingContext2D, text: string, width: number): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
  if (context.measureText(short).width <= width) return short
  let length = short.length
  while (length > 1 && context.measureText(`${short.slice(0, length)}…`).width > width) length -= 1
  return `${short.slice(0, length)}…`
}
