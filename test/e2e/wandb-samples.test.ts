// Sample files of the kinds in W&B's documentation, worked by a real agent: what each process was really given.
import { copyFileSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repositoryRoot, startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'

const samples = join(repositoryRoot, 'test', 'e2e', 'wandb-samples')
let cluster: Cluster
beforeAll(async () => {
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  cluster = await startCluster({ env: { PATH: path } })
  copyFileSync(join(samples, 'record.mjs'), join(cluster.folder, 'work', 'record.mjs'))
})
afterAll(() => cluster.close())

interface Recorded {
  readonly argv: string[]
  readonly config: unknown
  readonly file?: unknown
}

/** Works the sample to its end; the records in order of their arguments. */
async function work(name: string): Promise<Recorded[]> {
  const sweepId = await cluster.create(join(samples, `${name}.yaml`))
  const record = join(cluster.folder, `${name}.jsonl`)
  const agent = cluster.startAgent({
    name,
    sweepIds: [sweepId],
    env: { RECORD: record, SWEEP_DATA: join(cluster.folder, name) },
  })
  expect((await agent.exited).code, cluster.logs()).toBe(0)
  const { runs } = (await cluster.sweepJson(['runs', sweepId])) as { runs: { state: string }[] }
  expect(new Set(runs.map((run) => run.state))).toEqual(new Set(['finished']))
  const lines = readFileSync(record, 'utf8').trim().split('\n')
  expect(lines).toHaveLength(runs.length)
  return lines
    .map((line) => JSON.parse(line) as Recorded)
    .sort((a, b) =>
      a.argv.join(' ') + JSON.stringify(a.config) < b.argv.join(' ') + JSON.stringify(b.config) ? -1 : 1,
    )
}

test(
  'nested parameters become dotted flags, and stay nested in the config',
  { timeout: 60_000 },
  async () => {
    expect(await work('nested')).toEqual([
      {
        argv: ['--batch_size=32', '--optimizer.learning_rate=0.01', '--optimizer.momentum=0.9'],
        config: { batch_size: 32, optimizer: { learning_rate: 0.01, momentum: 0.9 } },
      },
      {
        argv: ['--batch_size=64', '--optimizer.learning_rate=0.01', '--optimizer.momentum=0.9'],
        config: { batch_size: 64, optimizer: { learning_rate: 0.01, momentum: 0.9 } },
      },
    ])
  },
)

test('a conditional parameter is there only when its condition holds', { timeout: 60_000 }, async () => {
  expect(await work('conditional')).toEqual([
    { argv: ['--momentum=0.8', '--optimizer=sgd', '--m=0.8'], config: { momentum: 0.8, optimizer: 'sgd' } },
    { argv: ['--momentum=0.9', '--optimizer=sgd', '--m=0.9'], config: { momentum: 0.9, optimizer: 'sgd' } },
    { argv: ['--optimizer=adam'], config: { optimizer: 'adam' } },
  ])
})

test(
  'a weighted categorical space is drawn without replacement; booleans are flags',
  { timeout: 60_000 },
  async () => {
    expect((await work('weighted')).map(({ argv }) => argv)).toEqual([
      ['--activation=gelu', '--bias'],
      ['--activation=gelu'],
      ['--activation=relu', '--bias'],
      ['--activation=relu'],
    ])
  },
)

test('overrides for Hydra keep dots and numbers as Python prints them', { timeout: 60_000 }, async () => {
  expect((await work('hydra')).map(({ argv }) => argv)).toEqual([
    ['++model.depth=2', '++trainer.lr=1e-05'],
    ['++model.depth=3', '++trainer.lr=1e-05'],
  ])
})

test('the JSON file is written before the start, with the config in it', { timeout: 60_000 }, async () => {
  const recorded = await work('json-file')
  // Their arguments name files after runs: these have no order of their own
  expect(recorded.map(({ file }) => JSON.stringify(file)).sort()).toEqual([
    '{"dropout":0,"layers":[128]}',
    '{"dropout":0,"layers":[64,64]}',
  ])
  for (const { argv } of recorded) {
    expect(argv).toHaveLength(2)
    expect(argv[0]).toBe('--config')
    expect(argv[1]).toMatch(/\/wandb\/sweep-[0-9a-z]{8}\/config-[0-9a-z]{8}\.json$/)
  }
})
