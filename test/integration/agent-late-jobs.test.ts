// Jobs that reach an agent, or would start there, when their lease may be over: another agent may have their runs.
import { beforeEach, expect, it } from 'vitest'
import type { AgentHandle } from '../../agent/main.ts'
import { node, useAgentWorld } from '../support/agent-world.ts'
import { waitFor } from '../support/wait.ts'

const LEASE_MS = 1_000
const world = useAgentWorld({ leader: { leaseMs: LEASE_MS, beatIntervalMs: 200 } })
let agent: AgentHandle

beforeEach(async () => {
  agent = await world.start()
})

/** As it begins when the newest beat has just been read. */
const newLease = async () => {
  await waitFor('a beat', () => world.leader.beats.length > 0)
  const { incarnation, number } = world.leader.beats.at(-1)!
  return { incarnation, heardBeat: number, lengthMs: LEASE_MS }
}
const started = (runId: string, attempt = 1) =>
  world.leader.bodies(runId, attempt).some((body) => body.kind === 'started' && body.pid !== null)

it('starts a job whose lease is sure', async () => {
  await world.leader.offer(agent.agentId, { runId: 'run00001', lease: await newLease() })
  expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
})

it('gives a job back that was handed over later than its lease lasted', async () => {
  const lease = await newLease()
  const begunAt = performance.now()
  await waitFor('a lease has passed', () => performance.now() - begunAt > LEASE_MS)
  await world.leader.offer(agent.agentId, { runId: 'run00001', lease })
  const ended = await world.leader.waitForEnd('run00001')
  expect(ended).toMatchObject({
    outcome: 'recalled',
    reason: 'its lease may have run out before it could start',
  })
  expect(started('run00001')).toBe(false)
  // Another attempt of it, offered in time, is taken.
  await world.leader.offer(agent.agentId, { runId: 'run00001', lease: await newLease() })
  expect(await world.leader.waitForEnd('run00001', 2)).toMatchObject({ outcome: 'finished' })
})

it('gives a job back that waited while no beat could arrive for a lease', async () => {
  const stubborn = `process.on('SIGTERM', () => {}); console.log('begun'); setInterval(() => {}, 1000)`
  await world.leader.offer(agent.agentId, {
    runId: 'run00001',
    command: node(stubborn),
    graceMs: 3 * LEASE_MS,
  })
  await world.begun('run00001')
  await world.leader.offer(agent.agentId, { runId: 'run00001', lease: await newLease() })
  await waitFor('it waits for the one before', () =>
    world.leader.beats.at(-1)?.attempts.some((held) => held.attempt === 2 && held.state === 'accepted'),
  )
  await world.redis.client.call('CLIENT', 'PAUSE', `${1.5 * LEASE_MS}`, 'WRITE')
  expect(await world.leader.waitForEnd('run00001', 2)).toMatchObject({
    outcome: 'preempted',
    reason: 'its lease may have run out before it could start',
  })
  expect(started('run00001', 2)).toBe(false)
})
