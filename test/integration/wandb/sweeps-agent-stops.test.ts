// `wandb agent` whose runs a person stops, and whose controller is killed.
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

  test('end one run that a person stops, and take the next', async () => {
    const id = await world.create(2, { steps: 600 })
    const agent = world.startAgent(id, '--count', '2')
    const first = await world.untilOneRuns(id)
    await world.stopRun(first.id)
    const second = await waitFor(
      'the next one runs',
      async () => (await world.readRuns(id)).find((run) => run.id !== first.id && run.state === 'running'),
      { timeoutMs: 90_000, intervalMs: 200 },
    )
    await world.stopRun(second.id)
    await world.leaves(agent)

    expect((await world.readRuns(id)).map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
  })

  test('go on through a controller that is killed: nothing lost, nothing twice', async () => {
    const id = await world.create(3, { steps: 20 })
    const agent = world.startAgent(id)
    await world.untilOneRuns(id)
    world.cluster.controller().signal('SIGKILL')
    await world.cluster.controller().exited
    world.cluster.startController()
    await world.cluster.waitUntilReady()

    expect((await world.leaves(agent)).code).toBe(0)
    const runs = await world.readRuns(id)
    expect(runs.map(({ state }) => state)).toEqual(['finished', 'finished', 'finished'])
    expect(runs.map(({ config }) => config.x).sort()).toEqual([0, 1, 2])
  })
})
