// The pointer on the parallel coordinates: a drag along an axis brushes it, a drag of a brush moves it, a click on an
// axis clears it, a click on a line pins its run, and what is under the pointer is told.
import type { Selection } from '../selection/selection.ts'
import { brushSpans, rangeOfSpan } from './axis-brush.ts'
import { everyFrame } from './paint-timing.ts'
import type { ParallelPicture } from './parallel-marks.ts'
import type { ParallelView } from './parallel-view.ts'

/** How near an axis a press brushes it, in CSS pixels. */
const REACH = 14
const CLICK = 4

interface Drag {
  readonly index: number
  readonly startY: number
  /** The brush that is moved, as shares; null: a new one is drawn. */
  readonly span: readonly [number, number] | null
  y: number
  hasMoved: boolean
}

/** @returns ends it */
export function followPointer(
  box: HTMLElement,
  view: ParallelView,
  picture: () => ParallelPicture | null,
  selection: Selection,
): () => void {
  let drag: Drag | null = null
  const brushing = everyFrame(() => {
    if (drag !== null) brush(drag)
  })

  function brush({ index, startY, y, span }: Drag): void {
    const axis = picture()?.axes[index]?.axis
    if (axis === undefined) return
    const [start, end] = [view.shareAt(index, startY), view.shareAt(index, y)]
    const by = end - start
    const [from, to] = span === null ? [start, end] : [span[0] + by, span[1] + by]
    selection.setBrush(axis.name, rangeOfSpan(axis, from, to))
  }

  const place = (event: PointerEvent) => {
    const { left, top } = box.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const axisAt = (x: number): number | null => {
    const count = picture()?.axes.length ?? 0
    for (let index = 0; index < count; index += 1) if (Math.abs(view.xOf(index) - x) <= REACH) return index
    return null
  }
  const idAt = (x: number, y: number): string | null => {
    const row = view.rowAt(x, y)
    return row === null ? null : (picture()?.selected.table.ids[row] ?? null)
  }

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return
    const { x, y } = place(event)
    const index = axisAt(x)
    if (index === null) return
    event.preventDefault()
    box.setPointerCapture(event.pointerId)
    const shown = picture()
    const axis = shown?.axes[index]?.axis
    const range = axis === undefined ? undefined : shown?.selected.brush.get(axis.name)
    const share = view.shareAt(index, y)
    const spans = axis === undefined || range === undefined ? [] : brushSpans(axis, range)
    const span = spans.length === 1 ? spans.find(([from, to]) => share >= from && share <= to) : undefined
    drag = { index, startY: y, y, span: span ?? null, hasMoved: false }
    selection.hover(null)
  }
  const move = (event: PointerEvent) => {
    const { x, y } = place(event)
    if (drag === null) {
      const index = axisAt(x)
      box.style.cursor = index === null ? '' : 'ns-resize'
      return selection.hover(idAt(x, y))
    }
    drag.y = y
    drag.hasMoved ||= Math.abs(y - drag.startY) >= CLICK
    if (drag.hasMoved) brushing.ask()
  }
  const up = (event: PointerEvent) => {
    const { x, y } = place(event)
    if (drag === null) {
      const id = event.type === 'pointerup' && event.button === 0 ? idAt(x, y) : null
      if (id !== null) selection.togglePin(id)
      return
    }
    const axis = picture()?.axes[drag.index]?.axis
    drag.y = y
    if (drag.hasMoved) brush(drag)
    else if (axis !== undefined) selection.setBrush(axis.name, null)
    drag = null
    brushing.stop()
  }
  const leave = () => {
    if (drag === null) selection.hover(null)
  }

  box.addEventListener('pointerdown', down)
  box.addEventListener('pointermove', move)
  box.addEventListener('pointerup', up)
  box.addEventListener('pointercancel', up)
  box.addEventListener('pointerleave', leave)
  return () => {
    brushing.stop()
    box.removeEventListener('pointerdown', down)
    box.removeEventListener('pointermove', move)
    box.removeEventListener('pointerup', up)
    box.removeEventListener('pointercancel', up)
    box.removeEventListener('pointerleave', leave)
  }
}
