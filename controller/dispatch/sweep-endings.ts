// How a sweep ends by itself: nothing left to propose, then nothing left to run. Each in a unit of work.
import type { StoreTransaction } from '../../sweeps/store.ts'
import { isTerminalSweepState, transitionSweep } from '../../sweeps/sweep.ts'
import type { SweepId, SweepRecord } from '../../sweeps/sweep.ts'

/** Moves a sweep to that state and records why. */
export async function endSweep(
  tx: StoreTransaction,
  sweep: SweepRecord,
  to: 'finishing' | 'finished' | 'failed',
  reason: string,
  now: number,
): Promise<SweepRecord> {
  const moved = transitionSweep(sweep, to)
  const saved = { ...moved, stateReason: reason, finishedAt: isTerminalSweepState(to) ? now : null }
  await tx.saveSweep(saved)
  await tx.recordChanges([
    {
      at: now,
      entity: 'sweep',
      entityId: sweep.id,
      sweepId: sweep.id,
      event: `sweep.${to}`,
      data: { reason },
    },
  ])
  return saved
}

/**
 * A sweep with nothing left to propose becomes `finishing`, and `finished` once no attempt of it is open and no run
 * waits. @returns the sweep as it stands
 */
export async function settleSweep(
  tx: StoreTransaction,
  id: SweepId,
  isExhausted: boolean,
  now: number,
): Promise<SweepRecord | null> {
  const sweep = await tx.findSweep(id)
  if (sweep === null || (sweep.state !== 'running' && sweep.state !== 'finishing')) return sweep
  const reason =
    sweep.state === 'finishing'
      ? (sweep.stateReason ?? 'nothing more to propose')
      : isExhausted
        ? `all ${sweep.runCount} configurations were proposed`
        : `run_cap ${sweep.runCap} is reached`
  const isOpen = (await tx.countOpenAttempts(id)) > 0 || (await tx.listWaitingRuns(id, 1)).length > 0
  if (isOpen) return sweep.state === 'running' ? endSweep(tx, sweep, 'finishing', reason, now) : sweep
  return endSweep(tx, sweep, 'finished', reason, now)
}

/** A running sweep whose metric reached its target proposes nothing more. */
export async function finishProposing(
  tx: StoreTransaction,
  id: SweepId,
  reason: string,
  now: number,
): Promise<void> {
  const sweep = await tx.findSweep(id)
  if (sweep?.state === 'running') await endSweep(tx, sweep, 'finishing', reason, now)
}
