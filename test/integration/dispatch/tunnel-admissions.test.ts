// Who is let into the tunnel, and how often the store is asked for that: real connections, a real store that counts,
// and the tunnel's timer in the test's hand.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createAgentRegistry } from '../../../controller/dispatch/agent-registry.ts'
import { createAgentTunnel } from '../../../controller/dispatch/agent-tunnel.ts'
import { leaseTimes } from '../../../controller/dispatch/leases.ts'
import { hashAgentKey } from '../../../controller/dispatch/stream-entries.ts'
import { systemClock } from '../../../runtime/clock.ts'
import { silentLogger } from '../../../runtime/logger.ts'
import type { AgentRecord } from '../../../sweeps/store.ts'
import { replaceMembers } from '../../support/dispatch-world.ts'
import { anAgent } from '../../support/records.ts'
import { startTestRedis, type TestRedis } from '../../support/redis-server.ts'
import { openTemporaryStore, type TemporaryStore } from '../../support/store.ts'

/** An admission is good for so long. */
const ADMISSION_MS = 2_000
const KEY = 'k'.repeat(48)

let redis: TestRedis
let temporary: TemporaryStore
let http: ReturnType<typeof createServer>
let tunnel: ReturnType<typeof createAgentTunnel>
let agent: AgentRecord
/** How often the store was asked for an agent. */
let lookCount: number
let wrongKeyCount: number
/** Answers of the store wait for it. */
let storeAnswers: Promise<void>

beforeAll(async () => {
  ;[redis, temporary] = await Promise.all([startTestRedis(), openTemporaryStore()])
})
afterAll(async () => {
  await redis?.stop()
  await temporary?.close()
})

beforeEach(async () => {
  agent = anAgent({ keyHash: hashAgentKey(KEY) })
  await temporary.store.write((tx) => tx.saveAgent(agent))
  lookCount = wrongKeyCount = 0
  storeAnswers = Promise.resolve()
  const registry = createAgentRegistry({
    store: replaceMembers(temporary.store, {
      async findAgent(id) {
        lookCount += 1
        await storeAnswers
        return temporary.store.findAgent(id)
      },
    }),
    control: redis.client,
    deployment: 'd0000000',
    times: leaseTimes(10_000),
    clock: systemClock,
  })
  tunnel = createAgentTunnel({
    registry,
    redis: { url: redis.url },
    log: silentLogger,
    countWrongKey: async () => void (wrongKeyCount += 1),
  })
  http = createServer().on('upgrade', (request, socket, head) => tunnel.handleUpgrade(request, socket, head))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(async () => {
  vi.useRealTimers()
  tunnel.close()
  await new Promise((resolve) => http.close(resolve))
})

/** The answer's status: 101 when the tunnel is open. */
function connect(key: string): Promise<number> {
  const { port } = http.address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?agent=${agent.id}`, {
    headers: { authorization: `Bearer ${key}` },
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101))
    socket.once('unexpected-response', (_request, response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    socket.once('error', reject)
  })
}

it('asks the store once for two connections that come while it is asked', async () => {
  let answer = () => {}
  storeAnswers = new Promise((resolve) => (answer = resolve))
  let waitingCount = 0
  const bothWait = new Promise<void>((resolve) =>
    http.on('upgrade', () => {
      waitingCount += 1
      if (waitingCount === 2) resolve()
    }),
  )
  const both = [connect(KEY), connect(KEY)]
  await bothWait
  answer()
  expect(await Promise.all(both)).toEqual([101, 101])
  expect(lookCount).toBe(1)
})

it('asks the store again for a connection with the same key when two seconds are over, not before', async () => {
  expect(await connect(KEY)).toBe(101)
  vi.advanceTimersByTime(ADMISSION_MS - 1)
  expect(await connect(KEY)).toBe(101)
  expect(lookCount).toBe(1)
  vi.advanceTimersByTime(1)
  expect(await connect(KEY)).toBe(101)
  expect(lookCount).toBe(2)
})

it('asks for a wrong key each time, and refuses it each time, also beside an admission', async () => {
  expect(await connect(KEY)).toBe(101)
  for (let times = 1; times <= 3; times += 1) {
    expect(await connect('w'.repeat(48))).toBe(401)
    expect(lookCount).toBe(1 + times)
    expect(wrongKeyCount).toBe(times)
  }
})

it('lets an agent in as soon as its key is known: a refusal is not kept', async () => {
  const key = 'n'.repeat(48)
  expect(await connect(key)).toBe(401)
  await temporary.store.write((tx) => tx.saveAgent({ ...agent, keyHash: hashAgentKey(key) }))
  expect(await connect(key)).toBe(101)
})
