// `wandb agent` and `wandb.agent(function=...)`: W&B's own agents on a real controller, stopped, killed, left without a
// sweep, and through a controller that is killed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import type { TestProcess } from '../../support/processes.ts'
import { waitFor } from '../../support/wait.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'

/** W&B's agent asks every 5 s; its lease is 30 s at the least. */
const LIMIT_MS = 240_000

const TRAIN = `
import sys, time
import wandb
with wandb.init() as run:
    for step in range(int(run.config.steps)):
        run.log({'loss': run.config.x + 1 / (step + 1)})
        time.sleep(0.2)
`
/** Knows nothing of W&B, and would go on for long. */
const SILENT = 'import time\ntime.sleep(120)\n'

interface ReadRun {
  readonly id: string
  readonly state: string
  readonly value: number | null
  readonly config: { readonly x: number }
  readonly attempts: readonly { readonly outcome: string | null }[]
}

describe.skipIf(!hasWandbClient)("W&B's agents", { timeout: LIMIT_MS }, () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster({ lease: '30s' })
    place = openWandbWorkplace(cluster.server, cluster.token)
    place.write('train.py', TRAIN)
    place.write('silent.py', SILENT)
  })
  afterAll(async () => {
    place?.close()
    await cluster?.close()
  })

  let count = 0
  const create = (cells: number, { steps = 3, program = 'train.py', more = '' } = {}): Promise<string> => {
    const values = Array.from({ length: cells }, (_, x) => x).join(', ')
    const text = `method: grid\nmetric: {name: loss, goal: minimize}\nprogram: ${program}\n${more}parameters:\n  x: {values: [${values}]}\n  steps: {value: ${steps}}\n`
    return cluster.create(cluster.writeFile(`sweep-${++count}.yaml`, text))
  }
  const startAgent = (id: string, ...flags: readonly string[]): TestProcess =>
    place.start(`agent-${count}-${flags.join('')}`, ['wandb', 'agent', ...flags, id], {
      WANDB_SILENT: 'false',
    })
  const readRuns = async (id: string): Promise<readonly ReadRun[]> =>
    ((await cluster.sweepJson(['runs', id])) as { runs: ReadRun[] }).runs
  const cancel = async (ref: string): Promise<void> => {
    expect((await cluster.sweep(['cancel', ref, '--yes'])).stderr).toBe('')
  }
  const stopRun = async (id: string): Promise<void> => {
    const code = `import wandb; wandb.Api().run('me/default/${id}').stop()`
    expect((await place.python(code)).stderr).not.toContain('Error')
  }
  const sweepState = async (id: string) =>
    ((await cluster.sweepJson(['show', id])) as { sweep: { state: string } }).sweep.state
  const untilOneRuns = (id: string): Promise<ReadRun> =>
    waitFor('a run runs', async () => (await readRuns(id)).find(({ state }) => state === 'running'), {
      timeoutMs: 60_000,
      intervalMs: 200,
    })
  const leaves = (agent: TestProcess) =>
    waitFor('the agent leaves', () => agent.exit(), {
      timeoutMs: 120_000,
      intervalMs: 100,
      details: () => agent.stderr(),
    })

  test('work a grid to its end, by functions too, and leave', async () => {
    const id = await create(5)
    const code = `
import wandb
def train():
    with wandb.init() as run:
        run.log({'loss': run.config['x'] + 0.5})
wandb.agent('${id}', function=train, count=2)
`
    const agent = startAgent(id)
    const byFunction = await place.python(code, { timeoutMs: 120_000 })
    expect(byFunction.stderr).not.toContain('Traceback')
    expect((await leaves(agent)).code).toBe(0)

    const runs = await readRuns(id)
    expect(runs.map(({ state }) => state)).toEqual(Array(5).fill('finished'))
    expect(runs.map(({ config }) => config.x).sort()).toEqual([0, 1, 2, 3, 4])
    expect(runs.filter(({ config, value }) => value === config.x + 0.5)).toHaveLength(2)
    expect(await sweepState(id)).toBe('finished')
  })

  test('are stopped by the sweep: its cancelling ends a script that knows nothing of W&B', async () => {
    const id = await create(3, { program: 'silent.py' })
    const agent = startAgent(id)
    await untilOneRuns(id)
    await cancel(id)

    expect((await leaves(agent)).code).toBe(0)
    expect((await readRuns(id)).map(({ state }) => state)).toEqual(['cancelled'])
  })

  test('end one run that a person stops, and take the next', async () => {
    const id = await create(2, { steps: 600 })
    const agent = startAgent(id, '--count', '2')
    const first = await untilOneRuns(id)
    await stopRun(first.id)
    const second = await waitFor(
      'the next one runs',
      async () => (await readRuns(id)).find((run) => run.id !== first.id && run.state === 'running'),
      { timeoutMs: 90_000, intervalMs: 200 },
    )
    await stopRun(second.id)
    await leaves(agent)

    expect((await readRuns(id)).map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
  })

  test('that are killed lose their run to another after a lease', async () => {
    const id = await create(1, { program: 'silent.py', more: 'command: ["sleep", "45"]\n' })
    const killed = startAgent(id)
    const run = await untilOneRuns(id)
    killed.signal('SIGKILL')
    const other = startAgent(id, '--count', '1')
    await waitFor(
      'the run is worked again',
      async () => {
        const [now] = await readRuns(id)
        return now?.attempts.length === 2 && now.state === 'running'
      },
      { timeoutMs: 90_000, intervalMs: 250 },
    )
    other.signal('SIGINT')
    other.signal('SIGINT')
    const [now] = await readRuns(id)
    expect(now).toMatchObject({ id: run.id, attempts: [{ outcome: 'lost' }, { outcome: null }] })
    await cancel(id)
    await leaves(other)
  })

  test('go on through a controller that is killed: nothing lost, nothing twice', async () => {
    const id = await create(3, { steps: 20 })
    const agent = startAgent(id)
    await untilOneRuns(id)
    cluster.controller().signal('SIGKILL')
    await cluster.controller().exited
    cluster.startController()
    await cluster.waitUntilReady()

    expect((await leaves(agent)).code).toBe(0)
    const runs = await readRuns(id)
    expect(runs.map(({ state }) => state)).toEqual(['finished', 'finished', 'finished'])
    expect(runs.map(({ config }) => config.x).sort()).toEqual([0, 1, 2])
  })

  test('end when their sweep was erased, with what the client says of that', async () => {
    const id = await create(1)
    await cluster.sweep(['pause', id])
    const agent = startAgent(id)
    await waitFor('it has polled', () => agent.stderr().includes('Running runs'), { timeoutMs: 60_000 })
    agent.signal('SIGSTOP') // or it would be told that the sweep was cancelled
    await cancel(id)
    expect((await cluster.sweep(['rm', id, '--yes'])).code).toBe(0)
    agent.signal('SIGCONT')

    expect((await leaves(agent)).code).toBe(1)
    expect(agent.stderr() + agent.stdout()).toContain('Sweep was deleted')
  })
})
