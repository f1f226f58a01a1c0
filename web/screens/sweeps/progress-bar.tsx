// How far a sweep is: ended and running runs of those that there will be.
import { formatCount } from '../../format/number.ts'
import { progressOf, type SweepOutline } from './filter-sweeps.ts'

export function ProgressBar({ sweep }: { readonly sweep: SweepOutline }) {
  const { ended, running, total } = progressOf(sweep)
  const share = (count: number) => (total === null || total === 0 ? 0 : (count / total) * 100)
  const { failed, lost } = sweep.counts
  const text = total === null ? formatCount(ended) : `${formatCount(ended)}/${formatCount(total)}`
  return (
    <div className="sweep-progress">
      {total === null ? (
        <span className="progress-track" aria-hidden="true" />
      ) : (
        <span className="progress-track" aria-hidden="true">
          <span className="progress-ended" style={{ width: `${share(ended)}%` }} />
          <span className="progress-running" style={{ width: `${share(running)}%` }} />
        </span>
      )}
      <span className="number">
        {text}
        <span className="visually-hidden"> runs have ended, {running} are worked</span>
      </span>
      {failed + lost > 0 && <span className="muted">({formatCount(failed + lost)} failed)</span>}
    </div>
  )
}
