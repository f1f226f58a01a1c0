// The view of the URL in React. A change replaces the entry in the history, except when it is a step of its own.
import { useCallback, useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import { parseView, writeView, type View } from './url-view.ts'

export interface ViewControl {
  readonly view: View
  /** @param isStep the back button returns to before it @default false */
  change(change: Partial<View>, isStep?: boolean): void
}

export function useView(): ViewControl {
  const search = useSearch()
  const [, navigate] = useLocation()
  const view = useMemo(() => parseView(search), [search])
  const change = useCallback(
    (changed: Partial<View>, isStep = false) => {
      // Read anew: two changes of one moment must not undo each other.
      const query = writeView(window.location.search, changed)
      navigate(`${window.location.pathname}${query === '' ? '' : `?${query}`}`, { replace: !isStep })
    },
    [navigate],
  )
  return { view, change }
}
