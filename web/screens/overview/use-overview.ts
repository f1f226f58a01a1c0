// What the overview asks the server for beside the table: the sweep's notices, its agents, its outlook. Asked again
// when a run ends or an agent changes, not with every report.
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { Agent, ChangesMessage } from '../../api/records.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'

export type Outlook = components['schemas']['OutlookResponse']
export type SweepDetail = components['schemas']['GetSweepResponse']

/** null: not told yet, or it could not be loaded; the rest of the page does without it. */
export interface OverviewFacts {
  readonly detail: SweepDetail | null
  readonly agents: readonly Agent[] | null
  readonly outlook: Outlook | null
}

const AGENTS_EVERY_MS = 15_000

const isEnd = ({ event }: ChangesMessage['events'][number]) =>
  /^run\.(finished|failed|stopped|cancelled|lost|removed)$|^sweep\.|^agent\./.test(event)

export function useOverview(ref: string): OverviewFacts {
  const path = { params: { path: { ref } } }
  const detailKey = ['sweep', ref]
  const agentsKey = ['agents', ref]
  const outlookKey = ['outlook', ref]
  const detail = useQuery({
    queryKey: detailKey,
    queryFn: () => answer(api.GET('/api/v1/sweeps/{ref}', path)),
  })
  const agents = useQuery({
    queryKey: agentsKey,
    queryFn: () => answer(api.GET('/api/v1/agents', { params: { query: { sweep: ref } } })),
    refetchInterval: AGENTS_EVERY_MS,
  })
  const outlook = useQuery({
    queryKey: outlookKey,
    queryFn: () => answer(api.GET('/api/v1/sweeps/{ref}/outlook', path)),
  })
  const concerns = useCallback((message: ChangesMessage) => message.events.some(isEnd), [])
  useRefetchOnChange(detailKey, concerns)
  useRefetchOnChange(agentsKey, concerns)
  useRefetchOnChange(outlookKey, concerns)
  return {
    detail: detail.data ?? null,
    agents: agents.data?.agents ?? null,
    outlook: outlook.data ?? null,
  }
}
