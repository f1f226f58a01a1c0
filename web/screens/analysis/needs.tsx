// What stands in a panel instead of a chart: what it needs, or that it is being computed. Never an empty chart.
import { useEffect, useState, type ReactNode } from 'react'

export function Needs({ children }: { readonly children: ReactNode }) {
  return <p className="muted analysis-needs">{children}</p>
}

/** After 150 ms, so that what comes at once does not flicker. */
export function Computing({ what }: { readonly what: string }) {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(true), 150)
    return () => window.clearTimeout(timer)
  }, [])
  return (
    <div className="analysis-needs" role="status">
      {isShown && <span className="muted">{what} …</span>}
    </div>
  )
}

/** A panel without a chart: a heading and the reason. */
export function EmptyPanel({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="panel chart-panel" aria-label={title}>
      <header className="chart-panel-head">
        <h2>{title}</h2>
      </header>
      {children}
    </section>
  )
}
