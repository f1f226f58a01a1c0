// The page's sessions and the one-time tickets that open them. A session lives for 7 days at most, 12 hours without
// use, and no longer than the token that opened it.
import type { Clock } from '../../runtime/clock.ts'
import { createSecret, hashSecret } from '../../sweeps/access-token.ts'
import { mayAccess } from '../../sweeps/access.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import { SESSION_IDLE_MS } from './authenticator.ts'
import type { Authenticator, Principal } from './authenticator.ts'

export const SESSION_LIFE_MS = 7 * 86_400_000
export const TICKET_LIFE_MS = 5 * 60_000

export interface SessionService {
  /**
   * Opens a session, and ends the one that the same browser had.
   * @param former the cookie's value before
   * @throws SweepError FORBIDDEN when the role has no use for the page
   */
  open(principal: Principal, former: string | null): Promise<{ secret: string; principal: Principal }>
  /** @returns whether there was one */
  end(sessionHash: string): Promise<boolean>
  makeTicket(principal: Principal): Promise<{ ticket: string; expiresAt: number }>
  /** @throws SweepError UNAUTHORIZED when the ticket was used before, is too old, or its token has ended */
  redeemTicket(ticket: string): Promise<Principal>
}

export function createSessionService(deps: {
  readonly store: SweepStore
  readonly clock: Clock
  readonly authenticator: Authenticator
  readonly randomInt: (n: number) => number
}): SessionService {
  const { store, clock, authenticator, randomInt } = deps
  return {
    async open(principal, former) {
      if (!mayAccess(principal.role, 'read')) {
        throw new SweepError('FORBIDDEN', `a token of role ${principal.role} opens no page`, {
          hint: 'Log in with a token of role viewer or admin.',
        })
      }
      const secret = createSecret('session', randomInt)
      const hash = hashSecret(secret)
      const now = clock.now()
      const expiresAt = Math.min(now + SESSION_LIFE_MS, principal.expiresAt ?? Infinity)
      await store.write(async (tx) => {
        await tx.access.deleteEndedSessions(now, now - SESSION_IDLE_MS)
        if (former !== null) await tx.access.deleteSession(hashSecret(former))
        const { tokenHash } = principal
        await tx.access.insertSession({ hash, tokenHash, createdAt: now, lastSeenAt: now, expiresAt })
      })
      return { secret, principal: { ...principal, expiresAt, sessionHash: hash } }
    },

    end: (sessionHash) => store.write((tx) => tx.access.deleteSession(sessionHash)),

    async makeTicket({ tokenHash }) {
      const ticket = createSecret('ticket', randomInt)
      const expiresAt = clock.now() + TICKET_LIFE_MS
      await store.write((tx) => tx.access.insertTicket({ hash: hashSecret(ticket), tokenHash, expiresAt }))
      return { ticket, expiresAt }
    },

    async redeemTicket(ticket) {
      const taken = await store.write((tx) => tx.access.takeTicket(hashSecret(ticket)))
      if (taken === null || taken.expiresAt <= clock.now()) {
        throw new SweepError('UNAUTHORIZED', 'this link was used before, or is older than 5 minutes', {
          hint: 'Get a new one with `sweep open`, or log in with a token.',
        })
      }
      return authenticator.byTokenHash(taken.tokenHash)
    },
  }
}
