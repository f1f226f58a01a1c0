// An action that a person asks of the server: it runs once at a time, says what went wrong, and is not offered where
// it is not allowed or the server is away.
import { useState } from 'react'
import { ApiError } from '../api/client.ts'
import { useFeedState } from '../live/use-sweep.ts'
import { NOT_ALLOWED, useMayChange } from '../shell/session.tsx'

export interface Action {
  readonly isBusy: boolean
  /** Why it was refused; null: it was not. */
  readonly problem: ApiError | null
  /** @returns whether it was done */
  run(request: () => Promise<unknown>): Promise<boolean>
  clear(): void
}

export function useAction(): Action {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiError | null>(null)
  return {
    isBusy,
    problem,
    clear: () => setProblem(null),
    async run(request) {
      setBusy(true)
      setProblem(null)
      try {
        await request()
        return true
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        setProblem(error)
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}

/** Why nothing can be changed now; null: it can. */
export function useObstacle(): string | null {
  const mayChange = useMayChange()
  const { isConnected } = useFeedState()
  if (!mayChange) return NOT_ALLOWED
  return isConnected ? null : 'The server does not answer: what is shown may be old.'
}
