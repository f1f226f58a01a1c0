// A sweep's configuration: its space with its versions, its file, what happened to it, and how it is mended.
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { answer, api } from '../../api/client.ts'
import type { ChangesMessage, LiveSweep } from '../../api/records.ts'
import { useObstacle } from '../../actions/use-action.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'
import { FailedRequest, PanelBoundary } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { SweepFrame } from '../../shell/sweep-frame.tsx'
import { EnqueuePanel } from './enqueue-panel.tsx'
import { EventsPanel } from './events-panel.tsx'
import { ExtendPanel } from './extend-panel.tsx'
import { FilePanel } from './file-panel.tsx'
import { SpacePanel } from './space-panel.tsx'
import './edit.css'

export default function ConfigScreen() {
  return (
    <SweepFrame page="config">
      {({ sweepRef, table }) => <Config sweepRef={sweepRef} sweep={table.sweep} />}
    </SweepFrame>
  )
}

function Config({ sweepRef, sweep }: { readonly sweepRef: string; readonly sweep: LiveSweep }) {
  const key = ['versions', sweepRef]
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: async () =>
      (await answer(api.GET('/api/v1/sweeps/{ref}/versions', { params: { path: { ref: sweepRef } } })))
        .versions,
  })
  const concerns = useCallback(
    ({ events }: ChangesMessage) =>
      events.some(({ entity, entityId }) => entity === 'sweep' && entityId === sweep.id),
    [sweep.id],
  )
  useRefetchOnChange(key, concerns)
  const obstacle = useObstacle()
  const isOver = sweep.state !== 'running' && sweep.state !== 'paused' && sweep.state !== 'finishing'
  const whyNot = obstacle ?? (isOver ? `The sweep is ${sweep.state}.` : null)
  if (data === undefined) {
    if (error === null) return <Late what="The configuration" rows={12} />
    return <FailedRequest what="The configuration" error={error} onRetry={() => void refetch()} />
  }
  return (
    <div className="config-grid">
      <div className="config-column">
        <PanelBoundary what="The file">
          <FilePanel
            sweepRef={sweepRef}
            sweep={sweep}
            versions={data}
            whyNot={whyNot}
            onChanged={() => void refetch()}
          />
        </PanelBoundary>
        <PanelBoundary what="The events">
          <EventsPanel sweepRef={sweepRef} sweepId={sweep.id} />
        </PanelBoundary>
      </div>
      <div className="config-column">
        <PanelBoundary what="The space">
          <SpacePanel versions={data} />
        </PanelBoundary>
        <PanelBoundary what="Enqueue">
          <EnqueuePanel sweepRef={sweepRef} config={sweep.config} whyNot={whyNot} />
        </PanelBoundary>
        <PanelBoundary what="Extend">
          <ExtendPanel sweepRef={sweepRef} sweep={sweep} whyNot={whyNot} />
        </PanelBoundary>
      </div>
    </div>
  )
}
