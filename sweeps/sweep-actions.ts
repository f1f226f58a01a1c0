// What a person may ask of a sweep, and what asking means in each state: the same for the command's dry run and for
// the service that does it.
import type { SweepAction } from './sweep-schema.ts'
import { isTerminalSweepState, type SweepState } from './sweep.ts'

export const ACTION_TARGETS = {
  pause: 'paused',
  resume: 'running',
  stop: 'stopped',
  cancel: 'cancelled',
} as const satisfies Record<SweepAction, SweepState>

/**
 * already    it is so: nothing to do, and no error
 * leftovers  it stays stopped, but the runs that it still works can be ended
 * refused    it has ended in another way
 * change     it moves to the action's state
 */
export type ActionMeaning = 'already' | 'leftovers' | 'refused' | 'change'

export function meaningOfAction(action: SweepAction, state: SweepState): ActionMeaning {
  if (state === ACTION_TARGETS[action] || (action === 'resume' && state === 'finishing')) return 'already'
  if (action === 'cancel' && state === 'stopped') return 'leftovers'
  return isTerminalSweepState(state) ? 'refused' : 'change'
}
