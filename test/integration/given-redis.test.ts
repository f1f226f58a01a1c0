import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { checkGivenRedis } from '../../controller/given-redis.ts'
import { makeCertificate } from '../support/certificates.ts'
import { startTestRedis } from '../support/redis-server.ts'
import type { TestRedis, TestRedisOptions } from '../support/redis-server.ts'

const opened: TestRedis[] = []
afterEach(async () => {
  for (const redis of opened.splice(0)) await redis.stop()
})

async function start(options?: TestRedisOptions): Promise<TestRedis> {
  const redis = await startTestRedis(options)
  opened.push(redis)
  return redis
}

const refusal = (url: string) =>
  checkGivenRedis(url).then(
    () => 'taken',
    (error: Error & { code: string; hint: string }) => `${error.code} ${error.message} | ${error.hint}`,
  )

describe('a Redis that was given', () => {
  it('is taken with noeviction and refused with any other policy, without its password', async () => {
    const redis = await start()
    expect(await refusal(redis.url)).toBe('taken')
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const words = await refusal(redis.url)
    expect(words).toMatch(/^USAGE .*allkeys-lru.*may throw away/)
    expect(words).not.toContain(new URL(redis.url).password)
  })

  it('is named without its password when it does not answer', async () => {
    const words = await refusal('redis://:secret@127.0.0.1:1/0')
    expect(words).toMatch(
      /^REDIS_UNAVAILABLE Redis at redis:\/\/127\.0\.0\.1:1\/0 does not answer: .*ECONNREFUSED/,
    )
    expect(words).not.toContain('secret')
  })

  it('is refused with a wrong password, and with none', async () => {
    const { port } = await start()
    expect(await refusal(`redis://:wrong@127.0.0.1:${port}`)).toMatch(
      /^REDIS_UNAVAILABLE .* refused the login: WRONGPASS.*\| Check user and password/,
    )
    expect(await refusal(`redis://127.0.0.1:${port}`)).toMatch(/refused the login: NOAUTH/)
  })

  it('is refused when its login may not make users', async () => {
    const { client, port } = await start()
    await client.call('ACL', 'SETUSER', 'tenant', 'on', '>pw', '~*', '+@all', '-acl')
    expect(await refusal(`redis://tenant:pw@127.0.0.1:${port}`)).toMatch(
      /^USAGE .*lets nobody make users: NOPERM/,
    )
  })

  it('leaves no user behind', async () => {
    const { url, client } = await start()
    expect(await refusal(url)).toBe('taken')
    expect(await client.call('ACL', 'USERS')).toEqual(['default'])
  })

  it('needs TLS where it speaks TLS, and an authority that is known', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sweep-tls-'))
    try {
      const { url } = await start({ tls: makeCertificate(folder, 'redis') })
      expect(await refusal(url)).toMatch(
        /cannot be trusted or speaks no TLS: .*certificate.*NODE_EXTRA_CA_CERTS/,
      )
      expect(await refusal(url.replace('rediss:', 'redis:'))).toMatch(/^REDIS_UNAVAILABLE Redis at redis:/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('an address', () => {
  it.each([
    ['redis://127.0.0.1:6379/3', /names a database/],
    ['redis://10.1.2.3:6379', /no password, and it is not on this machine/],
    ['http://127.0.0.1:6379', /no address of a Redis/],
    ['localhost 6379', /not a URL/],
  ])('%s is refused before anything is asked', async (url, words) => {
    expect(await refusal(url)).toMatch(words)
  })
})
