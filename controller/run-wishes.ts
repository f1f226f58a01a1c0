// The use case of ending one run: `stop` keeps its values as data, `cancel` does not. A run that trains is wished to end
// and its agent is told; one that waits for a slot ends at once.
import type { Clock } from '../runtime/clock.ts'
import { NotFoundError, SweepError } from '../sweeps/errors.ts'
import { isTerminalRunState, isWaiting, transitionRun } from '../sweeps/run.ts'
import type { RunRecord } from '../sweeps/run.ts'
import type { RunAction } from '../sweeps/run-parts-schema.ts'
import type { SweepStore } from '../sweeps/store.ts'
import type { RunId } from '../sweeps/sweep.ts'
import type { Dispatcher } from './dispatch-port.ts'

export interface RunWishDeps {
  readonly store: SweepStore
  readonly dispatcher: Pick<Dispatcher, 'lookForChanges'>
  readonly clock: Clock
}

const DEFAULT_REASON = { stop: 'stopped by a person', cancel: 'cancelled by a person' } as const
const WISH_EVENTS = { stop: 'run.stopWished', cancel: 'run.cancelWished' } as const

/**
 * Asking for what is wanted already changes nothing; a run that is to be stopped can still be cancelled.
 * @throws SweepError NOT_FOUND; ILLEGAL_TRANSITION when it has ended
 */
export async function changeRun(
  { store, dispatcher, clock }: RunWishDeps,
  id: RunId,
  action: RunAction,
  reason: string | null,
): Promise<{ run: RunRecord; changed: boolean }> {
  const done = await store.write(async (tx) => {
    const run = await tx.findRun(id)
    if (run === null) throw new NotFoundError('run', id)
    if (isTerminalRunState(run.state)) throw refusal(run, action)
    if (run.wish === 'cancel' || run.wish === action) return { run, changed: false }
    const why = reason ?? DEFAULT_REASON[action]
    const at = clock.now()
    const next: RunRecord = isWaiting(run)
      ? endWaiting(run, action, why, at)
      : { ...run, wish: action, wishReason: why }
    const event = isWaiting(run) ? `run.${next.state}` : WISH_EVENTS[action]
    await tx.saveRuns([next])
    await tx.recordChanges([
      { at, entity: 'run', entityId: id, sweepId: run.sweepId, event, data: { reason: why } },
    ])
    return { run: next, changed: true }
  })
  if (done.changed) dispatcher.lookForChanges()
  return done
}

/** One that never reported anything has nothing to keep: it is cancelled either way. */
function endWaiting(run: RunRecord, action: RunAction, reason: string, at: number): RunRecord {
  const to = action === 'stop' && run.value !== null ? 'stopped' : 'cancelled'
  return { ...transitionRun(run, to), stopReason: reason, finishedAt: at }
}

function refusal(run: RunRecord, action: RunAction): SweepError {
  return new SweepError(
    'ILLEGAL_TRANSITION',
    `run ${run.id} is ${run.state}: there is nothing left to ${action}`,
    { hint: `It stays as it is: sweep show ${run.id}`, details: { runId: run.id, state: run.state, action } },
  )
}
