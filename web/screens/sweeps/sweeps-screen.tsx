// Not built yet.
export default function SweepsScreen() {
  return <h1>Sweeps</h1>
}
