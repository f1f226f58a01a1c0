// What to try next, in the server's sentences. Nothing, where there is nothing to say.
import { useOutlook } from './use-analysis.ts'

export function NextPanel({ sweepRef }: { readonly sweepRef: string }) {
  const { data } = useOutlook(sweepRef)
  if (data === undefined || data.next.length === 0) return null
  return (
    <section className="panel analysis-next" aria-label="What to try next">
      <h2>What to try next</h2>
      <ul>
        {data.next.map(({ parameter, kind, text }) => (
          <li key={`${parameter} ${kind}`}>{text}</li>
        ))}
      </ul>
    </section>
  )
}
