// What every screen of a sweep stands in: its name and state, what may be done with it, and the way to its other
// screens. The view (filter, brush, pins...) goes along to them.
import { useEffect, useState, type ReactNode } from 'react'
import { Link, useParams, useSearch } from 'wouter'
import { SweepActions } from '../actions/sweep-actions.tsx'
import { StateLabel } from '../format/state-label.tsx'
import { sweepPath, type SweepPage } from '../format/entity-link.tsx'
import { useSweepKeys } from '../keys/sweep-keys.ts'
import type { SweepTable } from '../live/sweep-table.ts'
import { useSweep } from '../live/use-sweep.ts'
import { FailedRequest } from './failure.tsx'
import './sweep-frame.css'

export interface SweepScreen {
  /** As the address says it: for useSweep, useSelection and requests. */
  readonly sweepRef: string
  readonly table: SweepTable
  /** Goes up with every change of the table, which stays the same object. */
  readonly version: number
}

interface SweepFrameProps {
  /** Which of the sweep's screens this is. */
  readonly page: SweepPage
  /** Beside the way to the other screens: the filter, for screens that obey it. */
  readonly tools?: (sweepRef: string) => ReactNode
  /** Drawn once the sweep is there. */
  readonly children: (screen: SweepScreen) => ReactNode
}

export function SweepFrame({ page, tools, children }: SweepFrameProps) {
  const { sweep: sweepRef = '' } = useParams<{ sweep: string }>()
  const { table, problem, version } = useSweep(sweepRef)
  useSweepKeys(sweepRef)
  useEffect(() => {
    if (table === null) return
    document.title = `${clip(table.sweep.name, 60)} · sweep`
    return () => void (document.title = 'sweep')
  }, [table, table?.sweep.name])
  if (table === null) {
    if (problem !== null) return <FailedRequest what="This sweep" error={problem} />
    return <Skeleton />
  }
  return (
    <div className="sweep-screen">
      <SweepHead sweepRef={sweepRef} table={table} />
      <SweepNav sweepRef={sweepRef} page={page}>
        {tools?.(sweepRef)}
      </SweepNav>
      {children({ sweepRef, table, version })}
    </div>
  )
}

function SweepHead({ sweepRef, table }: { readonly sweepRef: string; readonly table: SweepTable }) {
  const { sweep } = table
  const goal = sweep.metric === null ? 'no metric' : `${sweep.metric.goal} ${sweep.metric.name}`
  return (
    <div className="sweep-head">
      <h1 className="clip" title={sweep.name}>
        {clip(sweep.name, 300)}
      </h1>
      <StateLabel state={sweep.state} title={sweep.stateReason} />
      <span className="muted clip sweep-goal" title={`${goal}, method ${sweep.method}`}>
        {goal} · {sweep.method}
      </span>
      <code className="muted">{sweep.id}</code>
      <span className="grow" />
      <SweepActions sweepRef={sweepRef} sweep={sweep} />
    </div>
  )
}

const PAGES: readonly (readonly [SweepPage, string])[] = [
  ['', 'Overview'],
  ['analysis', 'Analysis'],
  ['agents', 'Agents'],
  ['config', 'Config'],
]

interface SweepNavProps {
  readonly sweepRef: string
  readonly page: SweepPage
  readonly children: ReactNode
}

function SweepNav({ sweepRef, page, children }: SweepNavProps) {
  const search = useSearch()
  return (
    <div className="sweep-nav">
      <nav aria-label="Screens of this sweep">
        {PAGES.map(([name, title]) => (
          <Link
            key={name}
            href={sweepPath(sweepRef, name, search)}
            className="frame-link"
            aria-current={page === name ? 'page' : undefined}
          >
            {title}
          </Link>
        ))}
      </nav>
      <span className="grow" />
      {children}
    </div>
  )
}

/** After 150 ms, of about the final size, so that nothing moves when the sweep is there. */
function Skeleton() {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(true), 150)
    return () => window.clearTimeout(timer)
  }, [])
  if (!isShown) return null
  return (
    <div className="sweep-skeleton" role="status" aria-label="The sweep is being loaded">
      <div />
      <div />
      <div />
      <div />
    </div>
  )
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
