// Not built yet.
export default function ProjectScreen() {
  return <h1>Project</h1>
}
