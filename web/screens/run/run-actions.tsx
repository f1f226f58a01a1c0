// What may be done with a run: end it, work it again, copy its arguments, compare it. What is not allowed, or does not
// fit its state, is disabled and says why.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { isTerminalRunState } from '../../../sweeps/run.ts'
import { ActionDialog } from '../../actions/action-dialog.tsx'
import { useAction, useObstacle } from '../../actions/use-action.ts'
import { answer, api } from '../../api/client.ts'
import type { Run, Sweep } from '../../api/records.ts'
import { sweepPath } from '../../format/entity-link.tsx'
import { CopyButton } from '../../shell/copy-button.tsx'
import { Failure } from '../../shell/failure.tsx'
import { configAsArguments } from './config-rows.ts'

interface RunActionsProps {
  readonly run: Run
  /** null: it is outside sweeps, or not loaded yet. */
  readonly sweep: Sweep | null
}

type Ending = 'stop' | 'cancel'

const SENTENCES: Readonly<Record<Ending, readonly string[]>> = {
  stop: [
    'The training process is asked to end. What the run reported so far counts: it is ranked, and the method learns from it.',
    'This cannot be taken back.',
  ],
  cancel: [
    'The training process is asked to end. The run is not ranked; its reports, log and files are kept.',
    'This cannot be taken back.',
  ],
}

export function RunActions({ run, sweep }: RunActionsProps) {
  const client = useQueryClient()
  const [ending, setEnding] = useState<Ending | null>(null)
  const action = useAction()
  const obstacle = useObstacle()
  const isOver = isTerminalRunState(run.state)
  const whyNoEnd = obstacle ?? (isOver ? `The run is ${run.state}.` : null)
  const isLost = run.state === 'failed' || run.state === 'lost'
  const whyNoRetry =
    obstacle ??
    (run.sweepId === null
      ? 'A run outside sweeps is started by its own script.'
      : isLost
        ? null
        : 'Only failed and lost runs are worked again.')
  const reload = () => client.invalidateQueries({ queryKey: ['run'] })
  const path = { params: { path: { ref: run.id } } }
  const bestId = sweep?.best?.runId ?? null

  async function end(how: Ending, form: FormData): Promise<void> {
    const reason = String(form.get('reason') ?? '').trim()
    await answer(api.POST(`/api/v1/runs/{ref}/${how}`, { ...path, body: reason === '' ? {} : { reason } }))
    await reload()
  }

  async function retry(): Promise<void> {
    const body = { runIds: [run.id] }
    await answer(
      api.POST('/api/v1/sweeps/{ref}/retry', { params: { path: { ref: run.sweepId ?? '' } }, body }),
    )
    await reload()
  }

  return (
    <div className="row" role="group" aria-label="Actions">
      {run.sweepId !== null && bestId !== null && bestId !== run.id && (
        <Link
          className="button"
          href={sweepPath(
            run.sweepId,
            'compare',
            new URLSearchParams({ r: `${bestId},${run.id}` }).toString(),
          )}
        >
          Compare with best
        </Link>
      )}
      <CopyButton text={() => configAsArguments(run.configText)}>Copy args</CopyButton>
      <CopyButton text={() => window.location.href}>Copy link</CopyButton>
      <button
        disabled={whyNoRetry !== null || action.isBusy}
        title={whyNoRetry ?? 'Same configuration, next attempt'}
        onClick={() => void action.run(retry)}
      >
        Retry
      </button>
      <button
        disabled={whyNoEnd !== null}
        title={whyNoEnd ?? 'End it; its values count'}
        onClick={() => setEnding('stop')}
      >
        Stop…
      </button>
      <button
        disabled={whyNoEnd !== null}
        title={whyNoEnd ?? 'End it; its values do not count'}
        onClick={() => setEnding('cancel')}
      >
        Cancel…
      </button>
      {action.problem !== null && (
        <Failure title="This was refused" message={action.problem.message} hint={action.problem.hint} />
      )}
      {ending !== null && (
        <ActionDialog
          title={ending === 'stop' ? 'Stop this run?' : 'Cancel this run?'}
          sentences={SENTENCES[ending]}
          verb={ending === 'stop' ? 'Stop the run' : 'Cancel the run'}
          act={(form) => end(ending, form)}
          onClose={() => setEnding(null)}
        >
          <label>
            Why (optional)
            <input name="reason" maxLength={500} />
          </label>
        </ActionDialog>
      )}
    </div>
  )
}
