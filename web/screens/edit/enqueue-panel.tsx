// A configuration made by hand: from a form of the space or as text, looked at first, then put into the queue.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import { RunLink } from '../../format/entity-link.tsx'
import { formatCounted } from '../../format/number.ts'
import { Failure } from '../../shell/failure.tsx'
import { asJson, configTextOf, fieldsOf, type ParameterField } from './parameter-fields.ts'
import { validate } from './use-validation.ts'

type Enqueued = components['schemas']['EnqueueResponse']

interface EnqueuePanelProps {
  readonly sweepRef: string
  /** The file as it stands. */
  readonly config: string
  readonly whyNot: string | null
}

export function EnqueuePanel({ sweepRef, config, whyNot }: EnqueuePanelProps) {
  const { data } = useQuery({
    queryKey: ['validate', config, 0],
    queryFn: () => validate(config, 0),
    staleTime: Infinity,
  })
  const fields = data === undefined ? [] : fieldsOf(data.parameters)
  const [values, setValues] = useState<ReadonlyMap<string, string>>(new Map())
  const [written, setWritten] = useState<string | null>(null)
  const [isRepeat, setRepeat] = useState(false)
  const [result, setResult] = useState<{ readonly isDry: boolean; readonly answer: Enqueued } | null>(null)
  const action = useAction()
  const typed = new Map(
    fields.map(({ name, options }) => {
      const value = values.get(name) ?? ''
      return [name, value === '' || options !== null ? value : asJson(value)]
    }),
  )
  const text = written ?? configTextOf(typed)
  const isEmpty = text.trim() === '' || text === '{}'

  const send = (isDry: boolean): Promise<boolean> =>
    action.run(async () => {
      setResult(null)
      const body = { text, ...(isRepeat ? { repeat: true } : {}), ...(isDry ? { dryRun: true } : {}) }
      const params = { path: { ref: sweepRef } }
      setResult({ isDry, answer: await answer(api.POST('/api/v1/sweeps/{ref}/enqueue', { params, body })) })
    })

  return (
    <section className="panel config-panel" aria-labelledby="enqueue-heading">
      <div className="row">
        <h2 id="enqueue-heading">Enqueue a configuration</h2>
        <span className="grow" />
        <button onClick={() => setWritten(written === null ? text : null)}>
          {written === null ? 'Write it as text' : 'Fill in the form'}
        </button>
      </div>
      {written === null ? (
        <div className="parameter-fields">
          {fields.map((field) => (
            <Field
              key={field.name}
              field={field}
              value={values.get(field.name) ?? ''}
              onValue={(value) => setValues(new Map([...values, [field.name, value]]))}
            />
          ))}
        </div>
      ) : (
        <textarea
          className="mono"
          rows={5}
          aria-label="Configurations: JSON, a line each, or YAML"
          value={written}
          onChange={(event) => setWritten(event.target.value)}
          spellCheck={false}
        />
      )}
      <div className="row">
        <label className="row">
          <input type="checkbox" checked={isRepeat} onChange={(event) => setRepeat(event.target.checked)} />
          also when it was tried before
        </label>
        <span className="grow" />
        <button
          disabled={whyNot !== null || isEmpty || action.isBusy}
          title={whyNot ?? undefined}
          onClick={() => void send(true)}
        >
          Check
        </button>
        <button
          className="button-primary"
          disabled={whyNot !== null || isEmpty || action.isBusy}
          title={whyNot ?? undefined}
          onClick={() => void send(false)}
        >
          Enqueue
        </button>
      </div>
      {action.problem !== null && (
        <Failure title="This was refused" message={action.problem.message} hint={action.problem.hint} />
      )}
      {result !== null && <Outcome {...result} sweepRef={sweepRef} />}
    </section>
  )
}

interface FieldProps {
  readonly field: ParameterField
  readonly value: string
  readonly onValue: (value: string) => void
}

function Field({ field: { name, hint, options, isConditional }, value, onValue }: FieldProps) {
  return (
    <label>
      <span className="clip" title={name}>
        {name}
      </span>
      {options === null ? (
        <input
          className="mono"
          value={value}
          onChange={(event) => onValue(event.target.value)}
          spellCheck={false}
        />
      ) : (
        <select value={value} onChange={(event) => onValue(event.target.value)}>
          <option value="">{isConditional ? 'left out' : 'choose'}</option>
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      )}
      <span className="muted clip parameter-hint" title={hint}>
        {hint}
      </span>
    </label>
  )
}

interface OutcomeProps {
  readonly isDry: boolean
  readonly answer: Enqueued
  readonly sweepRef: string
}

function Outcome({ isDry, answer: { enqueued, known, warnings }, sweepRef }: OutcomeProps) {
  return (
    <div role="status" className="config-panel">
      {enqueued.length > 0 && (
        <p>
          {isDry
            ? `${formatCounted(enqueued.length, 'configuration')} would be enqueued.`
            : `${formatCounted(enqueued.length, 'configuration')} enqueued: `}
          {enqueued.map(({ runId }) =>
            runId === null ? null : (
              <span key={runId}>
                <RunLink id={runId} sweepRef={sweepRef} />{' '}
              </span>
            ),
          )}
        </p>
      )}
      {known.map(({ runId, state }) => (
        <p key={runId}>
          This one is there already: <RunLink id={runId} sweepRef={sweepRef} /> ({state}).
        </p>
      ))}
      {warnings.map(({ message, hint }) => (
        <p key={message}>
          {message} <span className="muted">{hint}</span>
        </p>
      ))}
      {isDry &&
        enqueued.map(({ configText }) => (
          <code key={configText} className="clip" title={configText}>
            {configText}
          </code>
        ))}
    </div>
  )
}
