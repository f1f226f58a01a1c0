// What happened to the run: its attempts, its alerts, and the entries of the change log.
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { Attempt, Run } from '../../api/records.ts'
import { formatCounted, NOTHING } from '../../format/number.ts'
import { formatDuration, formatMoment, toMs } from '../../format/time.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { useRunPart } from './run-data.ts'
import { ForeignText, Section } from './section.tsx'

export function StoryPanel({ run }: { readonly run: Run }) {
  const { data, error, refetch } = useRunPart(
    run.id,
    'events',
    () => answer(api.GET('/api/v1/runs/{ref}/events', { params: { path: { ref: run.id } } })),
    { changesWith: 'events' },
  )
  const alerts = run.alerts ?? []
  return (
    <Section id="story" title="What happened" note={formatCounted(run.attempts.length, 'attempt')}>
      <Attempts attempts={run.attempts} />
      {alerts.length > 0 && (
        <>
          <h3>Alerts</h3>
          <ul className="run-alerts">
            {alerts.map((alert, index) => (
              <li key={index} className={`run-alert run-alert-${alert.level}`}>
                <span className="muted">{formatMoment(toMs(alert.at))}</span>{' '}
                <strong>
                  {alert.level}: <ForeignText text={alert.title} most={200} />
                </strong>{' '}
                <ForeignText text={alert.text} />
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>Events</h3>
      {error !== null && <FailedRequest what="The events" error={error} onRetry={() => void refetch()} />}
      <ol className="story-events">
        {(data?.events ?? []).map((event) => (
          <li key={event.seq}>
            <time dateTime={event.at} className="muted">
              {formatMoment(toMs(event.at))}
            </time>{' '}
            {wordsOf(event)}
          </li>
        ))}
      </ol>
      {data !== undefined && data.events.length === 0 && (
        <p className="muted">The change log no longer has its events.</p>
      )}
    </Section>
  )
}

type Event = components['schemas']['ListRunEventsResponse']['events'][number]

/** `run.cancelWished` is "cancel wished"; with the facts that it carries. */
function wordsOf({ event, data }: Event) {
  const words = event
    .replace(/^run\./, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
  const facts = Object.entries(data)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return (
    <>
      <strong>{words}</strong> {facts.length > 0 && <ForeignText text={facts.join(' · ')} most={300} />}
    </>
  )
}

function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <p className="muted">It was not started yet.</p>
  return (
    <div className="run-scroll" tabIndex={0} role="region" aria-label="Attempts">
      <table className="run-table">
        <thead>
          <tr>
            {['attempt', 'where', 'started', 'took', 'outcome', 'why'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt) => (
            <AttemptRow key={attempt.attempt} attempt={attempt} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function AttemptRow({ attempt }: { readonly attempt: Attempt }) {
  const { startedAt, endedAt, outcome, exitCode, signal, reason, stderrTail, slot, pid } = attempt
  const tookMs = startedAt === null || endedAt === null ? null : (toMs(endedAt) ?? 0) - (toMs(startedAt) ?? 0)
  const end = [
    exitCode === null ? null : `exit code ${exitCode}`,
    signal === null ? null : `signal ${signal}`,
    reason,
  ].filter((part) => part !== null && part !== '')
  return (
    <tr>
      <td>{attempt.attempt}</td>
      <td>
        <ForeignText text={attempt.host || NOTHING} most={80} />
        <span className="muted">
          {slot !== null && ` slot ${slot}`}
          {pid !== null && ` pid ${pid}`}
        </span>
      </td>
      <td>{formatMoment(toMs(startedAt))}</td>
      <td>{formatDuration(tookMs)}</td>
      <td>{outcome ?? 'open'}</td>
      <td>
        {end.length > 0 && <ForeignText text={end.join(' · ')} most={300} />}
        {stderrTail !== null && stderrTail !== '' && (
          <details>
            <summary>last lines of stderr</summary>
            <pre className="story-stderr">{stderrTail.slice(-20_000)}</pre>
          </details>
        )}
      </td>
    </tr>
  )
}
