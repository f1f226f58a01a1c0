// An agent's Redis user is made when the agent comes, not with each of its connections, and again when Redis may have
// forgotten it: counted by a real Redis.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createAgentRegistry, redisUser } from '../../../controller/dispatch/agent-registry.ts'
import { leaseTimes } from '../../../controller/dispatch/leases.ts'
import { hashAgentKey } from '../../../controller/dispatch/stream-entries.ts'
import { anAgent } from '../../support/records.ts'
import { startTestRedis, type TestRedis } from '../../support/redis-server.ts'
import { openTemporaryStore, type TemporaryStore } from '../../support/store.ts'
import { waitFor } from '../../support/wait.ts'

let redis: TestRedis
let temporary: TemporaryStore
let nowMs = 0
const agent = anAgent({ keyHash: hashAgentKey('k'.repeat(48)) })

beforeAll(async () => {
  ;[redis, temporary] = await Promise.all([startTestRedis(), openTemporaryStore()])
})
afterAll(async () => {
  await redis?.stop()
  await temporary?.close()
})
beforeEach(() => redis.client.config('RESETSTAT'))

const registry = () =>
  createAgentRegistry({
    store: temporary.store,
    control: redis.client,
    deployment: 'd0000000',
    times: leaseTimes(10_000),
    clock: { now: () => 0, monotonicMs: () => nowMs },
  })

async function madeCount(): Promise<number> {
  const stats = await redis.client.info('commandstats')
  return Number(/cmdstat_acl\|setuser:calls=(\d+)/.exec(stats)?.[1] ?? 0)
}

it('makes the user once a minute for an agent, however often it connects', async () => {
  const { ensureRedisUser } = registry()
  for (const atMs of [0, 1, 59_999]) {
    nowMs = atMs
    await ensureRedisUser(agent)
  }
  expect(await madeCount()).toBe(1)
  nowMs = 60_000
  await ensureRedisUser(agent)
  expect(await madeCount()).toBe(2)
})

it('makes it again for another key', async () => {
  const { ensureRedisUser } = registry()
  await ensureRedisUser(agent)
  await ensureRedisUser({ ...agent, keyHash: hashAgentKey('n'.repeat(48)) })
  expect(await madeCount()).toBe(2)
})

it('makes it again at once when Redis was away', async () => {
  const { ensureRedisUser } = registry()
  await ensureRedisUser(agent)
  await redis.killAndRestart()
  await waitFor('Redis is back', () => redis.client.status === 'ready')
  expect(await redis.client.call('ACL', 'GETUSER', redisUser(agent.id))).toBeNull()
  await ensureRedisUser(agent)
  expect(await redis.client.call('ACL', 'GETUSER', redisUser(agent.id))).not.toBeNull()
})
