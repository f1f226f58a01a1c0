// The timeline of a sweep or of all agents, kept up to date: after the first answer only what is new is asked for.
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useCallback } from 'react'
import { answer, api } from '../../api/client.ts'
import type { ChangesMessage } from '../../api/records.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'
import { mergeTimeline, readTimeline, type Timeline } from './merge-timeline.ts'

/** Changes that commit while an answer is made are asked for again. */
const OVERLAP_MS = 15_000

/** @param hours back from now; null: as far as the server goes by itself, of a sweep to its creation */
export function useTimeline(sweepRef: string | null, hours: number | null): UseQueryResult<Timeline> {
  const client = useQueryClient()
  const key = ['timeline', sweepRef, hours]
  const concerns = useCallback(({ runs, agents }: ChangesMessage) => agents.length > 0 || runs.length > 0, [])
  useRefetchOnChange(key, concerns)
  return useQuery({
    queryKey: key,
    queryFn: async () => {
      const known = client.getQueryData<Timeline>(key)
      const since = known !== undefined ? known.nowMs - OVERLAP_MS : sinceOf(hours)
      const query = {
        ...(sweepRef === null ? {} : { sweep: sweepRef }),
        ...(since === null ? {} : { since }),
      }
      const newer = readTimeline(await answer(api.GET('/api/v1/agents/timeline', { params: { query } })))
      return known === undefined ? newer : mergeTimeline(known, newer)
    },
    staleTime: 0,
    structuralSharing: false,
  })
}

/** The clocks of page and server may differ by less than anybody sees in hours. */
function sinceOf(hours: number | null): number | null {
  return hours === null ? null : Math.round(Date.now() - hours * 3_600_000)
}
