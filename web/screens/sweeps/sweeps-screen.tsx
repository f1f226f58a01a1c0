// Screen A: all sweeps, how each goes, and what is wrong with it; live.
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { useLocation, useSearch } from 'wouter'
import { answer, api } from '../../api/client.ts'
import type { ChangesMessage } from '../../api/records.ts'
import { formatCounted } from '../../format/number.ts'
import { SWEEP_LOOKS } from '../../format/state-label.tsx'
import { useNow } from '../../format/use-now.ts'
import { useKeys } from '../../keys/use-keys.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'
import { announce } from '../../shell/announce.tsx'
import { FailedRequest } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import {
  filterSweeps,
  PAGE_SIZE,
  parseListView,
  writeListView,
  type SweepListView,
  type SweepOutline,
} from './filter-sweeps.ts'
import { NoSweeps } from './no-sweeps.tsx'
import { SweepRows } from './sweep-rows.tsx'
import './sweeps.css'

const KEY = ['outlines']
const STATES = Object.keys(SWEEP_LOOKS)

export default function SweepsScreen() {
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: async () => (await answer(api.GET('/api/v1/outlines'))).sweeps,
  })
  const concerns = useCallback(
    ({ sweeps, agents, events }: ChangesMessage) =>
      sweeps.length > 0 || agents.length > 0 || events.some(({ event }) => event === 'sweep.removed'),
    [],
  )
  useRefetchOnChange(KEY, concerns)
  useStateChanges(data)
  if (data === undefined) {
    if (error === null) return <Late what="The list of sweeps" />
    return <FailedRequest what="The list of sweeps" error={error} onRetry={() => void refetch()} />
  }
  if (data.length === 0) return <NoSweeps />
  return <SweepList sweeps={data} />
}

function SweepList({ sweeps }: { readonly sweeps: readonly SweepOutline[] }) {
  const search = useSearch()
  const [, navigate] = useLocation()
  const nowMs = useNow()
  const view = useMemo(() => parseListView(search), [search])
  const words = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => words.current?.focus() })
  const change = (changed: Partial<SweepListView>): void => {
    const query = writeListView({ ...parseListView(window.location.search), page: 1, ...changed })
    navigate(query === '' ? '/' : `/?${query}`, { replace: true })
  }
  const projects = useMemo(() => [...new Set(sweeps.map(({ project }) => project))].sort(), [sweeps])
  const found = filterSweeps(sweeps, view)
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE))
  const page = Math.min(view.page, pages)
  const shown = found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
  const running = sweeps.filter(({ state }) => state === 'running').length
  return (
    <>
      <div className="row sweeps-head">
        <h1>Sweeps</h1>
        <label className="row">
          State
          <select value={view.state} onChange={(event) => change({ state: event.target.value })}>
            <option value="">any</option>
            <option value="open">open</option>
            <option value="trouble">with warnings</option>
            {STATES.map((state) => (
              <option key={state} value={state}>
                {state}
              </option>
            ))}
          </select>
        </label>
        <label className="row">
          Project
          <select
            className="project-choice"
            value={view.project}
            onChange={(event) => change({ project: event.target.value })}
          >
            <option value="">all</option>
            {projects.map((project) => (
              <option key={project} value={project}>
                {project}
              </option>
            ))}
          </select>
        </label>
        <input
          ref={words}
          type="search"
          aria-label="Search sweeps"
          placeholder="Search (/)"
          value={view.words}
          onChange={(event) => change({ words: event.target.value })}
        />
        <span className="grow" />
        <span className="muted" role="status">
          {running} running · {formatCounted(found.length, 'sweep')}
        </span>
      </div>
      {shown.length === 0 ? (
        <p className="panel">
          No sweep is like that.{' '}
          <button onClick={() => change({ state: '', project: '', words: '' })}>Show all</button>
        </p>
      ) : (
        <SweepRows sweeps={shown} nowMs={nowMs} />
      )}
      {pages > 1 && (
        <nav className="row sweeps-pages" aria-label="Pages of the list">
          <button disabled={page === 1} onClick={() => change({ page: page - 1 })}>
            Newer
          </button>
          <span>
            page {page} of {pages}
          </span>
          <button disabled={page === pages} onClick={() => change({ page: page + 1 })}>
            Older
          </button>
        </nav>
      )}
    </>
  )
}

/** Tells screen readers what became of a sweep. */
function useStateChanges(sweeps: readonly SweepOutline[] | undefined): void {
  const known = useRef<ReadonlyMap<string, string> | null>(null)
  useEffect(() => {
    if (sweeps === undefined) return
    for (const { id, name, state } of sweeps) {
      const before = known.current?.get(id)
      if (before !== undefined && before !== state) announce(`Sweep ${name} is ${state}`)
    }
    known.current = new Map(sweeps.map(({ id, state }) => [id, state]))
  }, [sweeps])
}
