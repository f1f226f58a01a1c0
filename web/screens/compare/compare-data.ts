// The runs that are compared: from the address, in its order, each with its record and curves, kept current.
import { useQueries, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { answer, api } from '../../api/client.ts'
import type { Run } from '../../api/records.ts'
import { changeFeed } from '../../live/change-feed.ts'
import { useView } from '../../view/use-view.ts'
import { chooseColours, idsOf } from './compared-ids.ts'
import { concernsRun, fetchCurves, type Curve } from '../run/run-data.ts'

export const MAX_COMPARED = 12

export interface ComparedRun {
  readonly run: Run
  /** Place among the colours and dashes: of its pin, where it is pinned. */
  readonly colour: number
  /** null: not loaded yet. */
  readonly curves: readonly Curve[] | null
}

export interface Compared {
  /** As the address names them. */
  readonly refs: readonly string[]
  readonly runs: readonly ComparedRun[]
  /** Of the address, more than can be compared. */
  readonly leftOut: number
  readonly isLoading: boolean
  readonly problems: readonly { readonly ref: string; readonly error: Error }[]
  add(ref: string): void
  remove(ref: string): void
}

const REFETCH_MS = 2_000
/** Charts are about 400 pixels wide. */
const POINTS = 300

export function useCompared(): Compared {
  const { view, change } = useView()
  const wanted = useMemo(() => idsOf(view.r), [view.r])
  const refs = useMemo(() => wanted.slice(0, MAX_COMPARED), [wanted])
  const records = useQueries({
    queries: refs.map((ref) => ({
      queryKey: ['run', ref],
      queryFn: async () => (await answer(api.GET('/api/v1/runs/{ref}', { params: { path: { ref } } }))).run,
    })),
  })
  const curves = useQueries({
    queries: refs.map((ref) => ({
      queryKey: ['run-part', ref, 'curves', POINTS],
      queryFn: () => fetchCurves(ref, POINTS),
    })),
  })
  useRefetch(refs)
  const pinned = idsOf(view.pin)
  const found = records.flatMap(({ data: run }, index) => {
    return run === undefined ? [] : [{ run, curves: curves[index]?.data?.curves ?? null }]
  })
  const colours = chooseColours(
    found.map(({ run }) => run.id),
    pinned,
  )
  return {
    refs,
    runs: found.map(({ run, curves: own }, index) => ({ run, curves: own, colour: colours[index] ?? index })),
    leftOut: wanted.length - refs.length,
    isLoading: records.some(({ isPending }) => isPending),
    problems: refs.flatMap((ref, index) => {
      const error = records[index]?.error ?? null
      return error === null ? [] : [{ ref, error }]
    }),
    add: (ref) => change({ r: [...wanted, ref].join(',') }, true),
    remove: (ref) => change({ r: wanted.filter((one) => one !== ref).join(',') }, true),
  }
}

/** Runs that still train are asked for again when something is told of them. */
function useRefetch(refs: readonly string[]): void {
  const client = useQueryClient()
  useEffect(() => {
    const told = new Set<string>()
    let waiting: number | undefined
    const unsubscribe = changeFeed.subscribe((event) => {
      for (const ref of refs)
        if (event.kind === 'reset' || concernsRun(event.message.changes, ref)) told.add(ref)
      if (told.size === 0) return
      waiting ??= window.setTimeout(() => {
        waiting = undefined
        for (const ref of told) {
          void client.invalidateQueries({ queryKey: ['run', ref] })
          void client.invalidateQueries({ queryKey: ['run-part', ref, 'curves'] })
        }
        told.clear()
      }, REFETCH_MS)
    })
    return () => {
      unsubscribe()
      window.clearTimeout(waiting)
    }
  }, [client, refs])
}
