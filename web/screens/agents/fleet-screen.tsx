// Every agent of every sweep, and what their slots worked when.
import { AgentsPanel } from './agents-panel.tsx'
import { TimelinePanel } from './timeline-panel.tsx'
import './agents.css'

export default function FleetScreen() {
  return (
    <div className="agents-screen">
      <h1 className="visually-hidden">Agents</h1>
      <AgentsPanel sweepRef={null} />
      <TimelinePanel sweepRef={null} />
    </div>
  )
}
