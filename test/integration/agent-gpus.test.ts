// An agent and its GPUs: a fake nvidia-smi on PATH, real locks, real processes, a real Redis and a small leader.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startAgent } from '../../agent/main.ts'
import type { AgentEvent, AgentHandle, StartAgentOptions } from '../../agent/main.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { startTestLeader } from '../support/agent-leader.ts'
import type { TestLeader } from '../support/agent-leader.ts'
import { startTestRedis } from '../support/agent-redis.ts'
import type { TestRedis } from '../support/agent-redis.ts'
import { installFakeNvidiaSmi } from '../support/fake-nvidia-smi.ts'
import type { FakeNvidiaSmi } from '../support/fake-nvidia-smi.ts'
import { waitFor } from '../support/wait.ts'

const OWN = { PATH: process.env['PATH'], CUDA_VISIBLE_DEVICES: process.env['CUDA_VISIBLE_DEVICES'] }

let redis: TestRedis
let leader: TestLeader
let folder: string
let nvidia: FakeNvidiaSmi
let events: AgentEvent[]
const agents: AgentHandle[] = []

beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.close())

beforeEach(async () => {
  leader = await startTestLeader(redis)
  folder = mkdtempSync(join(tmpdir(), 'sweep-gpus-'))
  mkdirSync(join(folder, 'nvidia'))
  nvidia = installFakeNvidiaSmi(join(folder, 'nvidia'), 4)
  events = []
  process.env['PATH'] = `${nvidia.binFolder}:${OWN.PATH}`
  process.env['SWEEP_GPU_LOCKS'] = join(folder, 'locks')
  delete process.env['CUDA_VISIBLE_DEVICES']
})

afterEach(async () => {
  for (const agent of agents.splice(0)) {
    agent.terminate()
    agent.terminate()
    await agent.done.catch(() => {})
  }
  process.env['PATH'] = OWN.PATH
  if (OWN.CUDA_VISIBLE_DEVICES !== undefined) process.env['CUDA_VISIBLE_DEVICES'] = OWN.CUDA_VISIBLE_DEVICES
  delete process.env['SWEEP_GPU_LOCKS']
  await leader.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(options: Partial<StartAgentOptions> = {}): Promise<AgentHandle> {
  const agent = await startAgent({
    server: leader.server,
    token: 'x'.repeat(48),
    sweepIds: ['swp10000'],
    dataDir: folder,
    cwd: folder,
    log: silentLogger,
    redisUrl: redis.url,
    systemIntervalMs: 0,
    onEvent: (event) => events.push(event),
    ...options,
  })
  agents.push(agent)
  return agent
}

const node = (script: string) => [process.execPath, '-e', script]
const SHOW = node(`console.log('sees ' + process.env.CUDA_VISIBLE_DEVICES); setTimeout(() => {}, 300)`)
const seenBy = (runId: string) =>
  leader
    .bodies(runId)
    .flatMap((body) => (body.kind === 'log' ? (/sees (\S+)/.exec(body.text)?.[1] ?? []) : []))
const notices = (code: string) =>
  events.filter((event) => event.event === 'agent.notice' && event.code === code)

describe('slots and GPUs', () => {
  it.each([
    ['one GPU each', {}, ['0', '1', '2', '3']],
    ['two GPUs each', { gpusPerRun: 2 }, ['0,1', '2,3']],
    ['two runs on each of two', { gpus: '1,2', slotsPerGpu: 2 }, ['1', '1', '2', '2']],
  ] as const)('%s', async (_what, options, expected) => {
    const agent = await start(options)
    expect(agent.slots).toBe(expected.length)
    const runIds = expected.map((_devices, index) => `run0000${index}`)
    for (const runId of runIds) await leader.offer(agent.agentId, { runId, command: SHOW })
    for (const runId of runIds) await leader.waitForEnd(runId)
    expect(runIds.flatMap(seenBy).sort()).toEqual(expected)
  })

  it('two agents of a machine never hand out the same GPU', async () => {
    const first = await start({ gpus: '0,1' })
    const second = await start()
    expect([first.slots, second.slots]).toEqual([2, 2])
    expect(notices('gpu_taken')).toHaveLength(2)
    await leader.offer(second.agentId, { runId: 'run00001', command: SHOW })
    await leader.waitForEnd('run00001')
    expect(seenBy('run00001')).toEqual(['2'])
    await expect(start()).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('a slot takes its next run when the memory of the last one is free again', async () => {
    const agent = await start({ gpus: '0' })
    await leader.offer(agent.agentId, { runId: 'run00001', command: SHOW })
    await waitFor('it runs', () => events.some(({ event }) => event === 'run.started'))
    nvidia.setMemory({ 0: 30_000, 1: 0, 2: 0, 3: 0 })
    await leader.waitForEnd('run00001')
    await leader.offer(agent.agentId, { runId: 'run00002', command: SHOW })
    await waitFor('a beat lists it', () =>
      leader.beats.at(-1)?.attempts.some(({ runId, state }) => runId === 'run00002' && state === 'accepted'),
    )
    expect(events.filter(({ event }) => event === 'run.started')).toHaveLength(1)
    nvidia.setMemory({ 0: 20, 1: 0, 2: 0, 3: 0 })
    expect(await leader.waitForEnd('run00002')).toMatchObject({ outcome: 'finished' })
  })

  it('a slot whose GPU is gone hands its run back, and an agent without any GPU gives up with 20', async () => {
    const agent = await start({ gpus: '0,1' })
    nvidia.setMemory({ 1: 0 })
    await leader.offer(agent.agentId, { runId: 'run00001', command: SHOW })
    expect(await leader.waitForEnd('run00001')).toMatchObject({ outcome: 'preempted' })
    await waitFor('a beat with one slot', () => leader.beats.at(-1)?.capacity === 1)
    await leader.offer(agent.agentId, { runId: 'run00002', command: SHOW })
    expect(await leader.waitForEnd('run00002')).toMatchObject({ outcome: 'finished' })
    nvidia.setMemory({})
    await leader.offer(agent.agentId, { runId: 'run00003', command: SHOW })
    expect(await leader.waitForEnd('run00003')).toMatchObject({ outcome: 'preempted' })
    expect(await agent.done).toBe(20)
    expect(events.filter(({ event }) => event === 'agent.gave_up')).toHaveLength(1)
  })
})
