// All that decides who asks, made together: one admin token, one limit on guesses.
import type { Clock } from '../../runtime/clock.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import { createAuthenticator } from './authenticator.ts'
import type { Authenticator } from './authenticator.ts'
import { createGuessLimit } from './guess-limit.ts'
import type { GuessLimit } from './guess-limit.ts'
import { createSessionService } from './session-service.ts'
import type { SessionService } from './session-service.ts'
import { createTokenService } from './token-service.ts'
import type { TokenService } from './token-service.ts'

export interface AccessServices {
  readonly authenticator: Authenticator
  readonly sessions: SessionService
  readonly tokens: TokenService
  readonly guesses: GuessLimit
}

export function createAccess(deps: {
  readonly store: SweepStore
  readonly clock: Clock
  /** Uniform integer in [0, n), from a source that cannot be predicted. */
  readonly randomInt: (n: number) => number
  /** Of the data folder. */
  readonly adminToken: string
}): AccessServices {
  const authenticator = createAuthenticator(deps)
  return {
    authenticator,
    sessions: createSessionService({ ...deps, authenticator }),
    tokens: createTokenService(deps),
    guesses: createGuessLimit(),
  }
}
