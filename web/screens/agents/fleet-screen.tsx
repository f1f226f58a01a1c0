// Not built yet.
export default function FleetScreen() {
  return <h1>Agents</h1>
}
