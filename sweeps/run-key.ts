// The key of one attempt of a run: what an unchanged script's W&B client shows, so that what it sends is credited to that
// attempt and to nothing else.
import type { RunId } from './sweep.ts'

export interface RunKey {
  readonly runId: RunId
  readonly attempt: number
  /** The attempt's. */
  readonly token: string
}

/** W&B's client wants 40 characters or more, and cuts off what stands before a `-`. */
export function formatRunKey({ runId, attempt, token }: RunKey): string {
  return `swr_${runId}_${attempt}_${token}`
}

/** null: the text is no key of a run. */
export function parseRunKey(text: string): RunKey | null {
  const match = /^swr_([0-9a-z]{8})_([1-9]\d{0,8})_([A-Za-z0-9]{16,128})$/.exec(text)
  if (match === null) return null
  const [, runId, attempt, token] = match
  return { runId: runId as RunId, attempt: Number(attempt), token: token ?? '' }
}
