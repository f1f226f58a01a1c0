// What lies over the dots of the history: the best so far, versions of the space, the best runs, running and pinned ones,
// what is beyond the axis, the run under the pointer, and a range that is being drawn.
import { rankScale } from '../../charts/chart-theme.ts'
import { inkOf } from '../../charts/pixel-painter.ts'
import { shareOfTop } from '../../charts/top-runs.ts'
import { haloText, type PaintedLayer } from './canvas-layer.ts'
import type { HistoryArea, HistoryPicture } from './history-area.ts'

/** Of a dot, in CSS pixels. */
export const RADIUS = 2.25

export interface HistoryPointer {
  readonly hovered: number | null
  /** A range that is being drawn with the pointer, in CSS pixels. */
  readonly drag: readonly [number, number] | null
}

/** @param ratio device pixels to a CSS pixel */
export function drawHistoryOver(
  layer: PaintedLayer,
  ratio: number,
  area: HistoryArea,
  picture: HistoryPicture,
  { hovered, drag }: HistoryPointer,
): void {
  const { context } = layer
  const { data, theme, pinned } = picture
  const { left, right, top, bottom } = area
  paintTop(layer, ratio, area, picture)
  context.save()
  context.beginPath()
  context.rect(left - 6, 0, right - left + 12, bottom + 1)
  context.clip()
  context.globalCompositeOperation = 'destination-over' // under the best runs, which are there already
  drawBest(context, area, picture)
  context.globalCompositeOperation = 'source-over'
  drawVersions(context, area, picture)
  context.strokeStyle = theme.accent
  context.lineWidth = 1.5
  for (const row of data.running) ring(context, area, row, RADIUS + 1)
  context.fillStyle = theme.bad
  const isUp = data.wish.goal !== 'maximize'
  for (const row of data.far) triangle(context, area.x(row), isUp ? top + 4 : bottom - 4, isUp ? -1 : 1)
  for (const row of data.odd) cross(context, area.x(row), area.oddY, theme.bad)
  context.lineWidth = 2.5
  for (const [index, row] of pinned.entries()) {
    if (row === null) continue
    context.strokeStyle = theme.series[index % theme.series.length] ?? theme.accent
    ring(context, area, row, RADIUS + 3)
  }
  if (hovered !== null) {
    context.strokeStyle = theme.text
    context.lineWidth = 2
    ring(context, area, hovered, RADIUS + 3)
  }
  if (drag !== null) {
    context.fillStyle = theme.accent
    context.globalAlpha = 0.2
    context.fillRect(drag[0], top, drag[1] - drag[0], bottom - top)
    context.globalAlpha = 1
  }
  context.restore()
}

/** The best runs alone, the best of them on top. */
function paintTop(
  { context, image, painter }: PaintedLayer,
  ratio: number,
  area: HistoryArea,
  { data: { top }, theme }: HistoryPicture,
): void {
  painter.clear()
  const colourOf = rankScale(theme)
  for (const [index, row] of top.entries()) {
    const x = area.x(row)
    if (!area.isInSight(x)) continue
    const ink = inkOf(colourOf(shareOfTop(index, top.length)), 1)
    painter.dot(x * ratio, area.valueY(row) * ratio, (RADIUS + 0.75) * ratio, ink)
  }
  context.putImageData(image, 0, 0)
}

function drawVersions(
  context: CanvasRenderingContext2D,
  area: HistoryArea,
  { data, theme }: HistoryPicture,
): void {
  context.font = `11px ${theme.font}`
  context.textAlign = 'left'
  context.textBaseline = 'top'
  for (const { version, row } of data.wish.versions ?? []) {
    const x = Math.round(area.x(row - 0.5)) + 0.5
    context.strokeStyle = theme.textMuted
    context.lineWidth = 1
    context.setLineDash([1, 3])
    context.beginPath()
    context.moveTo(x, area.top)
    context.lineTo(x, area.bottom)
    context.stroke()
    context.setLineDash([])
    context.fillStyle = theme.textMuted
    haloText(context, `space v${version}`, x + 4, area.top, theme.background)
  }
}

function drawBest(
  context: CanvasRenderingContext2D,
  area: HistoryArea,
  { data, theme }: HistoryPicture,
): void {
  if (data.best.length === 0) return
  context.strokeStyle = theme.accent
  context.lineWidth = 2
  context.beginPath()
  let y = NaN
  for (const [index, { row, value }] of data.best.entries()) {
    const x = area.x(row)
    if (index === 0) context.moveTo(x, area.y(value))
    else {
      context.lineTo(x, y)
      context.lineTo(x, area.y(value))
    }
    y = area.y(value)
  }
  context.lineTo(area.x(data.rowCount - 1), y)
  context.stroke()
}

function ring(context: CanvasRenderingContext2D, area: HistoryArea, row: number, radius: number): void {
  context.beginPath()
  context.arc(area.x(row), area.valueY(row), radius, 0, 2 * Math.PI)
  context.stroke()
}

/** @param up -1: it points up */
function triangle(context: CanvasRenderingContext2D, x: number, y: number, up: 1 | -1): void {
  context.beginPath()
  context.moveTo(x - 4, y - up * 3)
  context.lineTo(x + 4, y - up * 3)
  context.lineTo(x, y + up * 4)
  context.fill()
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.beginPath()
  context.moveTo(x - 3, y - 3)
  context.lineTo(x + 3, y + 3)
  context.moveTo(x + 3, y - 3)
  context.lineTo(x - 3, y + 3)
  context.stroke()
}
