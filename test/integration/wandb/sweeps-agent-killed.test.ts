// `wandb agent` that is killed: its run goes to another.
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

  test('that are killed lose their run to another after a lease', async () => {
    const id = await world.create(1, { program: 'silent.py', more: 'command: ["sleep", "45"]\n' })
    const killed = world.startAgent(id)
    const run = await world.untilOneRuns(id)
    killed.signal('SIGKILL')
    const other = world.startAgent(id, '--count', '1')
    await waitFor(
      'the run is worked again',
      async () => {
        const [now] = await world.readRuns(id)
        return now?.attempts.length === 2 && now.state === 'running'
      },
      { timeoutMs: 90_000, intervalMs: 250 },
    )
    other.signal('SIGINT')
    other.signal('SIGINT')
    const [now] = await world.readRuns(id)
    expect(now).toMatchObject({ id: run.id, attempts: [{ outcome: 'lost' }, { outcome: null }] })
    await world.cancel(id)
    await world.leaves(other)
  })
})
