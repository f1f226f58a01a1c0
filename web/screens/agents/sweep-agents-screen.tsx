// Not built yet.
export default function SweepAgentsScreen() {
  return <h1>Agents of the sweep</h1>
}
