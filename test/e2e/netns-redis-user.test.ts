// What an agent's own Redis user may do through the tunnel: its own mailbox and the report stream, nothing else.
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createRedisClient } from '../../agent/redis-connection.ts'
import { PROTOCOL_VERSION, RegisterAgentResponse, TUNNEL_PATH, redisNames } from '../../sweeps/protocol.ts'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'

interface RegisteredAgent {
  readonly id: string
  readonly names: ReturnType<typeof redisNames>
  readonly redis: Redis
}

let cluster: Cluster
let sweepId: string
beforeAll(async () => {
  cluster = await startCluster()
  const file = cluster.writeFile(
    'sweep.yaml',
    'method: grid\ncommand: ["true"]\nparameters: {x: {values: [1]}}\n',
  )
  const created = await cluster.sweep(['create', file, '--paused', '-q'])
  sweepId = created.stdout.trim()
})
afterAll(() => cluster.close())

async function register(): Promise<RegisteredAgent> {
  const agentKey = randomBytes(24).toString('hex')
  const response = await fetch(`${cluster.server}/api/v1/agent/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      protocol: PROTOCOL_VERSION,
      agentKey,
      incarnation: 1,
      host: 'test',
      pid: process.pid,
      sweepIds: [sweepId],
      slots: 1,
      labels: {},
      version: '0.0.0',
    }),
  })
  const body: unknown = await response.json()
  expect(response.ok, JSON.stringify(body)).toBe(true)
  const agent = RegisterAgentResponse.parse(body)
  const redis = createRedisClient(
    { server: cluster.server, agentId: agent.agentId, agentKey, login: agent.redis, redisUrl: undefined },
    { whenAway: 'wait', onError: () => {} }, // it keeps trying; a command that never answers fails its test
  )
  return { id: agent.agentId, names: redisNames(agent.deployment), redis }
}

describe('the Redis user of an agent', () => {
  let first: RegisteredAgent
  let second: RegisteredAgent
  beforeAll(async () => {
    first = await register()
    second = await register()
  })
  afterAll(() => {
    first.redis.disconnect()
    second.redis.disconnect()
  })

  test('reads its own mailbox and commands, and writes to the report stream', async () => {
    const { names, id, redis } = first
    await expect(redis.llen(`${names.queuePrefix}:${names.mailbox(id)}:wait`)).resolves.toBe(0)
    await expect(redis.llen(names.commands(id))).resolves.toBeGreaterThanOrEqual(0)
    await expect(redis.xadd(names.reports, '*', 'm', '{}')).resolves.toMatch(/^\d+-\d+$/)
  })

  test.each<[string, (mine: RegisteredAgent, other: RegisteredAgent) => Promise<unknown>]>([
    [
      'read the mailbox of another agent',
      ({ redis, names }, other) => redis.lrange(mailboxKey(names, other), 0, -1),
    ],
    [
      'take from the mailbox of another agent',
      ({ redis, names }, other) => redis.rpop(mailboxKey(names, other)),
    ],
    ['erase the mailbox of another agent', ({ redis, names }, other) => redis.del(mailboxKey(names, other))],
    ['read the commands of another agent', ({ redis, names }, other) => redis.lpop(names.commands(other.id))],
    [
      'send commands to another agent',
      ({ redis, names }, other) => redis.rpush(names.commands(other.id), '{}'),
    ],
    ['read what other agents report', ({ redis, names }) => redis.xrange(names.reports, '-', '+')],
    ['erase the report stream', ({ redis, names }) => redis.del(names.reports)],
    ['write a key of its own invention', ({ redis }) => redis.set('invented', '1')],
    ['list keys', ({ redis }) => redis.keys('*')],
    ['FLUSHALL', ({ redis }) => redis.flushall()],
    ['FLUSHDB', ({ redis }) => redis.flushdb()],
    ['CONFIG GET', ({ redis }) => redis.config('GET', 'requirepass')],
    ['make users', ({ redis }) => redis.acl('SETUSER', 'intruder', 'on', 'nopass', '+@all', '~*')],
    ['SHUTDOWN', ({ redis }) => redis.call('SHUTDOWN', 'NOSAVE')],
    [
      'reach another agent by a script',
      ({ redis, names }, other) =>
        redis.eval("return redis.call('LRANGE', KEYS[1], 0, -1)", 1, mailboxKey(names, other)),
    ],
  ])('is refused to %s', async (_what, attempt) => {
    await expect(attempt(first, second)).rejects.toThrow(/NOPERM|no permission/i)
  })

  test('is refused without the key of its agent', async () => {
    const address = new URL(`${TUNNEL_PATH}?agent=${first.id}`, cluster.server)
    address.protocol = 'ws:'
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${'x'.repeat(48)}` } })
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.once('open', () => reject(new Error('the tunnel opened')))
      socket.on('error', () => {}) // follows the response
    })
    expect(answer).toBe(401)
  })
})

function mailboxKey(names: RegisteredAgent['names'], agent: RegisteredAgent): string {
  return `${names.queuePrefix}:${names.mailbox(agent.id)}:wait`
}
