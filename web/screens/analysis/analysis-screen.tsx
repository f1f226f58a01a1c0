// Not built yet.
export default function AnalysisScreen() {
  return <h1>Analysis</h1>
}
