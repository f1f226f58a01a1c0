// Whose token or session this is. Every secret is hashed first and found by its hash, so that no time that an answer
// takes depends on how much of a guess was right.
import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import type { Role, TokenRecord } from '../../sweeps/access.ts'
import { hashSecret } from '../../sweeps/access-token.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { parseRunKey } from '../../sweeps/run-key.ts'
import type { RunKey } from '../../sweeps/run-key.ts'
import type { SweepStore } from '../../sweeps/store.ts'

/** Who asks. */
export interface Principal {
  /** For people, and for the change log. */
  readonly name: string
  readonly role: Role
  /** null: the admin token of the data folder. */
  readonly tokenId: string | null
  readonly tokenHash: string
  /** Epoch milliseconds. */
  readonly expiresAt: number | null
  /** Of the session by which it asks; null when it sent the token itself. */
  readonly sessionHash: string | null
  /** The attempt whose own key this is; null for tokens and sessions. */
  readonly run: RunKey | null
}

export interface Authenticator {
  /** @throws SweepError UNAUTHORIZED in words: not known, revoked, or expired */
  byToken(token: string): Promise<Principal>
  /** @throws SweepError UNAUTHORIZED when the session or its token has ended */
  bySession(secret: string): Promise<Principal>
  /** Who holds the token of this hash. @throws SweepError UNAUTHORIZED */
  byTokenHash(hash: string): Promise<Principal>
}

export const SESSION_IDLE_MS = 12 * 3_600_000
export const ADMIN_TOKEN_NAME = 'admin-token'
/** How often the time of a token's or session's last use is written. */
const TOUCH_INTERVAL_MS = 60_000
const NO_HASH = '0'.repeat(64)

/** For the change log: a name alone may be given twice. */
export function labelOf({ name, tokenId }: Principal): string {
  return tokenId === null || tokenId === name ? name : `${name} (${tokenId})`
}

export function createAuthenticator(deps: {
  readonly store: SweepStore
  readonly clock: Clock
  readonly adminToken: string
}): Authenticator {
  const { store, clock } = deps
  const adminHash = hashSecret(deps.adminToken)
  const touched = new Map<string, number>()

  /** Writes beside the request, which neither waits for it nor fails with it. */
  function touch(hash: string, lastAt: number | null, write: (at: number) => Promise<void>): void {
    const now = clock.now()
    if (now - Math.max(lastAt ?? 0, touched.get(hash) ?? 0) < TOUCH_INTERVAL_MS) return
    touched.set(hash, now)
    write(now).catch(() => {}) // the next use writes it
  }

  async function byTokenHash(hash: string): Promise<Principal> {
    if (isSameHash(hash, adminHash)) {
      const name = ADMIN_TOKEN_NAME
      return {
        name,
        role: 'admin',
        tokenId: null,
        tokenHash: hash,
        expiresAt: null,
        sessionHash: null,
        run: null,
      }
    }
    const record = await store.access.findTokenByHash(hash)
    if (!isSameHash(record?.hash ?? NO_HASH, hash) || record === null) throw unknownToken()
    const { id, name, role, expiresAt } = record
    if (record.revokedAt !== null) throw endedToken(record, 'was revoked', record.revokedAt)
    if (expiresAt <= clock.now()) throw endedToken(record, 'expired', expiresAt)
    touch(hash, record.lastUsedAt, (at) => store.write((tx) => tx.access.touchToken(id, at)))
    return { name, role, tokenId: id, tokenHash: hash, expiresAt, sessionHash: null, run: null }
  }

  return {
    byTokenHash,

    async byToken(token) {
      const key = parseRunKey(token)
      return key === null ? byTokenHash(hashSecret(token)) : byRunKey(store, key)
    },

    async bySession(secret) {
      const hash = hashSecret(secret)
      const session = await store.access.findSession(hash)
      const now = clock.now()
      if (session === null || session.expiresAt <= now || session.lastSeenAt < now - SESSION_IDLE_MS)
        throw endedSession()
      const principal = await byTokenHash(session.tokenHash)
      touch(hash, session.lastSeenAt, (at) => store.write((tx) => tx.access.touchSession(hash, at)))
      const expiresAt = Math.min(session.expiresAt, principal.expiresAt ?? Infinity)
      return { ...principal, expiresAt, sessionHash: hash }
    },
  }
}

/** Good while the attempt is the run's newest: who was superseded is nobody any more. */
async function byRunKey(store: SweepStore, key: RunKey): Promise<Principal> {
  const [attempt] = await store.findAttempts([{ runId: key.runId, attempt: key.attempt }])
  const isRight = isSameHash(hashSecret(attempt?.token ?? ''), hashSecret(key.token))
  if (attempt === undefined || !isRight) throw unknownToken()
  const hash = hashSecret(key.token)
  const name = `run ${key.runId}`
  return { name, role: 'agent', tokenId: null, tokenHash: hash, expiresAt: null, sessionHash: null, run: key }
}

function isSameHash(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left), Buffer.from(right))
}

function unknownToken(): SweepError {
  return new SweepError('UNAUTHORIZED', 'this token is not known here', {
    hint: "Check SWEEP_TOKEN. The admin token is in the controller's data folder (admin-token).",
  })
}

/** Only who holds the token learns its name. */
function endedToken({ id, name }: TokenRecord, what: string, at: number): SweepError {
  return new SweepError(
    'UNAUTHORIZED',
    `the token ${id} "${name}" ${what} at ${new Date(at).toISOString()}`,
    { hint: 'Ask an admin for a new one:  sweep token new' },
  )
}

function endedSession(): SweepError {
  return new SweepError('UNAUTHORIZED', 'this session has ended', {
    hint: 'Log in again with a token, or with the link that `sweep open` prints.',
  })
}
