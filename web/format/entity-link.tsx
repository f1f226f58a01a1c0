// Links to a run and to a sweep, and the addresses they lead to: a screen writes none by itself.
import { Link } from 'wouter'
import './format.css'

/** @param sweepRef null: a run outside sweeps */
export function runPath(runId: string, sweepRef: string | null): string {
  const run = encodeURIComponent(runId)
  return sweepRef === null ? `/r/${run}` : `/s/${encodeURIComponent(sweepRef)}/r/${run}`
}

export type SweepPage = '' | 'analysis' | 'agents' | 'config' | 'compare'

/** @param search what of the view goes along, without `?` */
export function sweepPath(sweepRef: string, page: SweepPage = '', search = ''): string {
  const path = `/s/${encodeURIComponent(sweepRef)}${page === '' ? '' : `/${page}`}`
  return search === '' ? path : `${path}?${search}`
}

interface RunLinkProps {
  readonly id: string
  /** null: a run outside sweeps. */
  readonly sweepRef: string | null
  /** @default the id */
  readonly children?: string
}

export function RunLink({ id, sweepRef, children = id }: RunLinkProps) {
  return (
    <Link href={runPath(id, sweepRef)} className={children === id ? 'run-link' : undefined}>
      {children}
    </Link>
  )
}

interface SweepLinkProps {
  readonly id: string
  readonly page?: SweepPage
  /** @default the id */
  readonly children?: string
}

export function SweepLink({ id, page = '', children = id }: SweepLinkProps) {
  return (
    <Link href={sweepPath(id, page)} className={children === id ? 'sweep-link' : undefined}>
      {children}
    </Link>
  )
}
