// The use cases of erasing: a sweep with all of its runs, or one run. Each is one unit of the store, in which the
// state is read again; the change log keeps that there was something.
import type { Clock } from '../runtime/clock.ts'
import type { RemoveResponse } from '../sweeps/api-schema.ts'
import { NotFoundError } from '../sweeps/errors.ts'
import { checkRunRemoval, checkSweepRemoval } from '../sweeps/removal.ts'
import { isTerminalRunState, RUN_STATES } from '../sweeps/run.ts'
import type { RunState } from '../sweeps/run.ts'
import type { StoreTransaction, SweepStore } from '../sweeps/store.ts'
import type { RunId, SweepId } from '../sweeps/sweep.ts'
import type { BlobCleaner } from './blobs/blob-cleaner.ts'
import type { Dispatcher } from './dispatch-port.ts'
import type { Standings } from './standings.ts'

export interface RemovalServiceDeps {
  readonly store: SweepStore
  readonly dispatcher: Pick<Dispatcher, 'lookForChanges'>
  readonly standings: Pick<Standings, 'forget'>
  /** Told that files are no longer named. */
  readonly cleaner: Pick<BlobCleaner, 'noteDeletion'>
  readonly clock: Clock
}

export interface RemovalService {
  /** @throws SweepError ILLEGAL_TRANSITION while it may still change, NOT_FOUND */
  removeSweep(id: SweepId): Promise<RemoveResponse>
  /** @throws SweepError ILLEGAL_TRANSITION while it may still change or its sweep still proposes, NOT_FOUND */
  removeRun(id: RunId): Promise<RemoveResponse>
}

export function createRemovalService(deps: RemovalServiceDeps): RemovalService {
  const { store, dispatcher, standings, cleaner, clock } = deps
  return {
    async removeSweep(id) {
      const removed = await store.write((tx) => eraseSweep(tx, id, clock.now()))
      standings.forget(id)
      cleaner.noteDeletion()
      dispatcher.lookForChanges()
      return { removed }
    },

    async removeRun(id) {
      const { sweepId, ...removed } = await store.write((tx) => eraseRun(tx, id, clock.now()))
      cleaner.noteDeletion()
      if (sweepId !== null) {
        standings.forget(sweepId)
        dispatcher.lookForChanges()
      }
      return { removed }
    },
  }
}

async function eraseSweep(tx: StoreTransaction, id: SweepId, at: number): Promise<RemoveResponse['removed']> {
  const sweep = await tx.findSweep(id)
  if (sweep === null) throw new NotFoundError('sweep', id)
  const counts = await tx.countRunsByState(id)
  checkSweepRemoval(sweep, Math.max(countOpen(counts), await tx.countOpenAttempts(id)))
  const runs = RUN_STATES.reduce((sum, state) => sum + counts[state], 0)
  await tx.deleteSweep(id)
  await tx.recordChanges([
    {
      at,
      entity: 'sweep',
      entityId: id,
      sweepId: id,
      event: 'sweep.removed',
      data: { name: sweep.name, state: sweep.state, runs },
    },
  ])
  return { kind: 'sweep', id, name: sweep.name, runs }
}

async function eraseRun(
  tx: StoreTransaction,
  id: RunId,
  at: number,
): Promise<RemoveResponse['removed'] & { sweepId: SweepId | null }> {
  const run = await tx.findRun(id)
  if (run === null) throw new NotFoundError('run', id)
  const sweep = run.sweepId === null ? null : await tx.findSweep(run.sweepId)
  const attempts = await tx.listAttempts([id])
  checkRunRemoval(
    run,
    sweep,
    attempts.some((attempt) => attempt.outcome === null),
  )
  await tx.deleteRuns([id])
  await tx.recordChanges([
    {
      at,
      entity: 'run',
      entityId: id,
      sweepId: run.sweepId,
      event: 'run.removed',
      data: { name: run.name, state: run.state },
    },
  ])
  return { kind: 'run', id, name: run.name, runs: 1, sweepId: run.sweepId }
}

function countOpen(counts: Readonly<Record<RunState, number>>): number {
  return RUN_STATES.reduce((sum, state) => sum + (isTerminalRunState(state) ? 0 : counts[state]), 0)
}
