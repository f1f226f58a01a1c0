// Tells screen readers what happened: new best, a change of the sweep's state, a host in quarantine; at most one
// sentence in ten seconds, the newest.
import { useEffect, useState } from 'react'

const EVERY_MS = 10_000
let say: ((text: string) => void) | null = null

/** @param text one sentence */
export function announce(text: string): void {
  say?.(text)
}

export function LiveRegion() {
  const [text, setText] = useState('')
  useEffect(() => {
    let saidAtMs = -EVERY_MS
    let waiting: number | undefined
    say = (next) => {
      window.clearTimeout(waiting)
      const waitMs = Math.max(0, saidAtMs + EVERY_MS - performance.now())
      waiting = window.setTimeout(() => {
        saidAtMs = performance.now()
        setText(next)
      }, waitMs)
    }
    return () => {
      window.clearTimeout(waiting)
      say = null
    }
  }, [])
  return (
    <div className="visually-hidden" role="log" aria-live="polite">
      {text}
    </div>
  )
}
