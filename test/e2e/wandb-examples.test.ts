// Every script of examples/wandb, unchanged, with W&B's own client against a real controller.
import { cpSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { repositoryRoot, startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../support/wandb-client.ts'
import type { WandbWorkplace } from '../support/wandb-client.ts'

const EXAMPLES = join(repositoryRoot, 'examples', 'wandb')
const LIMIT_MS = 240_000

interface ShownRun {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly config: Record<string, unknown>
  readonly summary: Record<string, { last: number; min: number; max: number; steps: number }>
  readonly values: Record<string, unknown>
  readonly tags: readonly string[]
  readonly notes: string
  readonly jobType: string | null
}

describe.skipIf(!hasWandbClient)('examples/wandb', () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster()
  }, LIMIT_MS)
  afterAll(() => cluster?.close())
  beforeEach(() => {
    place = openWandbWorkplace(cluster.server, cluster.token)
    cpSync(EXAMPLES, place.folder, { recursive: true })
  })
  afterEach(() => place.close())

  /** Runs a script to its end. @returns what it printed */
  async function run(script: string, args: readonly string[] = []): Promise<string> {
    const code = `import runpy, sys; sys.argv = ${JSON.stringify([script, ...args])}; sys.path.insert(0, ""); runpy.run_path(sys.argv[0], run_name="__main__")`
    const result = await place.python(code, { timeoutMs: LIMIT_MS })
    expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(0)
    return result.stdout
  }

  /** The newest run of that name, with everything that is known of it. */
  async function find(name: string): Promise<ShownRun> {
    const { runs } = (await cluster.sweepJson(['runs', '--project', 'examples'])) as { runs: ShownRun[] }
    const found = runs.filter((candidate) => candidate.name === name).at(-1)
    if (found === undefined) throw new Error(`no run ${name} among ${runs.map((one) => one.name).join(', ')}`)
    return ((await cluster.sweepJson(['show', found.id])) as { run: ShownRun }).run
  }

  const example = (name: string, body: () => Promise<void>) => test(name, { timeout: LIMIT_MS }, body)

  example('basic.py', async () => {
    await run('basic.py')
    const found = await find('basic')
    expect(found).toMatchObject({
      state: 'finished',
      config: { learning_rate: 0.1, epochs: 10, arch: 'mlp' },
      tags: ['first'],
      notes: 'The smallest useful script.',
      values: { status: 'completed' },
    })
    expect(found.summary['loss']).toMatchObject({ steps: 10, last: Math.exp(-0.1 * 9), max: 1 })
  })

  example('argparse_config.py', async () => {
    await run('argparse_config.py', ['--batch-size', '64', '--optimizer', 'adam'])
    expect(await find('argparse')).toMatchObject({
      config: { batch_size: 64, learning_rate: 0.01, optimizer: 'adam' },
      summary: { loss: { steps: 5 } },
    })
  })

  example('nested_config.py', async () => {
    await run('nested_config.py')
    expect(await find('nested')).toMatchObject({
      config: {
        model: { layers: 4, width: 128, activation: 'gelu' },
        optimizer: { name: 'adamw', learning_rate: 3e-4, betas: [0.9, 0.999] },
        parameters: 65536,
      },
      summary: { 'train.loss': { last: 0.4 }, 'val.accuracy': { last: 0.8 } },
    })
  })

  example('custom_step.py', async () => {
    await run('custom_step.py')
    const found = await find('custom-step')
    expect(found.summary).toMatchObject({ 'train/loss': { steps: 10, last: 1 }, 'train/rate': { steps: 10 } })
    const api = `import wandb; print([row["_step"] for row in wandb.Api().run("examples/${found.id}").scan_history()])`
    expect((await place.python(api)).stdout.trim()).toBe('[0, 100, 200, 300, 400, 500, 600, 700, 800, 900]')
  })

  example('define_metric.py', async () => {
    await run('define_metric.py')
    const found = await find('define-metric')
    expect(found.summary).toMatchObject({ 'val/loss': { steps: 5, min: 0.3, last: 0.6 }, epoch: { last: 4 } })
    const api = `import wandb; s = wandb.Api().run("examples/${found.id}").summary; print(s["val/loss"]["min"], s["val/accuracy"]["max"])`
    expect((await place.python(api)).stdout.trim()).toBe('0.3 0.7')
  })

  example('media.py', async () => {
    await run('media.py')
    const found = await find('media')
    expect(found).toMatchObject({ state: 'finished', summary: { accuracy: { last: 0.75 } } })
    expect(JSON.stringify(found.values['predictions'])).toContain('table-file')
    const api = `import wandb; print(sorted(f.name.split("/")[1] for f in wandb.Api().run("examples/${found.id}").files() if f.name.startswith("media/")))`
    const listed = (await place.python(api)).stdout
    expect(listed).toContain('html')
    expect(listed).toContain('table')
  })

  example(
    'sweep.yaml with train.py, by wandb sweep, wandb agent and sweep agent, and best_run.py',
    async () => {
      const made = await place.wandb(['sweep', '--project', 'examples', 'sweep.yaml'], {
        env: { WANDB_SILENT: 'false' },
      })
      const path = /wandb agent (\S+)/.exec(`${made.stdout}${made.stderr}`)?.[1] ?? ''
      expect(path, `${made.stdout}${made.stderr}`).toMatch(/^\w+\/examples\/[0-9a-z]{8}$/)
      const theirs = place.wandb(['agent', '--count', '2', path], { timeoutMs: LIMIT_MS })
      cpSync(join(EXAMPLES, 'train.py'), join(cluster.folder, 'work', 'train.py'))
      const ours = cluster.startAgent({
        name: 'ours',
        sweepIds: [path.split('/').at(-1) ?? ''],
        slots: 2,
        env: { PATH: place.env['PATH'] ?? '', WANDB_ERROR_REPORTING: 'false', WANDB_SILENT: 'true' },
      })
      expect((await theirs).code, (await theirs).stderr).toBe(0)
      expect((await ours.exited).code, cluster.logs()).toBe(0)
      const shown = (await cluster.sweepJson(['show', path.split('/').at(-1) ?? ''])) as {
        sweep: { state: string; method: string; counts: Record<string, number> }
      }
      const { finished = 0, stopped = 0, failed } = shown.sweep.counts
      expect(shown.sweep).toMatchObject({ state: 'finished', method: 'bayes' })
      expect([finished + stopped, failed]).toEqual([8, 0])
      const printed = await run('best_run.py', [path, 'runs.csv'])
      expect(printed).toMatch(/^best [0-9a-z]{8} 0?\.?\d+/m)
      expect(printed).toContain('runs 8 ')
      expect(readFileSync(join(place.folder, 'runs.csv'), 'utf8').trim().split('\n')).toHaveLength(9)
    },
  )

  example('sweep_function.py', async () => {
    const sweepId = /worked (\w{8})/.exec(await run('sweep_function.py', ['3']))?.[1] ?? ''
    const { runs } = (await cluster.sweepJson(['runs', sweepId])) as { runs: ShownRun[] }
    const ended = runs.filter(({ state }) => state === 'finished' || state === 'stopped')
    expect(ended).toHaveLength(3)
    expect(ended.every((one) => one.config['epochs'] === 4)).toBe(true)
  })

  example('artifacts.py', async () => {
    const printed = await run('artifacts.py')
    expect(printed).toContain('logged valley-model:v1 v1')
    expect(printed).toContain("promoted v1 ['latest', 'production']")
    expect(printed).toContain('used v1 [0.1, 0.2, 0.3]')
    expect(await find('use-model')).toMatchObject({
      jobType: 'evaluate',
      summary: { accuracy: { last: 0.9 } },
    })
  })

  example('alert.py', async () => {
    await run('alert.py')
    const found = await find('alert')
    const answer = await fetch(`${cluster.server}/api/v1/changes?limit=5000`, {
      headers: { authorization: `Bearer ${cluster.token}` },
    })
    const { changes } = (await answer.json()) as {
      changes: { entityId: string; event: string; data: object }[]
    }
    const told = changes.filter(({ entityId, event }) => entityId === found.id && event === 'run.alerted')
    expect(told).toMatchObject([{ data: { title: 'Low accuracy', level: 'warn' } }])
  })

  example('offline.py, and wandb sync', async () => {
    await run('offline.py')
    const kept = readdirSync(join(place.folder, 'wandb')).filter((name) => name.startsWith('offline-run-'))
    expect(kept).toHaveLength(1)
    const synced = await place.wandb(['sync', join('wandb', kept[0] ?? '')], { timeoutMs: LIMIT_MS })
    expect(synced.code, synced.stderr).toBe(0)
    expect(await find('offline')).toMatchObject({
      state: 'finished',
      config: { site: 'cluster node' },
      summary: { loss: { steps: 20, last: 0.05 } },
    })
  })

  test('each script of the folder has its test', () => {
    const source = readFileSync(join(import.meta.dirname, 'wandb-examples.test.ts'), 'utf8')
    const scripts = readdirSync(EXAMPLES).filter((name) => /\.(?:py|yaml)$/.test(name))
    expect(scripts.filter((name) => !source.includes(`'${name}`) && !source.includes(` ${name}`))).toEqual([])
  })
})
