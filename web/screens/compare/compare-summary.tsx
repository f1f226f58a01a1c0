// The compared runs and what they came to.
import { Link } from 'wouter'
import { runPath } from '../../format/entity-link.tsx'
import { StateLabel } from '../../format/state-label.tsx'
import { useView } from '../../view/use-view.ts'
import type { Compared } from './compare-data.ts'
import { RunSwatch } from './run-swatch.tsx'
import { summaryRows, type Metric, type SummaryChoice } from './summary-rows.ts'

const CHOICES: readonly (readonly [SummaryChoice, string])[] = [
  ['', 'last'],
  ['best', 'best'],
  ['min', 'lowest'],
  ['max', 'highest'],
]

interface CompareSummaryProps {
  readonly compared: Compared
  readonly metric: Metric | null
}

export function CompareSummary({ compared, metric }: CompareSummaryProps) {
  const { runs } = compared
  const { view, change } = useView()
  const records = runs.map(({ run }) => run)
  const rows = summaryRows(records, metric, view.sum).filter(({ name }) => name !== 'state')
  return (
    <section className="panel compare-panel" aria-labelledby="compare-summary">
      <header className="run-section-head">
        <h2 id="compare-summary">Results</h2>
        <span className="grow" />
        <label className="row">
          of each metric the
          <select
            value={view.sum === 'last' ? '' : view.sum}
            onChange={(event) =>
              change({ sum: CHOICES.find(([name]) => name === event.target.value)?.[0] ?? '' })
            }
          >
            {CHOICES.map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
          value
        </label>
      </header>
      <div className="run-scroll" tabIndex={0} role="region" aria-label="Results of the runs">
        <table className="run-table compare-table">
          <thead>
            <tr>
              <th scope="col">run</th>
              {runs.map(({ run, colour }, index) => (
                <th key={run.id} scope="col">
                  <span className="compare-run">
                    <RunSwatch colour={colour} />
                    <Link href={runPath(run.id, run.sweepId)} className="run-link">
                      {run.id}
                    </Link>
                    <button
                      className="button-plain"
                      aria-label={`Take run ${run.id} away`}
                      onClick={() => compared.remove(compared.refs[index] ?? run.id)}
                    >
                      ✕
                    </button>
                  </span>
                  <span className="compare-name clip" title={run.name.slice(0, 500)}>
                    <bdi>{run.name.slice(0, 120)}</bdi>
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">state</th>
              {records.map((run) => (
                <td key={run.id}>
                  <StateLabel state={run.state} title={run.stopReason} />
                </td>
              ))}
            </tr>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">
                  <bdi>{row.name.slice(0, 160)}</bdi>
                </th>
                {row.cells.map((cell, place) => (
                  <td key={place} className={row.isNumber ? 'compare-number' : undefined}>
                    {row.best.includes(place) ? (
                      <strong className="compare-best">
                        {cell} <span aria-label="the best of these">★</span>
                      </strong>
                    ) : (
                      <bdi>{cell.slice(0, 160)}</bdi>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
