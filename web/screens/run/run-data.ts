// What the run screen asks for, and when it asks again: the record of the run, its sweep's best run, its parts.
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { ChangesMessage, Run, Sweep } from '../../api/records.ts'
import { changeFeed } from '../../live/change-feed.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'

export type Curve = components['schemas']['Curve']

/** How the address names the run: by our id, or as W&B's client does. */
export interface RunAddress {
  readonly ref: string
  /** null: the id is ours. */
  readonly project: string | null
}

/** The id behind the address. */
export function useRunId({ ref, project }: RunAddress): UseQueryResult<string> {
  return useQuery({
    queryKey: ['resolve', project, ref],
    queryFn: async () => {
      if (project === null) return ref
      const found = await answer(
        api.GET('/api/v1/resolve/{ref}', { params: { path: { ref }, query: { project } } }),
      )
      return found.id
    },
    staleTime: Infinity,
  })
}

/** @param ref an id or a prefix of it */
export function useRun(ref: string): UseQueryResult<Run> {
  const key = ['run', ref]
  const query = useQuery({
    queryKey: key,
    queryFn: async () => (await answer(api.GET('/api/v1/runs/{ref}', { params: { path: { ref } } }))).run,
  })
  const id = query.data?.id ?? ref
  const sweepId = query.data?.sweepId ?? null
  useRefetchOnChange(
    key,
    // Its rank changes with the others' ends.
    useCallback(
      (message: ChangesMessage) =>
        concernsRun(message, id) ||
        message.events.some((event) => event.sweepId === sweepId && isEnd(event.event)),
      [id, sweepId],
    ),
  )
  return query
}

function isEnd(event: string): boolean {
  return event === 'run.finished' || event === 'run.stopped' || event === 'run.removed'
}

export function concernsRun(message: ChangesMessage, id: string): boolean {
  return message.runs.some((run) => run.id === id) || message.events.some(({ entityId }) => entityId === id)
}

/** Between two requests for the same part, of how long the last one took: a long history is not asked for all the time. */
const PATIENCE = 4
const MIN_WAIT_MS = 1_000

interface PartOptions {
  /** What it changes with: every report, or only what is in the list of events. @default 'reports' */
  readonly changesWith?: 'reports' | 'events'
  /** What else the answer depends on. */
  readonly more?: readonly unknown[]
}

/** Asks for a part of the run, and again when something happens to it. */
export function useRunPart<T>(
  id: string,
  part: string,
  fetchPart: () => Promise<T>,
  options: PartOptions = {},
): UseQueryResult<T> {
  const { changesWith = 'reports', more = [] } = options
  const client = useQueryClient()
  const tookMs = useRef(0)
  useEffect(() => {
    let waiting: number | undefined
    const unsubscribe = changeFeed.subscribe((event) => {
      if (event.kind === 'changes' && !concernsPart(event.message.changes, id, changesWith)) return
      waiting ??= window.setTimeout(
        () => {
          waiting = undefined
          void client.invalidateQueries({ queryKey: ['run-part', id, part] })
        },
        Math.max(MIN_WAIT_MS, PATIENCE * tookMs.current),
      )
    })
    return () => {
      unsubscribe()
      window.clearTimeout(waiting)
    }
  }, [client, id, part, changesWith])
  return useQuery({
    queryKey: ['run-part', id, part, ...more],
    queryFn: async () => {
      const startedMs = performance.now()
      const answered = await fetchPart()
      tookMs.current = performance.now() - startedMs
      return answered
    },
    placeholderData: (before) => before,
  })
}

function concernsPart(message: ChangesMessage, id: string, changesWith: 'reports' | 'events'): boolean {
  return message.events.some(
    ({ entityId, event }) => entityId === id && (changesWith === 'reports' || event !== 'run.metrics'),
  )
}

export interface SweepOfRun {
  readonly sweep: Sweep
  /** null: none is ranked. */
  readonly best: Run | null
  readonly rankedCount: number
  /** The first that was created: what the sweep began with. */
  readonly first: Run | null
}

/** null: the run is outside sweeps, or it is not there yet. */
export function useSweepOfRun(sweepId: string | null): SweepOfRun | null {
  const key = ['sweep-of-run', sweepId]
  const query = useQuery({
    queryKey: key,
    enabled: sweepId !== null,
    queryFn: async (): Promise<SweepOfRun> => {
      const path = { params: { path: { ref: sweepId ?? '' } } }
      const [{ sweep }, ranking, oldest] = await Promise.all([
        answer(api.GET('/api/v1/sweeps/{ref}', path)),
        answer(api.GET('/api/v1/sweeps/{ref}/best', { params: { ...path.params, query: { n: 1 } } })),
        answer(api.GET('/api/v1/sweeps/{ref}/runs', { params: { ...path.params, query: { limit: 1 } } })),
      ])
      const { finished, stopped } = sweep.counts
      const { noMetric = 0, nan = 0 } = ranking.notCounted
      return {
        sweep,
        best: ranking.runs[0] ?? null,
        rankedCount: finished + stopped - noMetric - nan,
        first: oldest.runs[0] ?? null,
      }
    },
  })
  useRefetchOnChange(
    key,
    useCallback(
      (message: ChangesMessage) =>
        message.events.some(
          ({ sweepId: of, event }) => of === sweepId && (isEnd(event) || event.startsWith('sweep.')),
        ),
      [sweepId],
    ),
  )
  return query.data ?? null
}

export function fetchCurves(id: string, points: number) {
  return answer(api.GET('/api/v1/runs/{ref}/curves', { params: { path: { ref: id }, query: { points } } }))
}

/** The address of a file's content. @param owner a run or an artifact */
export function fileAddress(
  owner: { readonly kind: 'runs' | 'artifacts'; readonly id: string },
  name: string,
  isInline = false,
): string {
  const query = new URLSearchParams({ name, ...(isInline ? { inline: '1' } : {}) })
  return `/api/v1/${owner.kind}/${encodeURIComponent(owner.id)}/file?${query.toString()}`
}
