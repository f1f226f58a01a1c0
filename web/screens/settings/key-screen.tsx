// Not built yet.
export default function KeyScreen() {
  return <h1>Your key</h1>
}
