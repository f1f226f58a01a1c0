// The last values of a run: of each metric its last, least and greatest, and what is no number at all.
import type { Run } from '../../api/records.ts'
import { formatCount, formatCounted, formatMetric } from '../../format/number.ts'
import { useRunPart } from './run-data.ts'
import { ForeignText, Section } from './section.tsx'
import { answer, api } from '../../api/client.ts'

export function ValuesPanel({ run }: { readonly run: Run }) {
  const reported = useRunPart(run.id, 'reported', () =>
    answer(api.GET('/api/v1/runs/{ref}/reported', { params: { path: { ref: run.id } } })),
  ).data
  const metrics = Object.entries(run.summary)
  const values = Object.entries({ ...reported?.client?.summary, ...run.values }).filter(
    ([key, value]) => !Object.hasOwn(run.summary, key) && !isMedia(value) && !key.startsWith('_'),
  )
  return (
    <Section id="values" title="Last values" note={formatCounted(metrics.length + values.length, 'key')}>
      {metrics.length + values.length === 0 && <p className="muted">Nothing was reported yet.</p>}
      {metrics.length > 0 && (
        <div className="run-scroll config-scroll" tabIndex={0} role="region" aria-label="Metrics">
          <table className="run-table">
            <thead>
              <tr>
                <th scope="col">metric</th>
                {['last', 'min', 'max', 'reports'].map((name) => (
                  <th key={name} scope="col" className="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {metrics.slice(0, MAX_ROWS).map(([key, { last, min, max, steps }]) => (
                <tr key={key}>
                  <th scope="row">
                    <ForeignText text={key} most={120} />
                  </th>
                  <td className="number">{formatMetric(last)}</td>
                  <td className="number">{formatMetric(min)}</td>
                  <td className="number">{formatMetric(max)}</td>
                  <td className="number">{formatCount(steps)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {values.length > 0 && (
        <dl className="run-facts values-list">
          {values.slice(0, MAX_ROWS).map(([key, value]) => (
            <div key={key}>
              <dt>
                <ForeignText text={key} most={120} />
              </dt>
              <dd className="mono">
                <ForeignText text={typeof value === 'string' ? value : JSON.stringify(value)} most={200} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  )
}

const MAX_ROWS = 500

/** Shown as what they are (media-panel.tsx). */
function isMedia(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_type' in value
}
