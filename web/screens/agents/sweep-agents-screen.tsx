// Screen F: the agents of a sweep, and what their slots worked of it when.
import { SweepFrame } from '../../shell/sweep-frame.tsx'
import { AgentsPanel } from './agents-panel.tsx'
import { TimelinePanel } from './timeline-panel.tsx'
import './agents.css'

export default function SweepAgentsScreen() {
  return (
    <SweepFrame page="agents">
      {({ sweepRef }) => (
        <div className="agents-screen">
          <AgentsPanel sweepRef={sweepRef} />
          <TimelinePanel sweepRef={sweepRef} />
        </div>
      )}
    </SweepFrame>
  )
}
