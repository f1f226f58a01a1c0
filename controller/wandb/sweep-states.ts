// W&B's words for the states of sweeps and agents, and ours.
import type { SweepAction } from '../../sweeps/sweep-schema.ts'
import type { AgentRecord } from '../../sweeps/store.ts'
import type { SweepRecord, SweepState } from '../../sweeps/sweep.ts'

const WORDS = {
  running: 'RUNNING',
  paused: 'PAUSED',
  finishing: 'RUNNING', // open runs can still be stopped
  finished: 'FINISHED',
  stopped: 'FINISHED',
  cancelled: 'CANCELED',
  failed: 'FAILED',
} as const satisfies Record<SweepState, string>

/** PENDING: nothing was ever proposed, and its file may be replaced. */
export function wordOfSweepState({ state, runCount }: Pick<SweepRecord, 'state' | 'runCount'>): string {
  return state === 'running' && runCount === 0 ? 'PENDING' : WORDS[state]
}

/** What asking for a state means; null: no state that can be asked for. */
export function actionOfStateWord(word: string): SweepAction | null {
  switch (word.toUpperCase()) {
    case 'PAUSED':
      return 'pause'
    case 'RUNNING':
      return 'resume'
    case 'FINISHED':
      return 'stop'
    case 'CANCELED':
    case 'CANCELLED':
      return 'cancel'
    default:
      return null
  }
}

const AGENT_WORDS = {
  alive: 'RUNNING',
  draining: 'RUNNING',
  left: 'FINISHED',
  lost: 'CRASHED',
} as const satisfies Record<AgentRecord['state'], string>

export function wordOfAgentState({ state }: Pick<AgentRecord, 'state'>): string {
  return AGENT_WORDS[state]
}
