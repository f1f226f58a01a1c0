// An agent and its GPUs: a fake nvidia-smi on PATH, real locks, real processes, a real Redis and a small leader.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { node, useAgentWorld } from '../support/agent-world.ts'
import { installFakeNvidiaSmi } from '../support/fake-nvidia-smi.ts'
import type { FakeNvidiaSmi } from '../support/fake-nvidia-smi.ts'
import { waitFor } from '../support/wait.ts'

const world = useAgentWorld({ agent: { gpus: 'auto', systemIntervalMs: 0 } })
let nvidia: FakeNvidiaSmi

beforeEach(() => {
  mkdirSync(join(world.folder, 'nvidia'))
  nvidia = installFakeNvidiaSmi(join(world.folder, 'nvidia'), 4)
  vi.stubEnv('PATH', `${nvidia.binFolder}:${process.env['PATH']}`)
  vi.stubEnv('SWEEP_GPU_LOCKS', join(world.folder, 'locks'))
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined)
})

const SHOW = node(`console.log('sees ' + process.env.CUDA_VISIBLE_DEVICES); setTimeout(() => {}, 300)`)
const seenBy = (runId: string) =>
  world.leader
    .bodies(runId)
    .flatMap((body) => (body.kind === 'log' ? (/sees (\S+)/.exec(body.text)?.[1] ?? []) : []))
const notices = (code: string) =>
  world.events.filter((event) => event.event === 'agent.notice' && event.code === code)

describe('slots and GPUs', () => {
  it.each([
    ['one GPU each', {}, ['0', '1', '2', '3']],
    ['two GPUs each', { gpusPerRun: 2 }, ['0,1', '2,3']],
    ['two runs on each of two', { gpus: '1,2', slotsPerGpu: 2 }, ['1', '1', '2', '2']],
  ] as const)('%s', async (_what, options, expected) => {
    const agent = await world.start(options)
    expect(agent.slots).toBe(expected.length)
    const runIds = expected.map((_devices, index) => `run0000${index}`)
    for (const runId of runIds) await world.leader.offer(agent.agentId, { runId, command: SHOW })
    for (const runId of runIds) await world.leader.waitForEnd(runId)
    expect(runIds.flatMap(seenBy).sort()).toEqual(expected)
  })

  it('two agents of a machine never hand out the same GPU', async () => {
    const first = await world.start({ gpus: '0,1' })
    const second = await world.start()
    expect([first.slots, second.slots]).toEqual([2, 2])
    expect(notices('gpu_taken')).toHaveLength(2)
    await world.leader.offer(second.agentId, { runId: 'run00001', command: SHOW })
    await world.leader.waitForEnd('run00001')
    expect(seenBy('run00001')).toEqual(['2'])
    await expect(world.start()).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('a slot takes its next run when the memory of the last one is free again', async () => {
    const agent = await world.start({ gpus: '0' })
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: SHOW })
    await waitFor('it runs', () => world.eventsNamed('run.started').length > 0)
    nvidia.setMemory({ 0: 30_000, 1: 0, 2: 0, 3: 0 })
    await world.leader.waitForEnd('run00001')
    await world.leader.offer(agent.agentId, { runId: 'run00002', command: SHOW })
    await waitFor('a beat lists it', () =>
      world.leader.beats
        .at(-1)
        ?.attempts.some(({ runId, state }) => runId === 'run00002' && state === 'accepted'),
    )
    expect(world.eventsNamed('run.started')).toHaveLength(1)
    nvidia.setMemory({ 0: 20, 1: 0, 2: 0, 3: 0 })
    expect(await world.leader.waitForEnd('run00002')).toMatchObject({ outcome: 'finished' })
  })

  it('a slot whose GPU is gone hands its run back, and an agent without any GPU gives up with 20', async () => {
    const agent = await world.start({ gpus: '0,1' })
    nvidia.setMemory({ 1: 0 })
    await world.leader.offer(agent.agentId, { runId: 'run00001', command: SHOW })
    expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'preempted' })
    await waitFor('a beat with one slot', () => world.leader.beats.at(-1)?.capacity === 1)
    await world.leader.offer(agent.agentId, { runId: 'run00002', command: SHOW })
    expect(await world.leader.waitForEnd('run00002')).toMatchObject({ outcome: 'finished' })
    nvidia.setMemory({})
    await world.leader.offer(agent.agentId, { runId: 'run00003', command: SHOW })
    expect(await world.leader.waitForEnd('run00003')).toMatchObject({ outcome: 'preempted' })
    expect(await agent.done).toBe(20)
    expect(world.eventsNamed('agent.gave_up')).toHaveLength(1)
  })
})
