// A sweep's file while it is edited: checked as it is written, then said what the change means, then applied. Somebody
// else's change in between is said and never written over.
import { useMemo, useRef, useState } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import { NOTHING } from '../../format/number.ts'
import { Failure } from '../../shell/failure.tsx'
import { useValidation } from './use-validation.ts'
import { Problems } from './validation-panel.tsx'
import { YamlEditor } from './yaml-editor.tsx'

type EditOutcome = components['schemas']['EditSweepResponse']

interface EditFileProps {
  readonly sweepRef: string
  readonly text: string
  /** Of the file that was there when editing began. */
  readonly version: number
  readonly whyNot: string | null
  readonly onDone: (hasChanged: boolean) => void
}

export function EditFile({ sweepRef, text: given, version: givenVersion, whyNot, onDone }: EditFileProps) {
  // What was there when editing began: an update of the page does not touch it.
  const [begun] = useState({ text: given, version: givenVersion })
  const [text, setText] = useState(begun.text)
  const [dryRun, setDryRun] = useState<{ readonly text: string; readonly outcome: EditOutcome } | null>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  const { validation, isCurrent } = useValidation(text, 0)
  const action = useAction()
  const lines = useMemo(
    () => new Set((validation?.errors ?? []).flatMap(({ line }) => line ?? [])),
    [validation],
  )
  const isWrong = isCurrent && validation?.valid === false
  const isOverwritten = givenVersion !== begun.version
  const outcome = dryRun?.text === text ? dryRun.outcome : null

  const send = (isDry: boolean): Promise<EditOutcome> =>
    answer(
      api.POST('/api/v1/sweeps/{ref}/edit', {
        params: { path: { ref: sweepRef } },
        body: { text, expectedVersion: begun.version, ...(isDry ? { dryRun: true } : {}) },
      }),
    )
  async function look(): Promise<void> {
    await action.run(async () => setDryRun({ text, outcome: await send(true) }))
  }
  async function apply(): Promise<void> {
    if (await action.run(() => send(false))) onDone(true)
  }

  return (
    <>
      <YamlEditor text={text} onText={setText} label="Sweep file, YAML" problemLines={lines} area={area} />
      {isWrong && <Problems problems={validation.errors} area={area} isError />}
      {isCurrent && validation !== null && (
        <Problems problems={validation.warnings} area={area} isError={false} />
      )}
      {isOverwritten && (
        <div className="banner" role="alert">
          Meanwhile the file became version {givenVersion}. Your text is of version {begun.version} and will
          be refused: copy what you need of it, leave it, and edit anew.
        </div>
      )}
      {action.problem !== null && (
        <Failure title="This was refused" message={action.problem.message} hint={action.problem.hint} />
      )}
      {outcome !== null && <Meaning outcome={outcome} />}
      <div className="row">
        <button onClick={() => onDone(false)}>Leave it</button>
        <span className="grow" />
        <button
          disabled={action.isBusy || isWrong || whyNot !== null || text === begun.text}
          onClick={() => void look()}
        >
          What it means
        </button>
        <button
          className="button-primary"
          disabled={action.isBusy || whyNot !== null || outcome?.changed !== true}
          title={outcome === null ? 'Look at what it means first' : undefined}
          onClick={() => void apply()}
        >
          Apply
        </button>
      </div>
    </>
  )
}

/** What a change means, before it is made. */
export function Meaning({ outcome }: { readonly outcome: EditOutcome }) {
  if (!outcome.changed) return <p role="status">It changes nothing.</p>
  return (
    <div role="status" className="config-panel">
      <table className="change-list">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
          </tr>
        </thead>
        <tbody>
          {outcome.changes.map(({ path, from, to }) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              <td className="mono">{from ?? NOTHING}</td>
              <td className="mono">{to ?? NOTHING}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {outcome.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </div>
  )
}
