// The selection in React. useSelection renders again when runs, filter, brush, pins or checked runs change; hovering is
// apart from it: useHovered renders again for every run under the pointer, so it belongs into what is small.
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { useView } from '../view/use-view.ts'
import { selectionOf, type Selection, type SelectionState } from './selection.ts'

export interface SelectionControl {
  /** What is selected; null until the sweep is there. */
  readonly selected: SelectionState | null
  /** What changes it: setFilter, setBrush, clearBrush, togglePin, check, hover... */
  readonly selection: Selection
}

export function useSelection(sweepRef: string): SelectionControl {
  const selection = useMemo(() => selectionOf(sweepRef), [sweepRef])
  const { view } = useView()
  useEffect(() => selection.adopt(view), [selection, view])
  const selected = useSyncExternalStore(selection.subscribe, selection.state)
  return { selected, selection }
}

/** The id of the run under the pointer; null: none. */
export function useHovered(sweepRef: string): string | null {
  const selection = useMemo(() => selectionOf(sweepRef), [sweepRef])
  return useSyncExternalStore(selection.subscribeHover, selection.hovered)
}
