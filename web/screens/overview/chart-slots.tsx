// Where the two charts stand: of a fixed height, so that nothing moves when they come.
import { HistoryPanel } from '../../charts/history-panel.tsx'
import { ParallelPanel } from '../../charts/parallel-panel.tsx'
import { PanelBoundary } from '../../shell/failure.tsx'

export function ChartSlots({ sweepRef }: { readonly sweepRef: string }) {
  return (
    <div className="overview-charts">
      <PanelBoundary what="The history">
        <HistoryPanel sweepRef={sweepRef} />
      </PanelBoundary>
      <PanelBoundary what="The parallel coordinates">
        <ParallelPanel sweepRef={sweepRef} />
      </PanelBoundary>
    </div>
  )
}
