// Where runs come from, from end to end: a real repository, real python3, agent, controller and command. What
// `sweep reproduce` prints is executed and gives the same result.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadProvenanceResponse, ReadSystemResponse, RunJson } from '../../sweeps/run-schema.ts'
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { createGitRepository } from '../support/git-repository.ts'
import type { GitRepository } from '../support/git-repository.ts'

// The result hangs on the code, the seed, the config file and the arguments.
const TRAIN = `import json, os, random, sys, time
FACTOR = 1
config = json.load(open(os.environ["SWEEP_CONFIG_FILE"]))
rng = random.Random(int(os.environ["SWEEP_SEED"]))
lr = float([word for word in sys.argv if word.startswith("--lr=")][0][5:])
assert lr == config["lr"]
time.sleep(float(os.environ.get("TOY_SECONDS", "0")))
print(json.dumps({"loss": rng.random() * lr * FACTOR}))
`
const SWEEP = `program: train.py
method: grid
metric: {name: loss, goal: minimize}
command: ['/usr/bin/env', python3, 'sub/train.py', '--api-key=\${envvar:TOY_API_KEY}', '\${args}']
parameters:
  lr: {values: [0.5, 2.0]}
`
const SECRETS = ['CANARYenvironment1', 'CANARYremote2', 'CANARYdiff3', 'CANARYunused4']

let cluster: Cluster
let repository: GitRepository
let commit: string
let bare: string
let sweepId: string
let runs: RunJson[]

const work = async (id: string) => {
  const agent = cluster.startAgent({
    name: 'agent',
    sweepIds: [id],
    env: {
      TOY_API_KEY: SECRETS[0] ?? '',
      TOY_UNUSED_TOKEN: SECRETS[3] ?? '',
      TOY_SECONDS: '2.5',
      OMP_NUM_THREADS: '3',
      PATH: `${join(cluster.folder, 'bin')}:${process.env['PATH']}`,
    },
    flags: ['--system-metrics', '1s'],
  })
  expect((await agent.exited).code, cluster.logs()).toBe(0)
}
const showRun = async (id: string) => ((await cluster.sweepJson(['show', id])) as { run: RunJson }).run
const showSweep = async () => ((await cluster.sweepJson(['show', sweepId])) as { sweep: SweepJson }).sweep
const get = async (path: string): Promise<unknown> => {
  const headers = { authorization: `Bearer ${cluster.token}` }
  return (await fetch(`${cluster.server}/api/v1${path}`, { headers })).json()
}

beforeAll(async () => {
  cluster = await startCluster()
  mkdirSync(join(cluster.folder, 'bin'))
  const smi = join(cluster.folder, 'bin', 'nvidia-smi')
  writeFileSync(
    smi,
    `#!/bin/sh\n[ "$1" = -L ] && exit 9\necho '0, GPU-1, 550.1, 1000, 250, 97, 3, 61, 412, 700, Toy GPU'\n`,
  )
  chmodSync(smi, 0o755)
  repository = createGitRepository(join(cluster.folder, 'work'))
  repository.write('.gitignore', 'wandb/\n')
  repository.write('sub/train.py', TRAIN)
  commit = repository.commit()
  bare = join(cluster.folder, 'code.git')
  repository.git('clone', '--quiet', '--bare', repository.folder, bare)
  repository.git('remote', 'add', 'origin', `file://me:${SECRETS[1]}@${bare}`)
  sweepId = await cluster.create(cluster.writeFile('sweep.yaml', SWEEP))
  repository.write(
    'sub/train.py',
    `${TRAIN.replace('FACTOR = 1', 'FACTOR = 7')}# password = "${SECRETS[2]}"\n`,
  )
  await work(sweepId)
  const listed = (await cluster.sweepJson(['runs', sweepId])) as { runs: RunJson[] }
  runs = await Promise.all(listed.runs.map((run) => showRun(run.id)))
}, 120_000)
afterAll(async () => expect(await cluster.close()).toEqual([]))

const firstRun = () => {
  const [run] = runs
  if (run === undefined) throw new Error('the sweep has no run')
  return run
}

