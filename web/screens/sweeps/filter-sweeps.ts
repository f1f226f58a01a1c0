// Which sweeps the list shows: by state, project and words, from the query string. Pure.
import type { components } from '../../api/openapi.d.ts'

export type SweepOutline = components['schemas']['SweepOutline']

export interface SweepListView {
  /** `open`: everything that may still get runs; `trouble`: what has a warning; else a state; empty: all. */
  readonly state: string
  readonly project: string
  /** Words that name, id, project, method or metric have, each of them somewhere. */
  readonly words: string
  /** From 1. */
  readonly page: number
}

export const PAGE_SIZE = 50
const OPEN: ReadonlySet<string> = new Set(['running', 'paused', 'finishing'])

export function parseListView(search: string): SweepListView {
  const params = new URLSearchParams(search)
  const page = Number(params.get('page') ?? '1')
  return {
    state: params.get('state') ?? '',
    project: params.get('p') ?? '',
    words: params.get('q') ?? '',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  }
}

/** The query string, without `?`; what is at its default is left out. A change of what is shown begins at page 1. */
export function writeListView(view: SweepListView): string {
  const params = new URLSearchParams()
  if (view.state !== '') params.set('state', view.state)
  if (view.project !== '') params.set('p', view.project)
  if (view.words !== '') params.set('q', view.words)
  if (view.page > 1) params.set('page', String(view.page))
  return params.toString()
}

export function filterSweeps(
  sweeps: readonly SweepOutline[],
  { state, project, words }: SweepListView,
): SweepOutline[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return sweeps.filter((sweep) => {
    if (!hasState(sweep, state)) return false
    if (project !== '' && sweep.project !== project) return false
    if (wanted.length === 0) return true
    const text = [sweep.name, sweep.id, sweep.project, sweep.method, sweep.metric?.name ?? '']
      .join('\n')
      .toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}

function hasState(sweep: SweepOutline, state: string): boolean {
  if (state === '') return true
  if (state === 'open') return OPEN.has(sweep.state)
  if (state === 'trouble') return sweep.warnings.length > 0
  return sweep.state === state
}

/** How far a sweep is: of the runs that it will have in all, where that is known. */
export interface Progress {
  readonly ended: number
  readonly running: number
  /** null: nobody knows. */
  readonly total: number | null
}

export function progressOf({ counts, runCap, size }: SweepOutline): Progress {
  const ended = counts.finished + counts.stopped + counts.failed + counts.cancelled + counts.lost
  const bounds = [runCap, size].filter((bound): bound is number => bound !== null)
  const bound = bounds.length === 0 ? null : Math.min(...bounds)
  const known = ended + counts.running + counts.queued
  return { ended, running: counts.running, total: bound === null ? null : Math.max(bound, known) }
}
