// The pointer on the history: a drag across it zooms to those runs, a double click shows all again, a click on a dot
// pins its run, and the run under the pointer is told.
import type { Selection } from '../selection/selection.ts'
import type { HistoryView } from './history-view.ts'

const CLICK = 4

/** @param zoom takes a range as the URL writes it; empty: all @returns ends it */
export function followZoom(
  box: HTMLElement,
  view: HistoryView,
  selection: Selection,
  zoom: (range: string) => void,
): () => void {
  let startX: number | null = null
  const place = (event: MouseEvent) => {
    const { left, top } = box.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const idAt = (x: number, y: number): string | null => {
    const row = view.rowAt(x, y)
    return row === null ? null : (selection.state()?.table.ids[row] ?? null)
  }
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return
    startX = place(event).x
    box.setPointerCapture(event.pointerId)
  }
  const move = (event: PointerEvent) => {
    const { x, y } = place(event)
    if (startX === null || Math.abs(x - startX) < CLICK) return selection.hover(idAt(x, y))
    selection.hover(null)
    view.showDrag([Math.min(x, startX), Math.max(x, startX)])
  }
  const up = (event: PointerEvent) => {
    const { x, y } = place(event)
    view.showDrag(null)
    if (startX === null) return
    const [from, to] = [view.numberAt(Math.min(x, startX)), view.numberAt(Math.max(x, startX))]
    const isClick = Math.abs(x - startX) < CLICK
    startX = null
    if (!isClick) return zoom(`${Math.max(1, Math.round(from))}..${Math.max(2, Math.round(to))}`)
    const id = idAt(x, y)
    if (id !== null) selection.togglePin(id)
  }
  const cancel = () => {
    startX = null
    view.showDrag(null)
  }
  const leave = () => selection.hover(null)
  const all = () => zoom('')
  box.addEventListener('pointerdown', down)
  box.addEventListener('pointermove', move)
  box.addEventListener('pointerup', up)
  box.addEventListener('pointercancel', cancel)
  box.addEventListener('pointerleave', leave)
  box.addEventListener('dblclick', all)
  return () => {
    box.removeEventListener('pointerdown', down)
    box.removeEventListener('pointermove', move)
    box.removeEventListener('pointerup', up)
    box.removeEventListener('pointercancel', cancel)
    box.removeEventListener('pointerleave', leave)
    box.removeEventListener('dblclick', all)
  }
}
