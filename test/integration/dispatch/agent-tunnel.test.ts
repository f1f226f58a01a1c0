// The tunnel's bytes: all of them arrive, in order, and what an agent does not read is not piled up for it.
import { createHash } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { AgentRegistry } from '../../../controller/dispatch/agent-registry.ts'
import { createAgentTunnel } from '../../../controller/dispatch/agent-tunnel.ts'
import { silentLogger } from '../../../runtime/logger.ts'
import { waitFor } from '../../support/wait.ts'

const CHUNK = Buffer.alloc(64 * 1024, 'x')
const CHUNKS = 1024

let redis: Server
let redisSocket: Socket
let http: ReturnType<typeof createHttpServer>
let tunnel: ReturnType<typeof createAgentTunnel>
let agent: WebSocket

/** A Redis that only counts: what it says and hears is up to the test. */
beforeEach(async () => {
  const connected = new Promise<Socket>((resolve) => (redis = createServer(resolve)))
  await new Promise<void>((resolve) => redis.listen(0, '127.0.0.1', resolve))
  const registry = { authenticate: () => Promise.resolve({}), ensureRedisUser: () => Promise.resolve() }
  tunnel = createAgentTunnel({
    registry: registry as unknown as AgentRegistry, // who may connect has tests of its own
    redis: { url: `redis://127.0.0.1:${(redis.address() as AddressInfo).port}` },
    log: silentLogger,
  })
  http = createHttpServer().on('upgrade', (request, socket, head) =>
    tunnel.handleUpgrade(request, socket, head),
  )
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  agent = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/?agent=a`)
  await new Promise((resolve) => agent.once('open', resolve))
  redisSocket = await connected
})

afterEach(async () => {
  tunnel.close()
  redisSocket.destroy()
  await Promise.all([redis, http].map((server) => new Promise((resolve) => server.close(resolve))))
})

async function sendAll(): Promise<void> {
  for (let i = 0; i < CHUNKS; i++) {
    if (!redisSocket.write(CHUNK)) await new Promise((resolve) => redisSocket.once('drain', resolve))
  }
}

it('stops reading Redis for an agent that does not read, and goes on without losing a byte', async () => {
  agent.pause()
  const sent = sendAll()
  let last = -1
  const taken = () => redisSocket.bytesWritten - redisSocket.writableLength
  await waitFor(
    'the flow stops',
    () => {
      const isSame = taken() === last
      last = taken()
      return isSame
    },
    { intervalMs: 200 },
  )
  expect(taken()).toBeLessThan((CHUNKS * CHUNK.length) / 2) // buffers of the system, and 1 MiB
  let received = 0
  agent.on('message', (bytes: Buffer) => (received += bytes.length))
  agent.resume()
  await sent
  await waitFor('every byte has come', () => received === CHUNKS * CHUNK.length)
})

it('stops reading an agent while Redis does not read, and keeps the order', async () => {
  redisSocket.pause()
  const wanted = createHash('sha256')
  for (let i = 0; i < CHUNKS; i++) {
    const bytes = Buffer.alloc(CHUNK.length, String(i))
    wanted.update(bytes)
    agent.send(bytes)
  }
  await waitFor('the agent has to wait', () => agent.bufferedAmount > 0)
  const heard = createHash('sha256')
  let received = 0
  redisSocket.on('data', (bytes) => {
    heard.update(bytes)
    received += bytes.length
  })
  redisSocket.resume()
  await waitFor('every byte has come', () => received === CHUNKS * CHUNK.length)
  expect(heard.digest('hex')).toBe(wanted.digest('hex'))
})

it('ends both sides when either is gone', async () => {
  const closed = new Promise((resolve) => agent.once('close', resolve))
  redisSocket.destroy()
  await closed
})
