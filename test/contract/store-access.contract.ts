// The store's contract: tokens, the page's sessions, and its one-time tickets.
import { beforeEach, describe, expect, it } from 'vitest'
import type { SessionRecord, TokenRecord } from '../../sweeps/access.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { OpenContract } from './store-harness.ts'

const aToken = (facts: Partial<TokenRecord> = {}): TokenRecord => ({
  id: 'tkn00001',
  name: 'ci',
  role: 'viewer',
  hash: 'a'.repeat(64),
  createdBy: 'admin-token',
  createdAt: 1_000,
  expiresAt: 9_000,
  revokedAt: null,
  lastUsedAt: null,
  ...facts,
})

const aSession = (facts: Partial<SessionRecord> = {}): SessionRecord => ({
  hash: 'b'.repeat(64),
  tokenHash: 'a'.repeat(64),
  createdAt: 1_000,
  lastSeenAt: 1_000,
  expiresAt: 9_000,
  ...facts,
})

export function describeAccess(contract: OpenContract): void {
  let store: SweepStore
  beforeEach(() => {
    store = contract.store()
  })

  describe('tokens', () => {
    it('are found by their hash alone, and stay after the database is opened again', async () => {
      const token = aToken()
      await store.write((tx) => tx.access.insertToken(token))

      expect(await store.access.findTokenByHash(token.hash)).toEqual(token)
      expect(await store.access.findTokenByHash(token.hash.toUpperCase())).toBeNull()
      expect(await store.access.findTokenByHash('')).toBeNull()
      expect(await (await contract.reopen()).access.findTokenByHash(token.hash)).toEqual(token)
    })

    it('are refused when the hash or the id is there already', async () => {
      await store.write((tx) => tx.access.insertToken(aToken()))

      const sameHash = store.write((tx) => tx.access.insertToken(aToken({ id: 'tkn00002' })))
      await expect(sameHash).rejects.toThrow()
      const sameId = store.write((tx) => tx.access.insertToken(aToken({ hash: 'c'.repeat(64) })))
      await expect(sameId).rejects.toThrow()
      expect(await store.access.listTokens()).toHaveLength(1)
    })

    it('are listed newest first', async () => {
      const tokens = [3, 1, 2].map((n) => aToken({ id: `tkn0000${n}`, hash: `${n}`, createdAt: n }))
      await store.write(async (tx) => {
        for (const token of tokens) await tx.access.insertToken(token)
      })

      const listed = await store.access.listTokens()
      expect(listed.map((token) => token.createdAt)).toEqual([3, 2, 1])
    })

    it('keep the time of the first revocation', async () => {
      const token = aToken()
      await store.write(async (tx) => {
        await tx.access.insertToken(token)
        await tx.access.insertToken(aToken({ id: 'tkn00002', hash: 'other' }))
        await tx.access.revokeToken(token.id, 5_000)
        await tx.access.revokeToken(token.id, 6_000)
      })

      expect((await store.access.findTokenByHash(token.hash))?.revokedAt).toBe(5_000)
      expect((await store.access.findTokenByHash('other'))?.revokedAt).toBeNull()
    })

    it('keep the latest time of use, in whatever order the times come', async () => {
      const token = aToken()
      await store.write(async (tx) => {
        await tx.access.insertToken(token)
        for (const at of [2_000, 4_000, 3_000]) await tx.access.touchToken(token.id, at)
      })

      expect((await store.access.findTokenByHash(token.hash))?.lastUsedAt).toBe(4_000)
    })
  })

  describe('sessions', () => {
    it('are found by their hash until they are ended, once', async () => {
      const session = aSession()
      await store.write((tx) => tx.access.insertSession(session))
      expect(await store.access.findSession(session.hash)).toEqual(session)

      expect(await store.write((tx) => tx.access.deleteSession(session.hash))).toBe(true)
      expect(await store.write((tx) => tx.access.deleteSession(session.hash))).toBe(false)
      expect(await store.access.findSession(session.hash)).toBeNull()
    })

    it('are seen later, never earlier, and not after their end', async () => {
      const session = aSession()
      await store.write(async (tx) => {
        await tx.access.insertSession(session)
        for (const at of [3_000, 2_000]) await tx.access.touchSession(session.hash, at)
        await tx.access.touchSession('ended', 3_000)
      })

      expect((await store.access.findSession(session.hash))?.lastSeenAt).toBe(3_000)
    })

    it('are forgotten when they expired or were idle for too long, and no sooner', async () => {
      const sessions = {
        alive: aSession({ hash: 'alive', lastSeenAt: 500, expiresAt: 1_001 }),
        expired: aSession({ hash: 'expired', lastSeenAt: 900, expiresAt: 1_000 }),
        idle: aSession({ hash: 'idle', lastSeenAt: 499, expiresAt: 5_000 }),
      }
      await store.write(async (tx) => {
        for (const session of Object.values(sessions)) await tx.access.insertSession(session)
        await tx.access.deleteEndedSessions(1_000, 500)
      })

      expect(await store.access.findSession('alive')).toEqual(sessions.alive)
      expect(await store.access.findSession('expired')).toBeNull()
      expect(await store.access.findSession('idle')).toBeNull()
    })
  })

  describe('tickets', () => {
    it('are taken by one of many who try at the same time', async () => {
      const ticket = { hash: 'ticket', tokenHash: 'token', expiresAt: 2_000 }
      await store.write((tx) => tx.access.insertTicket(ticket))

      const tries = Array.from({ length: 8 }, () => store.write((tx) => tx.access.takeTicket('ticket')))

      const taken = (await Promise.all(tries)).filter((got) => got !== null)
      expect(taken).toEqual([ticket])
    })

    it('are forgotten when they expired', async () => {
      await store.write(async (tx) => {
        await tx.access.insertTicket({ hash: 'old', tokenHash: 'token', expiresAt: 1_000 })
        await tx.access.insertTicket({ hash: 'new', tokenHash: 'token', expiresAt: 1_001 })
        await tx.access.deleteEndedSessions(1_000, 0)
      })

      expect(await store.write((tx) => tx.access.takeTicket('old'))).toBeNull()
      expect(await store.write((tx) => tx.access.takeTicket('new'))).not.toBeNull()
    })
  })
}
