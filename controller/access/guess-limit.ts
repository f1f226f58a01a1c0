// How many wrong secrets an address may send: 10 a minute, over all doors together (API, login, tunnel). A right one
// always passes, so that nobody can lock its owner out by guessing beside him.
import { ipKeyGenerator, MemoryStore, type Options } from 'express-rate-limit'
import { SweepError } from '../../sweeps/errors.ts'

export const WRONG_SECRETS_PER_MINUTE = 10
const WINDOW_MS = 60_000

export interface GuessLimit {
  /**
   * Counts one wrong secret.
   * @param address of who sent it; IPv6 counts by /56, the least that one customer of a network gets
   * @throws SweepError TOO_MANY_REQUESTS when there were too many
   */
  countWrong(address: string): Promise<void>
}

export function createGuessLimit(): GuessLimit {
  const counts = new MemoryStore()
  counts.init({ windowMs: WINDOW_MS } as Options) // all that it reads of the middleware's options
  return {
    async countWrong(address) {
      const { totalHits, resetTime } = await counts.increment(ipKeyGenerator(address))
      if (totalHits <= WRONG_SECRETS_PER_MINUTE) return
      const waitMs = (resetTime?.getTime() ?? 0) - Date.now()
      throw new SweepError('TOO_MANY_REQUESTS', 'too many wrong tokens from this address', {
        hint: "Wait a minute, then use the token in the controller's data folder (admin-token).",
        details: { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) },
      })
    },
  }
}
