// Where the filter of a sweep's screens is written: applied as it is typed, with the fault in it below.
import { useEffect, useId, useRef, useState } from 'react'
import { useKeys } from '../keys/use-keys.ts'
import { useSelection } from './use-selection.ts'
import './filter-box.css'

const APPLY_AFTER_MS = 120

export function FilterBox({ sweepRef }: { readonly sweepRef: string }) {
  const { selected, selection } = useSelection(sweepRef)
  const input = useRef<HTMLInputElement>(null)
  const applied = selected?.filterText ?? ''
  const [text, setText] = useState(applied)
  const [known, setKnown] = useState(applied)
  const problemId = useId()
  // The filter was changed elsewhere (a link, a click in a chart)
  if (applied !== known) {
    setKnown(applied)
    setText(applied)
  }
  useKeys({ '/': () => input.current?.focus() })
  useEffect(() => {
    if (text === known) return
    const timer = window.setTimeout(() => {
      setKnown(text)
      selection.setFilter(text)
    }, APPLY_AFTER_MS)
    return () => window.clearTimeout(timer)
  }, [text, known, selection])
  const problem = selected?.filterProblem ?? null
  return (
    <div className="filter-box">
      <label className="row">
        <span className="muted">filter</span>
        <input
          ref={input}
          type="search"
          className="mono"
          spellCheck={false}
          placeholder="state:finished lr>=1e-3 opt:adam|sgd"
          value={text}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : problemId}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') {
              setKnown(text)
              selection.setFilter(text)
            } else if (event.key === 'Escape' && text === '') event.currentTarget.blur()
          }}
        />
      </label>
      {problem !== null && (
        <p id={problemId} className="filter-problem" role="status">
          {problem}
        </p>
      )}
    </div>
  )
}
