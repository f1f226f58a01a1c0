// `wandb agent` and `wandb.agent(function=...)`: W&B's own agents work a sweep, which is cancelled or erased under them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../support/wait.ts'
import { hasWandbClient } from '../../support/wandb-client.ts'
import { startWandbAgents, WANDB_AGENT_LIMIT_MS, type WandbAgents } from './agents-world.ts'

describe.skipIf(!hasWandbClient)("W&B's agents", { timeout: WANDB_AGENT_LIMIT_MS }, () => {
  let world: WandbAgents
  beforeAll(async () => {
    world = await startWandbAgents()
  })
  afterAll(() => world?.close())

  test('work a grid to its end, by functions too, and leave', async () => {
    const id = await world.create(5)
    const code = `
import wandb
def train():
    with wandb.init() as run:
        run.log({'loss': run.config['x'] + 0.5})
wandb.agent('${id}', function=train, count=2)
`
    const agent = world.startAgent(id)
    const byFunction = await world.place.python(code, { timeoutMs: 120_000 })
    expect(byFunction.stderr).not.toContain('Traceback')
    expect((await world.leaves(agent)).code).toBe(0)

    const runs = await world.readRuns(id)
    expect(runs.map(({ state }) => state)).toEqual(Array(5).fill('finished'))
    expect(runs.map(({ config }) => config.x).sort()).toEqual([0, 1, 2, 3, 4])
    expect(runs.filter(({ config, value }) => value === config.x + 0.5)).toHaveLength(2)
    expect(await world.sweepState(id)).toBe('finished')
  })

  test('are stopped by the sweep: its cancelling ends a script that knows nothing of W&B', async () => {
    const id = await world.create(3, { program: 'silent.py' })
    const agent = world.startAgent(id)
    await world.untilOneRuns(id)
    await world.cancel(id)

    expect((await world.leaves(agent)).code).toBe(0)
    expect((await world.readRuns(id)).map(({ state }) => state)).toEqual(['cancelled'])
  })

  test('end when their sweep was erased, with what the client says of that', async () => {
    const id = await world.create(1)
    await world.cluster.sweep(['pause', id])
    const agent = world.startAgent(id)
    await waitFor('it has polled', () => agent.stderr().includes('Running runs'), { timeoutMs: 60_000 })
    agent.signal('SIGSTOP') // or it would be told that the sweep was cancelled
    await world.cancel(id)
    expect((await world.cluster.sweep(['rm', id, '--yes'])).code).toBe(0)
    agent.signal('SIGCONT')

    expect((await world.leaves(agent)).code).toBe(1)
    expect(agent.stderr() + agent.stdout()).toContain('Sweep was deleted')
  })
})
