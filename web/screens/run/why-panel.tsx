// Why this configuration was proposed, and why the run ended: in words, with the runs it was compared with.
import { Link } from 'wouter'
import type { Run } from '../../api/records.ts'
import { runPath } from '../../format/entity-link.tsx'
import { formatMetric, formatNumber } from '../../format/number.ts'
import { formatMoment, toMs } from '../../format/time.ts'
import { proposalWords } from './proposal-words.ts'
import type { SweepOfRun } from './run-data.ts'
import { ForeignText } from './section.tsx'

interface WhyPanelProps {
  readonly run: Run
  readonly inSweep: SweepOfRun | null
}

export function WhyPanel({ run, inSweep }: WhyPanelProps) {
  const words = proposalWords(run.suggestedBy, run.specVersion ?? null)
  const ending = endingSentence(run)
  const alerts = run.alerts ?? []
  const metric = inSweep?.sweep.metric ?? null
  if (words === null && ending === null && alerts.length === 0 && (run.checks ?? []).length === 0) return null
  return (
    <section className="panel run-why" aria-label="Why">
      {words !== null && (
        <p>
          <strong>Why this configuration:</strong> <ForeignText text={words.why} />
          {words.nearest.length > 0 && (
            <>
              {' '}
              · nearest{' '}
              {words.nearest.map(({ run: id, distance }, index) => (
                <span key={id}>
                  {index > 0 && ', '}
                  <Link href={runPath(id, run.sweepId)}>{id.slice(0, 60)}</Link>{' '}
                  <span className="muted">({distance})</span>
                </span>
              ))}
            </>
          )}
        </p>
      )}
      {words !== null && words.scales.length > 0 && (
        <p className="muted">
          What mattered to the model, shortest length scale first:{' '}
          {words.scales.map(({ name, length }) => `${name.slice(0, 80)} ${length}`).join(' · ')}
        </p>
      )}
      {ending !== null && (
        <p>
          <strong>{ending.title}</strong> <ForeignText text={ending.text} />
        </p>
      )}
      <Checks run={run} />
      {alerts.length > 0 && (
        <ul className="run-alerts">
          {alerts.slice(-5).map((alert, index) => (
            <li key={index} className={`run-alert run-alert-${alert.level}`}>
              <strong>
                {alert.level}: <ForeignText text={alert.title} most={200} />
              </strong>{' '}
              <ForeignText text={alert.text} most={300} />{' '}
              <span className="muted">{formatMoment(toMs(alert.at))}</span>
            </li>
          ))}
        </ul>
      )}
      {metric !== null && run.state === 'finished' && run.value === null && (
        <p>
          <strong>It never reported {metric.name.slice(0, 200)}</strong>, so it is not ranked.
        </p>
      )}
    </section>
  )
}

function endingSentence(run: Run): { title: string; text: string } | null {
  const last = run.attempts.at(-1)
  const how = [
    last?.exitCode !== null && last?.exitCode !== undefined && last.exitCode !== 0
      ? `exit code ${last.exitCode}`
      : null,
    last?.signal ? `signal ${last.signal}` : null,
  ].filter((part) => part !== null)
  const text = [run.stopReason ?? last?.reason ?? '', ...how].filter((part) => part !== '').join(' · ')
  switch (run.state) {
    case 'stopped':
      return { title: 'Why it was stopped:', text: text || 'early termination' }
    case 'failed':
    case 'lost':
      return {
        title: `Why it ${run.state === 'failed' ? 'failed' : 'was lost'}:`,
        text: failureText(run, text),
      }
    case 'cancelled':
      return text === '' ? null : { title: 'Why it was cancelled:', text }
    default:
      return run.stopReason === null ? null : { title: 'Note:', text: run.stopReason }
  }
}

/** With the last line that it said on stderr: that is usually the answer. */
function failureText(run: Run, text: string): string {
  const tail = run.attempts.at(-1)?.stderrTail?.trimEnd().split('\n').at(-1)?.trim() ?? ''
  return [text, tail].filter((part) => part !== '').join(' · ') || 'no reason was given'
}

function Checks({ run }: { readonly run: Run }) {
  const checks = run.checks ?? []
  if (checks.length === 0) return null
  return (
    <details open={run.state === 'stopped'}>
      <summary>
        Early termination looked {checks.length === 1 ? 'once' : `${checks.length} times`}:{' '}
        {checks.map(({ band, outcome }) => `${outcome} at ${formatNumber(band)}`).join(', ')}
      </summary>
      <div className="run-scroll" tabIndex={0} role="region" aria-label="Checks of early termination">
        <table className="run-table">
          <thead>
            <tr>
              <th scope="col" className="number">
                at
              </th>
              <th scope="col" className="number">
                value
              </th>
              <th scope="col" className="number">
                cut
              </th>
              <th scope="col" className="number">
                rank
              </th>
              <th scope="col">outcome</th>
              <th scope="col">why</th>
            </tr>
          </thead>
          <tbody>
            {checks.map((check) => (
              <tr key={check.band}>
                <td className="number">{formatNumber(check.band)}</td>
                <td className="number">{check.value === null ? 'NaN' : formatMetric(check.value)}</td>
                <td className="number">{formatMetric(check.threshold)}</td>
                <td className="number">
                  {check.rank} of {check.of}
                </td>
                <td>{check.outcome}</td>
                <td>
                  <ForeignText text={check.reason} most={300} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
