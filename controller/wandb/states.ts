// W&B's words for the states of runs.
import type { RunState } from '../../sweeps/run.ts'

const WANDB_STATES = {
  queued: 'pending',
  preempted: 'preempted',
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  stopped: 'killed',
  cancelled: 'killed',
  lost: 'crashed',
} as const satisfies Record<RunState, string>

export function wandbStateOf(state: RunState): (typeof WANDB_STATES)[RunState] {
  return WANDB_STATES[state]
}
