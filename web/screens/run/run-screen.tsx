// Not built yet.
export default function RunScreen() {
  return <h1>Run</h1>
}
