// What the analysis screen asks the server for, each part by itself: what parameters are worth, the surface of two of
// them, curves, and what early termination did. Asked again when runs end; what was known stays until then.
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { answer, api, ApiError } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { ChangesMessage } from '../../api/records.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'

type Schemas = components['schemas']
export type Importance = Schemas['ImportanceResponse']
export type Surface = Schemas['SurfaceResponse']
export type Curves = Schemas['CurvesResponse']
export type Stops = Schemas['StopsResponse']
export type Outlook = Schemas['OutlookResponse']

const isEnd = ({ event }: ChangesMessage['events'][number]) =>
  /^run\.(finished|failed|stopped|removed)$|^sweep\.(edited|finished|stopped)$/.test(event)
const isReport = ({ event }: ChangesMessage['events'][number]) =>
  /^run\.(metrics|finished|stopped)$/.test(event)

function useAsked<T>(
  key: readonly string[],
  ask: () => Promise<T>,
  isConcerned: (event: ChangesMessage['events'][number]) => boolean = isEnd,
  isEnabled = true,
): UseQueryResult<T> {
  const asked = useQuery({
    queryKey: key,
    queryFn: ask,
    placeholderData: keepPreviousData,
    enabled: isEnabled,
    // What is refused is refused again
    retry: (count, error) =>
      count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
  })
  const concerns = useCallback((message: ChangesMessage) => message.events.some(isConcerned), [isConcerned])
  useRefetchOnChange(key, concerns)
  return asked
}

/** @param where the filter; empty: all runs */
export function useImportance(ref: string, metric: string, where: string): UseQueryResult<Importance> {
  const query = { ...(metric === '' ? {} : { metric }), ...(where === '' ? {} : { where }) }
  return useAsked(['importance', ref, metric, where], () =>
    answer(api.GET('/api/v1/sweeps/{ref}/importance', { params: { path: { ref }, query } })),
  )
}

/** @param pair null: nothing is asked */
export function useSurface(ref: string, pair: readonly [string, string] | null): UseQueryResult<Surface> {
  const [x, y] = pair ?? ['', '']
  return useAsked(
    ['surface', ref, x, y],
    () => answer(api.GET('/api/v1/sweeps/{ref}/surface', { params: { path: { ref }, query: { x, y } } })),
    isEnd,
    pair !== null,
  )
}

export interface CurvesWanted {
  readonly metric: string
  readonly where: string
  readonly x: 'step' | 'time'
  readonly runs: readonly string[]
  readonly band: 'rest' | 'none'
}

export function useCurves(
  ref: string,
  { metric, where, x, runs, band }: CurvesWanted,
): UseQueryResult<Curves> {
  const query = {
    x,
    band,
    points: 200,
    runs: runs.join(','),
    ...(metric === '' ? {} : { metric }),
    ...(where === '' ? {} : { where }),
  }
  return useAsked(
    ['sweep-curves', ref, JSON.stringify(query)],
    () => answer(api.GET('/api/v1/sweeps/{ref}/curves', { params: { path: { ref }, query } })),
    isReport,
    runs.length > 0 || band === 'rest',
  )
}

export function useStops(ref: string): UseQueryResult<Stops> {
  return useAsked(['stops', ref], () =>
    answer(api.GET('/api/v1/sweeps/{ref}/stops', { params: { path: { ref } } })),
  )
}

export function useOutlook(ref: string): UseQueryResult<Outlook> {
  return useAsked(['outlook', ref], () =>
    answer(api.GET('/api/v1/sweeps/{ref}/outlook', { params: { path: { ref } } })),
  )
}

/** The newest value, at most once in so many milliseconds: what is costly to draw need not follow each report. */
export function useCalm<T>(value: T, everyMs: number): T {
  const [calm, setCalm] = useState(value)
  const last = useRef(0)
  useEffect(() => {
    const wait = Math.max(0, last.current + everyMs - performance.now())
    const timer = window.setTimeout(() => {
      last.current = performance.now()
      setCalm(value)
    }, wait)
    return () => window.clearTimeout(timer)
  }, [value, everyMs])
  return calm
}
