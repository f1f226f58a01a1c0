// What happened to the sweep itself, from the change log: when, what, by whom, why.
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { answer, api } from '../../api/client.ts'
import type { ChangesMessage } from '../../api/records.ts'
import { formatMoment, toMs } from '../../format/time.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { describeEvent } from './describe-event.ts'

export function EventsPanel({ sweepRef, sweepId }: { readonly sweepRef: string; readonly sweepId: string }) {
  const key = ['events', sweepRef]
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: async () =>
      (
        await answer(
          api.GET('/api/v1/sweeps/{ref}/events', { params: { path: { ref: sweepRef }, query: {} } }),
        )
      ).events,
  })
  const concerns = useCallback(
    ({ events }: ChangesMessage) =>
      events.some(({ entity, entityId }) => entity === 'sweep' && entityId === sweepId),
    [sweepId],
  )
  useRefetchOnChange(key, concerns)
  return (
    <section className="panel config-panel" aria-labelledby="events-heading">
      <h2 id="events-heading">Events</h2>
      {data === undefined && error === null && <Late what="The events" rows={3} />}
      {error !== null && <FailedRequest what="The events" error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <p className="muted">The change log keeps none of this sweep any more.</p>}
      {data !== undefined && data.length > 0 && (
        <div className="events" tabIndex={0} role="region" aria-label="Events">
          <table>
            <thead className="visually-hidden">
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">By</th>
              </tr>
            </thead>
            <tbody>
              {data.map(({ seq, at, event, data: facts }) => (
                <tr key={seq}>
                  <td className="muted">{formatMoment(toMs(at))}</td>
                  <td>{describeEvent(event, facts)}</td>
                  <td className="muted">{typeof facts['by'] === 'string' ? facts['by'] : ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
