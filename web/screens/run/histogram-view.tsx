// One logged histogram as bars. Drawn as plain boxes: there may be dozens on a page.
import { formatCount, formatNumber } from '../../format/number.ts'

interface HistogramViewProps {
  readonly name: string
  /** One more than counts. */
  readonly bins: readonly number[]
  readonly counts: readonly number[]
}

export function HistogramView({ name, bins, counts }: HistogramViewProps) {
  const most = counts.reduce((found, count) => Math.max(found, count), 0)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const [first = 0, last = 0] = [bins[0], bins.at(-1)]
  const span = last - first
  const peak = counts.indexOf(most)
  const summary =
    `Histogram of ${name.slice(0, 200)}: ${formatCount(total)} values from ${formatNumber(first)} to ${formatNumber(last)}, ` +
    `most between ${formatNumber(bins[peak] ?? first)} and ${formatNumber(bins[peak + 1] ?? last)}.`
  return (
    <div>
      <svg
        className="histogram"
        viewBox="0 0 100 40"
        preserveAspectRatio="none"
        role="img"
        aria-label={summary}
      >
        {counts.map((count, index) => {
          if (count === 0 || most === 0 || span <= 0) return null
          const left = (((bins[index] ?? first) - first) / span) * 100
          const right = (((bins[index + 1] ?? last) - first) / span) * 100
          const height = (count / most) * 40
          return (
            <rect key={index} x={left} y={40 - height} width={Math.max(0.2, right - left)} height={height} />
          )
        })}
      </svg>
      <div className="row histogram-axis muted">
        <span>{formatNumber(first)}</span>
        <span className="grow" />
        <span>{formatCount(total)} values</span>
        <span className="grow" />
        <span>{formatNumber(last)}</span>
      </div>
    </div>
  )
}
