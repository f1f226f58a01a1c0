// Not built yet.
export default function ConfigScreen() {
  return <h1>Config</h1>
}
