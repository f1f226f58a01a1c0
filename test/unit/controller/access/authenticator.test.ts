// Work done for each kind of refusal, counted instead of timed: a clock on a busy machine tells nothing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthenticator } from '../../../../controller/access/authenticator.ts'
import type { TokenRecord } from '../../../../sweeps/access.ts'
import { hashSecret } from '../../../../sweeps/access-token.ts'
import type { SweepStore } from '../../../../sweeps/store.ts'
import { openTemporaryStore, type TemporaryStore } from '../../../support/store.ts'

const NOW = 1_000_000
const SECRETS = {
  good: 'g'.repeat(58),
  revoked: 'r'.repeat(58),
  expired: 'e'.repeat(58),
  unknown: 'u'.repeat(58),
  empty: '',
} as const

let temporary: TemporaryStore
beforeEach(async () => {
  temporary = await openTemporaryStore()
  const token = (name: string, facts: Partial<TokenRecord> = {}): TokenRecord => ({
    id: name,
    name,
    role: 'viewer',
    hash: hashSecret(SECRETS[name as keyof typeof SECRETS]),
    createdBy: 'admin-token',
    createdAt: 0,
    expiresAt: NOW + 1,
    revokedAt: null,
    lastUsedAt: NOW,
    ...facts,
  })
  await temporary.store.write(async (tx) => {
    await tx.access.insertToken(token('good'))
    await tx.access.insertToken(token('revoked', { revokedAt: NOW }))
    await tx.access.insertToken(token('expired', { expiresAt: NOW }))
  })
})
afterEach(() => temporary.close())

/** The store, noting each call of its part for tokens. */
function watched(store: SweepStore): { store: SweepStore; calls: string[] } {
  const calls: string[] = []
  const note = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name, object)
        if (name === 'access') return note(value as object)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          calls.push(String(name))
          return Reflect.apply(value, object, args)
        }
      },
    })
  return { store: note(store), calls }
}

function authenticate(secret: string) {
  const { store, calls } = watched(temporary.store)
  const clock = { now: () => NOW, monotonicMs: () => 0 }
  const { byToken } = createAuthenticator({ store, clock, adminToken: 'a'.repeat(48) })
  return byToken(secret).then(
    ({ name }) => ({ calls, words: name }),
    (error: Error) => ({ calls, words: error.message }),
  )
}

describe('a token', () => {
  it.each([
    ['good', /^good$/],
    ['unknown', /not known/],
    ['revoked', /was revoked/],
    ['expired', /expired/],
    ['empty', /not known/],
  ] as const)('that is %s takes one look-up by its hash and nothing else', async (kind, expected) => {
    const { calls, words } = await authenticate(SECRETS[kind])
    expect(words).toMatch(expected)
    expect(calls).toEqual(['findTokenByHash'])
  })

  it('of the data folder takes no look-up, so that an admin gets in while the database is slow', async () => {
    expect(await authenticate('a'.repeat(48))).toEqual({ calls: [], words: 'admin-token' })
  })

  it('is not told apart by how much of it is right', async () => {
    const almost = `${SECRETS.good.slice(0, -1)}x`
    expect(await authenticate(almost)).toEqual(await authenticate(SECRETS.unknown))
  })
})
