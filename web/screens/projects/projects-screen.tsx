// Not built yet.
export default function ProjectsScreen() {
  return <h1>Projects</h1>
}