describe('a run', () => {
  it('tells its command line, code, Python and machine, for programs', async () => {
    expect(runs.map((run) => run.state)).toEqual(['finished', 'finished'])
    const { id, attempts } = firstRun()
    const facts = attempts[0]?.provenance
    expect(facts).toMatchObject({
      argv: [
        '/usr/bin/env',
        'python3',
        'sub/train.py',
        '--api-key=***',
        expect.stringMatching(/^--lr=/) as string,
      ],
      cwd: repository.folder,
      environment: { OMP_NUM_THREADS: '3' },
      git: { commit, branch: 'main', dirty: true, folder: '', diff: { redacted: true, cut: false } },
      python: { implementation: 'CPython' },
      host: { gpus: [{ name: 'Toy GPU', driver: '550.1' }] },
    })
    const whole = (await get(`/runs/${id}/provenance?attempt=1`)) as ReadProvenanceResponse
    expect(whole.provenance).toEqual(facts)
    expect(whole.diff).toContain('+FACTOR = 7')
    expect(whole.packages?.length).toBe(facts?.python?.packages?.count)
    expect(await get(`/runs/${id}/provenance?attempt=2`)).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })

  it('shows them to people, with a line on its machine', async () => {
    const { stdout } = await cluster.sweep(['show', firstRun().id])
    expect(stdout).toMatch(/command +\/usr\/bin\/env python3 sub\/train\.py '--api-key=\*\*\*' --lr=/)
    expect(stdout).toContain(`${commit.slice(0, 7)}+changes on main`)
    expect(stdout).toMatch(/python +CPython 3\./)
    expect(stdout).toMatch(/gpus +Toy GPU · driver 550\.1/)
    expect(stdout).toMatch(/system +cpu \d+% · memory \d+% .*· run .* · gpu0 97% 61°C 412 W/)
  })

  it('has samples of its machine apart from its metrics', async () => {
    const { id, summary } = firstRun()
    const { samples } = (await get(`/runs/${id}/system`)) as ReadSystemResponse
    expect(samples.length).toBeGreaterThanOrEqual(1)
    expect(samples[0]?.values).toMatchObject({ 'system.gpu.0.gpu': 97, 'system.gpu.0.memoryAllocated': 25 })
    expect(((await get(`/runs/${id}/system?last=1`)) as ReadSystemResponse).samples).toEqual(
      samples.slice(-1),
    )
    expect(Object.keys(summary)).toEqual(['loss'])
  })

  it('is trained once more by what reproduce prints, with the same result', async () => {
    for (const run of runs) {
      const { stdout, code } = await cluster.sweep(['reproduce', run.id])
      expect(code).toBe(0)
      const folder = mkdtempSync(join(tmpdir(), 'sweep-reproduce-'))
      try {
        expect(stdout).toContain('# ? A secret was taken out of the command')
        const printed = execFileSync('sh', {
          cwd: folder,
          input: stdout,
          encoding: 'utf8',
          env: { PATH: process.env['PATH'] },
        })
        expect(JSON.parse(printed.trim().split('\n').at(-1) ?? '')).toEqual({ loss: run.value })
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  })

  it('gives its changes and its packages as files', async () => {
    const { id } = firstRun()
    const diff = await cluster.sweep(['reproduce', id, '--diff'])
    expect(diff.stdout).toMatch(/^diff --git a\/sub\/train\.py/)
    const requirements = await cluster.sweep(['reproduce', id, '--requirements'])
    expect(requirements.stdout).toMatch(/^# CPython 3\.\S+, run \w{8}\n(?:[\w.-]+==\S+\n)*$/)
    const answer = (await cluster.sweepJson(['reproduce', id])) as { schema: string; unknown: string[] }
    expect(answer).toMatchObject({ schema: 'sweep.reproduce/1', attempt: 1, git: { commit } })
    expect(answer.unknown).toContain('Secrets were taken out of its uncommitted changes: they may not apply.')
  })
})

describe('runs of one sweep', () => {
  it('differ in their config alone when they were made alike', async () => {
    const [a, b] = runs.map((run) => run.id)
    const answer = (await cluster.sweepJson(['diff', a ?? '', b ?? ''])) as Record<string, unknown>
    expect(answer).toMatchObject({
      schema: 'sweep.diff/1',
      runs: [a, b],
      code: {},
      packages: {},
      machine: {},
    })
    expect(answer['config']).toEqual({ lr: runs.map((run) => run.config['lr']) })
    const { stdout } = await cluster.sweep(['diff', a ?? '', b ?? ''])
    expect(stdout).toMatch(/config +\w{8} +\w{8}\n +lr +/)
    expect(stdout).toMatch(/loss best/)
  })

  it('made from two commits are marked, and diff names both', async () => {
    expect((await showSweep()).commits).toMatchObject([{ commit, dirty: true, runs: 2 }])
    repository.git('checkout', '--quiet', '--', '.')
    repository.write('sub/train.py', TRAIN.replace('FACTOR = 1', 'FACTOR = 2'))
    const second = repository.commit('another factor')
    const file = cluster.writeFile('sweep2.yaml', SWEEP.replace('[0.5, 2.0]', '[0.5, 1.0, 2.0]'))
    const created = await cluster.sweep(['create', file, '-q', '--paused'])
    const other = created.stdout.trim()
    expect(created.code, created.stderr).toBe(0)
    sweepId = other
    await cluster.sweep(['resume', other])
    const agent = cluster.startAgent({ name: 'agent', sweepIds: [other], flags: ['--count', '1'] })
    expect((await agent.exited).code).toBe(0)
    repository.write('sub/train.py', TRAIN)
    await work(other)

    const { commits } = await showSweep()
    expect(commits).toMatchObject([
      { commit: second, dirty: true, runs: 2 },
      { commit: second, dirty: false, diffHash: null, runs: 1 },
    ])
    const { stdout } = await cluster.sweep(['show', other])
    const short = second.slice(0, 7)
    expect(stdout).toContain(
      `! runs were made from 2 states of the code: ${short}+changes (2 runs), ${short} (1 run)`,
    )
    const listed = (await cluster.sweepJson(['runs', other])) as { runs: RunJson[] }
    const diff = await cluster.sweep(['diff', firstRun().id, listed.runs[0]?.id ?? ''])
    expect(diff.stdout).toContain(`git diff ${commit.slice(0, 12)} ${second.slice(0, 12)}`)
  }, 120_000)
})

it('a secret of the environment, the remote or the changes stands in no file of controller and agent', () => {
  const files = ['controller', 'agents', 'logs'].flatMap((name) => findFiles(join(cluster.folder, name)))
  expect(files.some((path) => path.endsWith('sweep.db'))).toBe(true)
  const holding = files.filter((path) => {
    const bytes = readFileSync(path)
    return SECRETS.some((secret) => bytes.includes(secret))
  })
  expect(holding).toEqual([])
  // And the search finds what is there: the name of the commit.
  expect(files.filter((path) => readFileSync(path).includes(commit)).length).toBeGreaterThan(0)
})

function findFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
