// Not built yet.
export default function NewScreen() {
  return <h1>New sweep</h1>
}
