// Where the two charts stand: of a fixed height, so that nothing moves when they come.
import { PanelBoundary } from '../../shell/failure.tsx'

export function ChartSlots({ sweepRef: _sweepRef }: { readonly sweepRef: string }) {
  return (
    <div className="overview-charts">
      <PanelBoundary what="The history">
        <div className="panel" />
      </PanelBoundary>
      <PanelBoundary what="The parallel coordinates">
        <div className="panel" />
      </PanelBoundary>
    </div>
  )
}
