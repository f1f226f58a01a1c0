// The small note beside the pointer: which run is under it. Only this is rendered while the pointer moves.
import { useEffect, useState, type RefObject } from 'react'
import { formatCell } from '../format/number.ts'
import { useHovered } from '../selection/use-selection.ts'
import { selectionOf } from '../selection/selection.ts'

interface RunTipProps {
  readonly sweepRef: string
  /** The note stands within it, and only while the pointer does. */
  readonly box: RefObject<HTMLDivElement | null>
}

export function RunTip({ sweepRef, box }: RunTipProps) {
  const hovered = useHovered(sweepRef)
  const [at, setAt] = useState<{ x: number; y: number } | null>(null)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const move = (event: PointerEvent) => {
      const { left, top } = element.getBoundingClientRect()
      setAt({ x: event.clientX - left, y: event.clientY - top })
    }
    const leave = () => setAt(null)
    element.addEventListener('pointermove', move)
    element.addEventListener('pointerleave', leave)
    return () => {
      element.removeEventListener('pointermove', move)
      element.removeEventListener('pointerleave', leave)
    }
  }, [box])
  if (hovered === null || at === null) return null
  const { table } = selectionOf(sweepRef).state() ?? { table: null }
  const row = table?.rowOf(hovered) ?? null
  if (table === null || row === null) return null
  const rank = table.ranks[row] ?? 0
  const isRight = at.x > (box.current?.clientWidth ?? 0) / 2
  return (
    <div
      className="run-tip"
      aria-hidden="true"
      style={
        isRight
          ? { right: (box.current?.clientWidth ?? 0) - at.x + 12, top: at.y }
          : { left: at.x + 12, top: at.y }
      }
    >
      <strong>{hovered}</strong> {formatCell(table.numbers.value, row)}
      <span className="muted">{rank > 0 ? ` #${rank}` : ` ${table.states[row] ?? ''}`} · click to pin</span>
    </div>
  )
}
