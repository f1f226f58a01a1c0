// Tags and notes of a run, edited in place by whom it is allowed to.
import { useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useAction, useObstacle } from '../../actions/use-action.ts'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { Run } from '../../api/records.ts'
import { Failure } from '../../shell/failure.tsx'
import { ForeignText } from './section.tsx'

export function RunLabels({ run }: { readonly run: Run }) {
  const client = useQueryClient()
  const action = useAction()
  const obstacle = useObstacle()
  const [editing, setEditing] = useState<'tag' | 'notes' | null>(null)

  async function edit(body: components['schemas']['EditRunRequest']): Promise<boolean> {
    return action.run(async () => {
      const path = { params: { path: { ref: run.id } } }
      await answer(api.PATCH('/api/v1/runs/{ref}', { ...path, body }))
      await client.invalidateQueries({ queryKey: ['run'] })
    })
  }

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('text') ?? '')
    const tag = text.trim()
    if (editing === 'tag' && tag === '') return setEditing(null)
    if (await edit(editing === 'tag' ? { addTags: [tag] } : { notes: text })) setEditing(null)
  }

  return (
    <div className="run-labels">
      <ul className="run-tags" aria-label="Tags">
        {run.tags.map((tag) => (
          <li key={tag} className="run-tag">
            <bdi>{tag}</bdi>
            <button
              className="button-plain"
              aria-label={`Remove the tag ${tag}`}
              disabled={obstacle !== null || action.isBusy}
              title={obstacle ?? undefined}
              onClick={() => void edit({ removeTags: [tag] })}
            >
              ✕
            </button>
          </li>
        ))}
      </ul>
      {run.group !== null && (
        <span className="muted">
          group <bdi>{run.group.slice(0, 100)}</bdi>
        </span>
      )}
      {run.jobType !== null && (
        <span className="muted">
          job type <bdi>{run.jobType.slice(0, 100)}</bdi>
        </span>
      )}
      {editing !== 'tag' && (
        <button
          className="button-plain"
          disabled={obstacle !== null}
          title={obstacle ?? undefined}
          onClick={() => setEditing('tag')}
        >
          + tag
        </button>
      )}
      {editing !== 'notes' && (
        <button
          className="button-plain"
          disabled={obstacle !== null}
          title={obstacle ?? undefined}
          onClick={() => setEditing('notes')}
        >
          {run.notes === '' ? '+ notes' : 'edit notes'}
        </button>
      )}
      {editing !== null && (
        <form className="run-label-form" onSubmit={(event) => void submit(event)}>
          {editing === 'tag' ? (
            <input name="text" aria-label="New tag" maxLength={64} autoFocus />
          ) : (
            <textarea
              name="text"
              aria-label="Notes"
              maxLength={8192}
              rows={4}
              defaultValue={run.notes}
              autoFocus
            />
          )}
          <button className="button-primary" disabled={action.isBusy}>
            Save
          </button>
          <button type="button" onClick={() => setEditing(null)}>
            Leave it
          </button>
        </form>
      )}
      {run.notes !== '' && editing !== 'notes' && (
        <div className="run-notes">
          <ForeignText text={run.notes} most={400} />
        </div>
      )}
      {action.problem !== null && (
        <Failure title="This was refused" message={action.problem.message} hint={action.problem.hint} />
      )}
    </div>
  )
}
