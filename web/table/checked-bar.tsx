// Below the leaderboard, when runs are checked: compare, retry, tag, note, stop.
import { useState } from 'react'
import { Link } from 'wouter'
import { answer, api } from '../api/client.ts'
import type { RunState } from '../api/records.ts'
import { ActionDialog } from '../actions/action-dialog.tsx'
import { useObstacle } from '../actions/use-action.ts'
import { sweepPath } from '../format/entity-link.tsx'
import { formatCounted } from '../format/number.ts'
import type { Selection, SelectionState } from '../selection/selection.ts'

interface CheckedBarProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly selection: Selection
}

const MOST_TO_COMPARE = 12
/** Runs are edited one by one: more would keep the server busy for long. */
const MOST_TO_EDIT = 500

export function CheckedBar({ sweepRef, selected, selection }: CheckedBarProps) {
  const [dialog, setDialog] = useState<'tags' | 'notes' | 'retry' | 'end' | null>(null)
  const obstacle = useObstacle()
  const { table, checked } = selected
  const ids = [...checked].filter((id) => table.rowOf(id) !== null)
  if (ids.length === 0) return null
  const stateOf = (id: string): RunState => table.states[table.rowOf(id) ?? 0] ?? 'queued'
  const failed = ids.filter((id) => stateOf(id) === 'failed' || stateOf(id) === 'lost')
  const canCompare = ids.length >= 2 && ids.length <= MOST_TO_COMPARE
  const compareHref = sweepPath(sweepRef, 'compare', new URLSearchParams({ r: ids.join(',') }).toString())
  const whyNoEdit =
    obstacle ?? (ids.length > MOST_TO_EDIT ? `${MOST_TO_EDIT} runs at most at one time` : null)
  const open = ids.filter((id) => ['running', 'queued', 'preempted'].includes(stateOf(id)))
  const whyNoEnd = obstacle ?? (open.length === 0 ? 'All of these have ended.' : null)
  const whyNoRetry = obstacle ?? (failed.length === 0 ? 'None of these has failed or was lost.' : null)

  async function editAll(body: { addTags?: string[]; removeTags?: string[]; notes?: string }): Promise<void> {
    for (const ref of ids) await answer(api.PATCH('/api/v1/runs/{ref}', { params: { path: { ref } }, body }))
  }

  return (
    <div className="checked-bar" role="group" aria-label="Checked runs">
      <strong>{formatCounted(ids.length, 'run')} checked</strong>
      {canCompare ? (
        <Link href={compareHref} className="button">
          Compare
        </Link>
      ) : (
        <button disabled title="2 to 12 runs can be compared">
          Compare
        </button>
      )}
      <button
        disabled={whyNoRetry !== null}
        title={whyNoRetry ?? undefined}
        onClick={() => setDialog('retry')}
      >
        Retry {failed.length > 0 ? failed.length : ''}
      </button>
      <button disabled={whyNoEnd !== null} title={whyNoEnd ?? undefined} onClick={() => setDialog('end')}>
        End… {open.length > 0 ? open.length : ''}
      </button>
      <button disabled={whyNoEdit !== null} title={whyNoEdit ?? undefined} onClick={() => setDialog('tags')}>
        Tag…
      </button>
      <button disabled={whyNoEdit !== null} title={whyNoEdit ?? undefined} onClick={() => setDialog('notes')}>
        Note…
      </button>
      <button className="button-plain" onClick={selection.clearChecked}>
        Uncheck all
      </button>
      {dialog === 'tags' && (
        <ActionDialog
          title={`Tags of ${formatCounted(ids.length, 'run')}`}
          sentences={['Several are separated by commas.']}
          verb="Change tags"
          act={(form) => editAll({ addTags: tagsOf(form, 'add'), removeTags: tagsOf(form, 'remove') })}
          onClose={() => setDialog(null)}
        >
          <label>
            Add
            <input name="add" maxLength={600} autoFocus />
          </label>
          <label>
            Take away
            <input name="remove" maxLength={600} />
          </label>
        </ActionDialog>
      )}
      {dialog === 'notes' && (
        <ActionDialog
          title={`Note of ${formatCounted(ids.length, 'run')}`}
          sentences={ids.length > 1 ? ['The notes that they have are replaced.'] : []}
          verb="Write it"
          act={(form) => editAll({ notes: String(form.get('notes') ?? '') })}
          onClose={() => setDialog(null)}
        >
          <label>
            Note
            <textarea
              name="notes"
              rows={6}
              maxLength={8192}
              defaultValue={ids.length === 1 ? (table.text.notes[table.rowOf(ids[0] ?? '') ?? 0] ?? '') : ''}
              autoFocus
            />
          </label>
        </ActionDialog>
      )}
      {dialog === 'end' && <EndDialog runIds={open} onClose={() => setDialog(null)} />}
      {dialog === 'retry' && (
        <ActionDialog
          title={`Retry ${formatCounted(failed.length, 'run')}?`}
          sentences={['They are worked again with the same configurations, as new attempts.']}
          verb="Retry"
          act={() =>
            answer(
              api.POST('/api/v1/sweeps/{ref}/retry', {
                params: { path: { ref: sweepRef } },
                body: { runIds: failed },
              }),
            )
          }
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  )
}

function EndDialog({
  runIds,
  onClose,
}: {
  readonly runIds: readonly string[]
  readonly onClose: () => void
}) {
  return (
    <ActionDialog
      title={`End ${formatCounted(runIds.length, 'run')}?`}
      sentences={['They are ended now, on every machine. This cannot be taken back.']}
      verb="End them"
      act={async (form) => {
        const action = form.get('how') === 'cancel' ? 'cancel' : 'stop'
        for (const ref of runIds)
          await answer(api.POST(`/api/v1/runs/{ref}/${action}`, { params: { path: { ref } }, body: {} }))
      }}
      onClose={onClose}
    >
      <label className="row">
        <input type="radio" name="how" value="stop" defaultChecked />
        Stop: what they reported counts, and they are ranked by it
      </label>
      <label className="row">
        <input type="radio" name="how" value="cancel" />
        Cancel: what they reported does not count
      </label>
    </ActionDialog>
  )
}

function tagsOf(form: FormData, name: string): string[] {
  return String(form.get(name) ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
}
