// A hand-out: the answer to a poll by which an agent that polls (W&B's) was given a run. Such an agent says no more of a
// run than whether its process lives; what follows from that is decided here.
import type { AttemptOutcome, RunWish } from './run.ts'
import type { AgentId, RunId } from './sweep.ts'

/** One for an attempt, for ever: a run is not handed out twice. Times are epoch milliseconds. */
export interface HandoutRecord {
  readonly runId: RunId
  readonly attempt: number
  readonly agentId: AgentId
  readonly handedAt: number
  /** The first poll that named the run as living; null: none yet. */
  readonly seenAt: number | null
  /** The first poll after somebody wished the run's end. */
  readonly stopAskedAt: number | null
}

/** What happens to a hand-out once. */
export type HandoutMoment = 'seenAt' | 'stopAskedAt'

/** A run that neither the agent nor its client named for so long was never started. */
export const UNSTARTED_AFTER_MS = 60_000
/** The run's client is told first, and ends its script in order; then its agent ends the process. */
export const STOP_PATIENCE_MS = 20_000

/**
 * works      its process lives, by the agent's word
 * awaited    handed out a moment ago: nobody has named it yet
 * unstarted  nobody ever did: it is lost, and its run goes back
 * gone       its process was there and is not any more, and nobody said how it ended
 */
export type HandoutState = 'works' | 'awaited' | 'unstarted' | 'gone'

export interface RunSigns {
  /** The attempt's own client spoke: its process was there. */
  readonly hasClient: boolean
}

/** What a hand-out whose attempt is open has come to. */
export function stateOfHandout(
  handout: HandoutRecord,
  { isAlive, hasClient, now }: RunSigns & { readonly isAlive: boolean; readonly now: number },
): HandoutState {
  if (isAlive) return 'works'
  if (handout.seenAt !== null || hasClient) return 'gone'
  return now - handout.handedAt >= UNSTARTED_AFTER_MS ? 'unstarted' : 'awaited'
}

/** How an attempt ends whose process is gone without a word: as was wished, back when it said so beforehand, else failed. */
export function endOfGone(run: { readonly wish: RunWish | null; readonly isPreempting: boolean }): {
  readonly outcome: AttemptOutcome & ('stopped' | 'cancelled' | 'preempted' | 'failed')
  readonly reason: string | null
} {
  if (run.wish === 'cancel') return { outcome: 'cancelled', reason: null }
  if (run.wish === 'stop') return { outcome: 'stopped', reason: null }
  if (run.isPreempting) return { outcome: 'preempted', reason: 'its script said that it would be preempted' }
  return { outcome: 'failed', reason: 'its process ended and did not say how' }
}

/** Is the agent to end the process now? At once where no client of the run could have been told. */
export function isStopDue(stopAskedAt: number | null, { hasClient }: RunSigns, now: number): boolean {
  if (stopAskedAt === null) return false
  return !hasClient || now - stopAskedAt >= STOP_PATIENCE_MS
}
