// Screen G: a sweep file is written, checked while it is written, and becomes a sweep.
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useRef, useState, type FormEvent } from 'react'
import { useLocation } from 'wouter'
import { useAction, useObstacle } from '../../actions/use-action.ts'
import { answer, api } from '../../api/client.ts'
import { sweepPath } from '../../format/entity-link.tsx'
import { Failure } from '../../shell/failure.tsx'
import { useValidation } from './use-validation.ts'
import { ValidationPanel } from './validation-panel.tsx'
import { YamlEditor } from './yaml-editor.tsx'
import './edit.css'

const TEMPLATE = `method: bayes
program: train.py
metric:
  name: val_loss
  goal: minimize
run_cap: 50
parameters:
  lr:
    distribution: log_uniform_values
    min: 0.00001
    max: 0.1
  batch_size:
    values: [32, 64, 128]
  depth:
    min: 2
    max: 12
`
/** What was written stays until it is created: a tab that is closed by mistake loses nothing. */
const DRAFT = 'sweep.draft'

export default function NewScreen() {
  const [text, setText] = useState(() => window.sessionStorage.getItem(DRAFT) ?? TEMPLATE)
  const area = useRef<HTMLTextAreaElement>(null)
  const validated = useValidation(text)
  const action = useAction()
  const obstacle = useObstacle()
  const client = useQueryClient()
  const [, navigate] = useLocation()
  const { validation, isCurrent } = validated
  const lines = useMemo(
    () => new Set((validation?.errors ?? []).flatMap(({ line }) => line ?? [])),
    [validation],
  )
  const isWrong = isCurrent && validation?.valid === false

  function write(next: string): void {
    setText(next)
    window.sessionStorage.setItem(DRAFT, next)
  }
  async function create(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const given = (name: string) => String(form.get(name) ?? '').trim()
    await action.run(async () => {
      const created = await answer(
        api.POST('/api/v1/sweeps', {
          body: {
            text,
            source: 'sweep.yaml',
            ...(given('name') === '' ? {} : { name: given('name') }),
            ...(given('project') === '' ? {} : { project: given('project') }),
            ...(form.get('paused') === null ? {} : { paused: true }),
          },
        }),
      )
      window.sessionStorage.removeItem(DRAFT)
      await client.invalidateQueries({ queryKey: ['outlines'] })
      navigate(sweepPath(created.id))
    })
  }

  return (
    <form className="edit-screen" onSubmit={(event) => void create(event)}>
      <div className="row">
        <h1>New sweep</h1>
        <span className="grow" />
        <label className="row">
          Name
          <input name="name" maxLength={200} placeholder={validation?.name ?? 'as in the file'} />
        </label>
        <label className="row">
          Project
          <input name="project" maxLength={200} placeholder="as in the file" />
        </label>
        <label className="row">
          <input type="checkbox" name="paused" /> paused
        </label>
        <button
          className="button-primary"
          disabled={obstacle !== null || action.isBusy || isWrong}
          title={obstacle ?? (isWrong ? 'The file has problems' : undefined)}
        >
          Create
        </button>
      </div>
      {obstacle !== null && <p className="muted">{obstacle}</p>}
      {action.problem !== null && (
        <Failure title="It was not created" message={action.problem.message} hint={action.problem.hint} />
      )}
      <div className="edit-halves">
        <YamlEditor text={text} onText={write} label="Sweep file, YAML" problemLines={lines} area={area} />
        <section className="panel" aria-label="What the file means">
          <ValidationPanel validated={validated} area={area} />
        </section>
      </div>
    </form>
  )
}
