// When a sweep or a run may be erased, the same for the command and the API. A run's configuration is proposed once
// because the run is there: erased while its sweep still proposes, it would come again.
import { SweepError } from './errors.ts'
import type { RunState } from './run.ts'
import { isTerminalRunState } from './run.ts'
import type { SweepState } from './sweep.ts'
import { isTerminalSweepState } from './sweep.ts'

export interface RemovableSweep {
  readonly id: string
  readonly state: SweepState
}

export interface RemovableRun {
  readonly id: string
  readonly state: RunState
  readonly sweepId: string | null
}

/**
 * @param openRunCount runs that wait, are offered or run
 * @throws SweepError ILLEGAL_TRANSITION while the sweep may still change
 */
export function checkSweepRemoval(sweep: RemovableSweep, openRunCount: number): void {
  if (!isTerminalSweepState(sweep.state)) {
    throw refusal(`sweep ${sweep.id} is ${sweep.state}: it cannot be removed before it has ended`, {
      hint: `End it first:  sweep cancel ${sweep.id} --wait`,
      details: { sweepId: sweep.id, state: sweep.state },
    })
  }
  if (openRunCount > 0) {
    const runs = openRunCount === 1 ? 'a run of it is' : `${openRunCount} runs of it are`
    throw refusal(`sweep ${sweep.id} is ${sweep.state}, but ${runs} still worked: it cannot be removed yet`, {
      hint: `End them first:  sweep cancel ${sweep.id} --wait`,
      details: { sweepId: sweep.id, state: sweep.state, openRuns: openRunCount },
    })
  }
}

/**
 * @param sweep of the run; null when it has none
 * @param isOpen an attempt of it has no outcome yet
 * @throws SweepError ILLEGAL_TRANSITION while the run may still change, or its sweep still proposes
 */
export function checkRunRemoval(run: RemovableRun, sweep: RemovableSweep | null, isOpen: boolean): void {
  // A run outside of a sweep waits for nobody: it is `queued` from its creation on.
  const isWaitingForNobody = sweep === null && run.state === 'queued'
  if (isOpen || (!isTerminalRunState(run.state) && !isWaitingForNobody)) {
    throw refusal(`run ${run.id} is ${run.state}: it cannot be removed before it has ended`, {
      ...(sweep === null ? {} : { hint: `End its sweep first:  sweep cancel ${sweep.id} --wait` }),
      details: { runId: run.id, state: run.state },
    })
  }
  if (sweep !== null && !isTerminalSweepState(sweep.state)) {
    throw refusal(
      `run ${run.id} belongs to sweep ${sweep.id}, which is ${sweep.state}: without the run it would try that configuration again`,
      {
        hint: `Remove it when the sweep has ended:  sweep stop ${sweep.id} --wait`,
        details: { runId: run.id, state: run.state, sweepId: sweep.id, sweepState: sweep.state },
      },
    )
  }
}

function refusal(message: string, options: { hint?: string; details: Record<string, unknown> }): SweepError {
  return new SweepError('ILLEGAL_TRANSITION', message, options)
}
