// What may be done with a sweep: pause and resume at once, the rest after a dialog that says what it means. What is not
// allowed, or does not fit the state, is disabled and says why.
import { useRef, useState } from 'react'
import { Link, useSearch } from 'wouter'
import { answer, api } from '../api/client.ts'
import type { LiveSweep, SweepState } from '../api/records.ts'
import { sweepPath } from '../format/entity-link.tsx'
import { formatCounted } from '../format/number.ts'
import { useKeys } from '../keys/use-keys.ts'
import { selectionOf } from '../selection/selection.ts'
import { CopyButton } from '../shell/copy-button.tsx'
import { Failure } from '../shell/failure.tsx'
import { ActionDialog } from './action-dialog.tsx'
import { ExportDialog } from './export-dialog.tsx'
import { Menu } from './menu.tsx'
import { useAction, useObstacle } from './use-action.ts'

type SweepAction = 'pause' | 'resume' | 'stop' | 'cancel'
type DialogName = 'stop' | 'cancel' | 'extend' | 'retry' | 'export'

const OPEN_STATES: readonly SweepState[] = ['running', 'paused', 'finishing']

interface SweepActionsProps {
  readonly sweepRef: string
  readonly sweep: LiveSweep
}

export function changeSweep(sweepRef: string, action: SweepAction, reason = ''): Promise<unknown> {
  const body = reason.trim() === '' ? {} : { reason: reason.trim() }
  return answer(api.POST(`/api/v1/sweeps/{ref}/${action}`, { params: { path: { ref: sweepRef } }, body }))
}

export function SweepActions({ sweepRef, sweep }: SweepActionsProps) {
  const [dialog, setDialog] = useState<DialogName | null>(null)
  const action = useAction()
  const obstacle = useObstacle()
  const search = useSearch()
  const group = useRef<HTMLDivElement>(null)
  useKeys({ '.': () => group.current?.querySelector<HTMLElement>('button:enabled, a')?.focus() })
  const isPaused = sweep.state === 'paused'
  const isOpen = OPEN_STATES.includes(sweep.state)
  const whyNot = obstacle ?? (isOpen ? null : `The sweep is ${sweep.state}.`)
  const toggle = isPaused ? 'resume' : 'pause'
  const lost = sweep.counts.failed + sweep.counts.lost

  const item = (name: DialogName, title: string, problem: string | null) => (
    <button disabled={problem !== null} title={problem ?? undefined} onClick={() => setDialog(name)}>
      {title}
    </button>
  )
  const whyNoRetry =
    obstacle ??
    (sweep.state === 'stopped' || sweep.state === 'cancelled' || sweep.state === 'failed'
      ? `The sweep is ${sweep.state}.`
      : lost === 0
        ? 'No run failed or was lost.'
        : null)
  const whyNoExtension =
    obstacle ?? (isOpen || sweep.state === 'finished' ? null : `The sweep is ${sweep.state}.`)

  return (
    <div ref={group} className="row" role="group" aria-label="Actions">
      <button
        disabled={whyNot !== null || action.isBusy}
        title={whyNot ?? (isPaused ? 'Propose runs again' : 'No new runs; those that run go on')}
        onClick={() => void action.run(() => changeSweep(sweepRef, toggle))}
      >
        {isPaused ? 'Resume' : 'Pause'}
      </button>
      <Link href={sweepPath(sweepRef, 'config', search)} className="button">
        Edit
      </Link>
      <CopyButton
        text={() => {
          selectionOf(sweepRef).writeNow()
          return window.location.href
        }}
      >
        Copy link
      </CopyButton>
      <Menu label="More">
        {item('export', 'Export…', null)}
        <Link href={`${sweepPath(sweepRef, 'config')}#enqueue`}>Enqueue a configuration</Link>
        {item('retry', `Retry ${formatCounted(lost, 'failed run')}…`, whyNoRetry)}
        {item('extend', 'Extend by more runs…', whyNoExtension)}
        {item('stop', 'Stop…', whyNot)}
        {item('cancel', 'Cancel…', whyNot)}
      </Menu>
      {action.problem !== null && (
        <Failure title="This was refused" message={action.problem.message} hint={action.problem.hint} />
      )}
      {dialog === 'export' && <ExportDialog sweepRef={sweepRef} onClose={() => setDialog(null)} />}
      {dialog !== null && dialog !== 'export' && (
        <SweepDialog name={dialog} sweepRef={sweepRef} sweep={sweep} onClose={() => setDialog(null)} />
      )}
    </div>
  )
}

interface SweepDialogProps extends SweepActionsProps {
  readonly name: Exclude<DialogName, 'export'>
  readonly onClose: () => void
}

function SweepDialog({ name, sweepRef, sweep, onClose }: SweepDialogProps) {
  const { running, queued, failed, lost } = sweep.counts
  const path = { params: { path: { ref: sweepRef } } }
  const end = (action: 'stop' | 'cancel') => (form: FormData) =>
    changeSweep(sweepRef, action, String(form.get('reason') ?? ''))
  switch (name) {
    case 'stop':
      return (
        <ActionDialog
          title="Stop this sweep for good?"
          sentences={[
            'Nothing more will be proposed. This cannot be taken back; pausing can.',
            `${formatCounted(running, 'running run')} will go on to the end${queued === 0 ? '' : `; ${formatCounted(queued, 'queued run')} will never start`}.`,
          ]}
          verb="Stop the sweep"
          act={end('stop')}
          onClose={onClose}
        >
          <ReasonField />
        </ActionDialog>
      )
    case 'cancel':
      return (
        <ActionDialog
          title="Cancel this sweep?"
          sentences={[whatIsLost(running, queued), 'Finished runs stay. This cannot be taken back.']}
          verb="Cancel the sweep"
          act={end('cancel')}
          onClose={onClose}
        >
          <ReasonField />
        </ActionDialog>
      )
    case 'extend':
      return (
        <ActionDialog
          title="Extend this sweep"
          sentences={[
            sweep.runCap === null ? 'It has no run_cap.' : `Its run_cap is ${sweep.runCap}.`,
            'A finished sweep goes on.',
          ]}
          verb="Extend"
          act={(form) =>
            answer(
              api.POST('/api/v1/sweeps/{ref}/extend', {
                ...path,
                body: { addRuns: Number(form.get('addRuns')) },
              }),
            )
          }
          onClose={onClose}
        >
          <label>
            More runs
            <input type="number" name="addRuns" min={1} max={1_000_000} defaultValue={50} required />
          </label>
        </ActionDialog>
      )
    case 'retry':
      return (
        <ActionDialog
          title="Retry failed runs?"
          sentences={[
            `${formatCounted(failed, 'failed run')} and ${formatCounted(lost, 'lost run')} will be worked again, with the same configurations, as new attempts.`,
          ]}
          verb="Retry them"
          act={() => answer(api.POST('/api/v1/sweeps/{ref}/retry', { ...path, body: {} }))}
          onClose={onClose}
        />
      )
  }
}

function whatIsLost(running: number, queued: number): string {
  if (running + queued === 0) return 'No run is running or queued: nothing is lost.'
  const ended =
    running === 0 ? [] : [`${formatCounted(running, 'running run')} will be ended now and not be ranked`]
  const dropped = queued === 0 ? [] : [`${formatCounted(queued, 'queued run')} will never start`]
  return `What will be lost: ${[...ended, ...dropped].join('; ')}.`
}

function ReasonField() {
  return (
    <label>
      Why (kept with the sweep; may be empty)
      <input name="reason" maxLength={500} />
    </label>
  )
}
