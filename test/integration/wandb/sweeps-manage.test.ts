// `wandb sweep` with its flags, and the public API's reading of sweeps: W&B's own client on a real controller.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'

const GRID = `
method: grid
description: three by two
metric: {name: loss, goal: minimize}
program: train.py
parameters:
  lr: {values: [0.1, 0.2, 0.5]}
  n: {values: [1, 2]}
`

interface ReadSweep {
  readonly name: string
  readonly project: string
  readonly state: string
  readonly method: string
  readonly size: number | null
  readonly runCap: number | null
  readonly config: string
}

/** W&B's agent asks every 5 s, and takes as long to end. */
const LIMIT_MS = 180_000

describe.skipIf(!hasWandbClient)('wandb sweep', { timeout: LIMIT_MS }, () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster({ lease: '60s' })
    place = openWandbWorkplace(cluster.server, cluster.token)
    place.write('grid.yaml', GRID)
  })
  afterAll(async () => {
    place?.close()
    await cluster?.close()
  })

  const wandbSweep = (...args: readonly string[]) =>
    place.wandb(['sweep', '-e', 'me', '-p', 'proj', ...args], { env: { WANDB_SILENT: 'false' } })

  async function create(file: string, ...flags: readonly string[]): Promise<string> {
    const { stdout, stderr } = await wandbSweep(...flags, file)
    const found = /sweep with ID: (?:\x1b\[\d+m)?([0-9a-z]{8})/.exec(stdout + stderr)
    if (found?.[1] === undefined) throw new Error(stdout + stderr)
    return found[1]
  }

  const read = async (id: string): Promise<ReadSweep> =>
    ((await cluster.sweepJson(['show', id])) as { sweep: ReadSweep }).sweep

  test('makes a sweep of the file, in the project, by the name and with the program of its flags', async () => {
    const id = await create('grid.yaml', '--name', 'nice', '--program', 'other.py')
    const sweep = await read(id)

    expect(sweep).toMatchObject({ name: 'nice', project: 'proj', state: 'running', method: 'grid', size: 6 })
    expect(sweep.config).toContain('program: other.py')
  })

  test('is told every problem of a file, each with its path and line', async () => {
    place.write(
      'bad.yaml',
      'method: bayes\nmetric: {name: loss, goal: maximise}\nparameters:\n  lr: {min: 0.1, max: 0.01}\n',
    )
    const { code, stdout, stderr } = await wandbSweep('bad.yaml')

    expect(code).not.toBe(0)
    expect(stdout + stderr).toMatch(/2 problems/)
    expect(stdout + stderr).toMatch(/metric\.goal \(line \d+\): .*maximise/)
    expect(stdout + stderr).toMatch(/parameters\.lr\.min \(line \d+\): /)
    expect(await cluster.sweepJson(['ls'])).not.toMatchObject({ sweeps: [{ method: 'bayes' }] })
  })

  test('replaces the file of a sweep that has proposed nothing, and edits it afterwards', async () => {
    const id = await create('grid.yaml')
    place.write('wider.yaml', GRID.replace('[1, 2]', '[1, 2, 3]'))
    await create('wider.yaml', '--update', id)
    expect(await read(id)).toMatchObject({ size: 9 })

    const agent = place.start('pending-ends', ['wandb', 'agent', '--count', '1', `me/proj/${id}`])
    await agent.exited // its one run fails: there is no train.py
    place.write('capped.yaml', `${GRID.replace('[1, 2]', '[1, 2, 3]')}run_cap: 4\n`)
    await create('capped.yaml', '--update', id)
    expect(await read(id)).toMatchObject({ size: 9, runCap: 4 })
    await expect(create('grid.yaml', '--update', id)).rejects.toThrow('cannot be edited')
  })

  test('stops, cancels, pauses and resumes, and says why when it may not', async () => {
    const id = await create('grid.yaml')
    const state = async () => (await read(id)).state
    const pending = await wandbSweep('--pause', id)
    expect(pending.stderr).toContain('Cannot pause pending sweep') // the client's own word

    const agent = place.start('begins', ['wandb', 'agent', '--count', '1', `me/proj/${id}`])
    await agent.exited
    await wandbSweep('--pause', id)
    expect(await state()).toBe('paused')
    await wandbSweep('--resume', id)
    expect(await state()).toBe('running')
    await wandbSweep('--stop', id)
    expect(await state()).toBe('stopped')
    const resumed = await wandbSweep('--resume', id)
    expect(resumed.stderr).toContain('it cannot be resumed')
    expect(await state()).toBe('stopped')
    const late = await place.wandb(['agent', `me/proj/${id}`])
    expect(late.code).not.toBe(0)
    expect(late.stdout + late.stderr).toContain('is not running')

    const other = await create('grid.yaml')
    await wandbSweep('--cancel', other)
    expect((await read(other)).state).toBe('cancelled')
  })

  test('gives runs that were there before to a new sweep: they rank, and their cells are not tried again', async () => {
    const code = `
import wandb
for lr, n, loss in [(0.1, 1, 0.7), (0.2, 2, 0.3)]:
    with wandb.init(project='proj', entity='me', config={'lr': lr, 'n': n, 'other': 'x'}) as run:
        run.log({'loss': loss})
        print(run.id)
`
    const ids = (await place.python(code)).stdout.trim().split('\n')
    const id = await create('grid.yaml', '-R', ids[0] ?? '', '-R', ids[1] ?? '')
    const best = (await cluster.sweepJson(['best', id, '-n', '2'])) as {
      runs: { id: string; value: number; config: unknown }[]
    }
    expect(best.runs.map(({ value, config }) => ({ value, config }))).toEqual([
      { value: 0.3, config: { lr: 0.2, n: 2 } },
      { value: 0.7, config: { lr: 0.1, n: 1 } },
    ])

    const agent = place.start('priors', ['wandb', 'agent', '--count', '1', `me/proj/${id}`])
    await agent.exited
    const { runs } = (await cluster.sweepJson(['runs', id])) as { runs: { config: unknown }[] }
    const configs = runs.map(({ config }) => JSON.stringify(config))
    expect(new Set(configs).size).toBe(3)
    await expect(create('grid.yaml', '-R', 'nobodysx')).rejects.toThrow('no run "nobodysx"')
  })

  test('a sweep without a program, of a Python dictionary, is one for functions', async () => {
    const code = `
import wandb
config = {'method': 'random', 'metric': {'name': 'loss', 'goal': 'minimize'},
          'parameters': {'x': {'min': 0.0, 'max': 1.0}}}
print(wandb.sweep(config, project='proj', entity='me'))
`
    const { stdout, stderr } = await place.python(code)
    const id = stdout.trim().split('\n').at(-1) ?? ''
    expect(stderr).not.toContain('Violation')
    expect(await read(id)).toMatchObject({ method: 'random', project: 'proj' })
    // Our own agent has nothing to start there.
    const ours = await cluster.sweep(['agent', id, '--count', '1'])
    expect(ours.code).not.toBe(0)
    expect(ours.stderr).toContain('no program')
  })

  test('the public API reads a sweep, its agents and their runs', async () => {
    const id = await create('grid.yaml', '--name', 'readable')
    await place.start('readers', ['wandb', 'agent', '--count', '1', `me/proj/${id}`]).exited
    const code = `
import wandb
api = wandb.Api()
sweep = api.sweep('me/proj/${id}')
print(sweep.name, sweep.state, sweep.expected_run_count, sweep.config['method'], len(sweep.runs))
agents = sweep.agents()
print(len(agents), len(list(agents[0].runs())), sweep.agent(agents[0].id).host == agents[0].host)
print('${id}' in [s.id for s in api.project('proj', entity='me').sweeps()])
`
    const { stdout, stderr } = await place.python(code)
    expect(stderr).not.toContain('Traceback')
    expect(stdout.trim().split('\n')).toEqual(['readable RUNNING 6 grid 1', '1 1 True', 'True'])
  })
})
