// Jobs that reach an agent, or would start there, when their lease may be over: another agent may have their runs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { startAgent } from '../../agent/main.ts'
import type { AgentEvent, AgentHandle } from '../../agent/main.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { startTestLeader } from '../support/agent-leader.ts'
import type { TestLeader } from '../support/agent-leader.ts'
import { startTestRedis } from '../support/agent-redis.ts'
import type { TestRedis } from '../support/agent-redis.ts'
import { findProcessesOf } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

const LEASE_MS = 1_000
let redis: TestRedis
let leader: TestLeader
let folder: string
let agent: AgentHandle
let events: AgentEvent[]

beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.close())

beforeEach(async () => {
  leader = await startTestLeader(redis, { leaseMs: LEASE_MS, beatIntervalMs: 200 })
  folder = mkdtempSync(join(tmpdir(), 'sweep-late-jobs-'))
  events = []
  agent = await startAgent({
    server: leader.server,
    token: 'x'.repeat(48),
    sweepIds: ['swp10000'],
    gpus: 'none',
    dataDir: folder,
    cwd: folder,
    log: silentLogger,
    redisUrl: redis.url,
    onEvent: (event) => events.push(event),
  })
})

afterEach(async () => {
  agent.terminate()
  agent.terminate()
  await agent.done.catch(() => {})
  await leader.close()
  expect(findProcessesOf(folder)).toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

/** As it begins when the newest beat has just been read. */
const newLease = async () => {
  await waitFor('a beat', () => leader.beats.length > 0)
  const { incarnation, number } = leader.beats.at(-1)!
  return { incarnation, heardBeat: number, lengthMs: LEASE_MS }
}
const started = (runId: string, attempt = 1) =>
  leader.bodies(runId, attempt).some((body) => body.kind === 'started' && body.pid !== null)

it('starts a job whose lease is sure', async () => {
  await leader.offer(agent.agentId, { runId: 'run00001', lease: await newLease() })
  expect(await leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
})

it('gives a job back that was handed over later than its lease lasted', async () => {
  const lease = await newLease()
  const begunAt = performance.now()
  await waitFor('a lease has passed', () => performance.now() - begunAt > LEASE_MS)
  await leader.offer(agent.agentId, { runId: 'run00001', lease })
  const ended = await leader.waitForEnd('run00001')
  expect(ended).toMatchObject({
    outcome: 'recalled',
    reason: 'its lease may have run out before it could start',
  })
  expect(started('run00001')).toBe(false)
  // Another attempt of it, offered in time, is taken.
  await leader.offer(agent.agentId, { runId: 'run00001', lease: await newLease() })
  expect(await leader.waitForEnd('run00001', 2)).toMatchObject({ outcome: 'finished' })
})

it('gives a job back that waited while no beat could arrive for a lease', async () => {
  const stubborn = `process.on('SIGTERM', () => {}); console.log('begun'); setInterval(() => {}, 1000)`
  await leader.offer(agent.agentId, {
    runId: 'run00001',
    command: [process.execPath, '-e', stubborn],
    graceMs: 3 * LEASE_MS,
  })
  await waitFor('it prints', () => leader.bodies('run00001').some((body) => body.kind === 'log'))
  await leader.offer(agent.agentId, { runId: 'run00001', lease: await newLease() })
  await waitFor('it waits for the one before', () =>
    leader.beats.at(-1)?.attempts.some((held) => held.attempt === 2 && held.state === 'accepted'),
  )
  await redis.client.call('CLIENT', 'PAUSE', `${1.5 * LEASE_MS}`, 'WRITE')
  expect(await leader.waitForEnd('run00001', 2)).toMatchObject({
    outcome: 'preempted',
    reason: 'its lease may have run out before it could start',
  })
  expect(started('run00001', 2)).toBe(false)
})
