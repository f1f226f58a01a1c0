// What a training command finds and what becomes of it, with real agents: how it is started, its environment, every
// way to report, what its end is called, and Ctrl-C and SIGTERM to its agent.
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventAsLine } from '../../cli/agent-events.ts'
import type { AgentEvent } from '../../cli/agent-events.ts'
import { createPaint } from '../../cli/terminal.ts'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { installFakeNvidiaSmi } from '../support/fake-nvidia-smi.ts'
import { isAlive } from '../support/processes.ts'
import type { ProcessExit, TestProcess } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

interface RunAnswer {
  readonly id: string
  readonly config: Readonly<Record<string, unknown>>
  readonly summary: Readonly<Record<string, { readonly last: unknown }>>
  readonly values?: unknown
  readonly attempts: readonly unknown[]
}

/** What `world` of the script writes. */
interface World {
  readonly env: Readonly<Record<string, string>>
  readonly config: string
  readonly wandbConfig: string
  readonly process: { readonly pid: number; readonly argv: readonly string[]; readonly mustStop: boolean }
}

const SCRIPT = `
import { execSync } from 'node:child_process'
import { appendFileSync, copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
const [how, ...argv] = process.argv.slice(2)
const { env, pid } = process
const curl = (body) =>
  execSync(\`curl -d '\${body}' -H "Authorization: Bearer $SWEEP_RUN_TOKEN" $SWEEP_REPORT_URL\`, { stdio: 'inherit' })
const file = (line) => appendFileSync(env.SWEEP_METRICS_FILE, line + '\\n')
const say = console.log, read = (path) => readFileSync(path, 'utf8')
const WAYS = { stdout: say, marked: (row) => say('::sweep:: ' + row), file, curl }
/** Goes on until its agent ends it; then keeps what the control file says. */
const endlessly = (onTerm) => {
  process.on('SIGTERM', () => onTerm(copyFileSync(env.SWEEP_CONTROL_FILE, env.SWEEP_RUN_ID + '.control')))
  writeFileSync(env.SWEEP_ID + '.begun', env.SWEEP_RUN_ID + ' ' + pid + '\\n')
  setInterval(() => existsSync(env.SWEEP_ID + '.go') && process.exit(0), 20)
}
const trainings = {
  world() {
    const [, ppid, pgid] = read('/proc/self/stat').split(') ')[1].split(' ').map(Number)
    writeFileSync(env.SWEEP_ID + '.' + env.SWEEP_RUN_ID + '.world', JSON.stringify({ env,
      config: read(env.SWEEP_CONFIG_FILE), wandbConfig: read(env.WANDB_SWEEP_PARAM_PATH),
      process: { pid, ppid, pgid, argv, cwd: process.cwd(), stdin: read(0), mustStop: existsSync(env.SWEEP_CONTROL_FILE) } }) + '\\n')
    const worlds = () => readdirSync('.').filter((name) => name.startsWith(env.SWEEP_ID) && name.endsWith('.world'))
    setInterval(() => worlds().length === 2 && process.exit(0), 20) // the two slots work at one time
  },
  values: () => say('{"loss":1,"note":"a"}\\n{"loss":2,"note":"b","flag":true,"list":[1,"x"],"x":7}'),
  sources() {
    say('{"loss":1,"step":1}')
    curl('{"loss":98,"f1":0.6,"step":1}')
    file('{"loss":99,"acc":0.5,"step":1}\\n{"loss":99,"acc":0.6,"step":2}')
  },
  exit0: () => say('{"loss":1,"state":"failed","exitcode":1}'),
  exit3: () => say('{"loss":1,"state":"finished","exitcode":0}', (process.exitCode = 3)),
  SIGTERM: () => process.kill(pid, 'SIGTERM'),
  endless0: () => endlessly(() => process.exit(0)),
  endless5: () => endlessly(() => process.exit(5)),
  stubborn: () => endlessly(() => {}),
  checkpointed() {
    const facts = [env.SWEEP_SEED, env.SWEEP_RUN_ID, env.SWEEP_CHECKPOINT_DIR].join(' ')
    appendFileSync(env.SWEEP_CHECKPOINT_DIR + '/state', facts + '\\n')
    copyFileSync(env.SWEEP_CHECKPOINT_DIR + '/state', env.SWEEP_RUN_ID + '.state')
    if (env.SWEEP_ATTEMPT === '1') endlessly(() => process.exit(0))
  },
}
const ROWS = ['{"loss":0.3,"step":9}', '{"loss": NaN, "up": Infinity, "down": -Infinity, "step": 10}']
how in WAYS ? ROWS.forEach((row) => WAYS[how](row)) : trainings[how]()
`

let cluster: Cluster
let work: string
beforeAll(async () => {
  cluster = await startCluster()
  cluster.writeFile('train.mjs', SCRIPT)
  work = realpathSync(join(cluster.folder, 'work'))
})
afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

let fileCount = 0
/** A grid sweep of the script, a run for each `how`. */
function createSweep(how: readonly string[], parameters: object = {}, more: object = {}): Promise<string> {
  const command = [process.execPath, join(cluster.folder, 'train.mjs'), '${how}', '${args}']
  const sweep = { method: 'grid', metric: { name: 'loss', goal: 'minimize' }, command, ...more }
  const text = JSON.stringify({ ...sweep, parameters: { how: { values: how }, ...parameters } })
  const file = text.replace('"THREE.0"', '3.0') // which JSON.stringify would write as 3
  return cluster.create(cluster.writeFile(`sweep${++fileCount}.yaml`, file))
}

function startAgent(sweepIds: readonly string[], flags = ['--json'], slots = 1, env = {}): TestProcess {
  return cluster.startAgent({ name: `agent-${sweepIds[0]}`, sweepIds: [...sweepIds, ...flags], slots, env })
}

const details = () => cluster.logs()
const exitOf = (agent: TestProcess): Promise<ProcessExit> =>
  waitFor('the agent leaves', () => agent.exit(), { timeoutMs: 20_000, details })
const read = (name: string) => readFileSync(join(work, name), 'utf8')

/** Lines of JSON; the last one may not be whole yet. */
const parseLines = <T>(text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T)
const eventsOf = (agent: TestProcess) => parseLines<AgentEvent>(agent.stdout())

async function runsOf(sweepId: string): Promise<ReadonlyMap<unknown, RunAnswer>> {
  const { runs } = (await cluster.sweepJson(['runs', sweepId])) as { runs: RunAnswer[] }
  return new Map(runs.map((run) => [run.config['how'], run]))
}

/** An agent with one run that trains until it is ended. */
async function startEndless(how: string) {
  const sweepId = await createSweep([how])
  const agent = startAgent([sweepId])
  const begun = `${sweepId}.begun`
  await waitFor('it trains', () => existsSync(join(work, begun)) && read(begun).endsWith('\n'), { details })
  const [runId = '', pid] = read(begun).split(' ')
  return { sweepId, agent, runId, pid: Number(pid) }
}

describe('a training', () => {
  const odd = '$(touch pwned); "a b" \'*\' `id` \\ $HOME\n&'
  const constants = { int: { value: 3 }, float: { value: 'THREE.0' }, odd: { value: odd } }
  const sweepIds: string[] = []
  let agent: TestProcess
  let worlds: World[]
  /** Of the runs of a sweep, in the order of their configs. */
  const valuesOf = (sweepId: string, name: string) =>
    worlds.flatMap(({ env }) => (env['SWEEP_ID'] === sweepId ? [env[name]] : []))

  beforeAll(async () => {
    const gpuFolder = join(cluster.folder, 'gpus')
    mkdirSync(gpuFolder)
    const { binFolder } = installFakeNvidiaSmi(gpuFolder, 2)
    for (const seed of [5, 5, 6])
      sweepIds.push(await createSweep(['world'], { x: { values: [1, 2] }, ...constants }, { seed }))
    const path = `${binFolder}:${process.env['PATH']}`
    agent = startAgent(sweepIds, ['--json'], 2, { PATH: path, WANDB_SERVICE: 'of another' })
    expect(await exitOf(agent), details()).toEqual({ code: 0, signal: null })
    worlds = readdirSync(work).flatMap((name) =>
      name.endsWith('.world') ? parseLines<World>(read(name)) : [],
    )
    expect(worlds.sort((a, b) => (a.config < b.config ? -1 : 1))).toHaveLength(6)
  })

  test('is started without a shell, as a direct child of the agent, in its own process group', () => {
    const started = eventsOf(agent).map(({ runId, pid }) => `${runId} ${pid}`)
    for (const { process, env } of worlds) {
      expect(process).toMatchObject({ ppid: agent.pid, pgid: process.pid, cwd: work, stdin: '' })
      expect(process.argv).toEqual(expect.arrayContaining([`--odd=${odd}`, '--int=3', '--float=3.0']))
      expect(started).toContain(`${env['SWEEP_RUN_ID']} ${process.pid}`)
    }
    expect(existsSync(join(work, 'pwned'))).toBe(false)
    expect(worlds.some(({ process }) => process.mustStop)).toBe(false)
  })

  test('finds its ids, its attempt, its config and a checkpoint folder of its own', () => {
    for (const { env, config } of worlds) {
      expect(env).toMatchObject({ SWEEP_ATTEMPT: '1', SWEEP_ID: expect.stringMatching(/^[0-9a-z]{8}$/) })
      expect(config).toMatch(/"float":3\.0[,}][^]*"int":3[,}]/)
    }
    for (const name of ['SWEEP_RUN_ID', 'SWEEP_CHECKPOINT_DIR', 'SWEEP_RUN_TOKEN'])
      expect(new Set(worlds.map(({ env }) => env[name])).size).toBe(6)
  })

  test('has a seed that follows from the seed of the sweep and from the run', () => {
    const [first = [], second, other = []] = sweepIds.map((sweepId) => valuesOf(sweepId, 'SWEEP_SEED'))
    expect(first).toEqual(second)
    expect(new Set([...first, ...other]).size).toBe(4)
  })

  test("sees its slot's GPU alone", () => {
    for (const sweepId of sweepIds)
      expect(valuesOf(sweepId, 'CUDA_VISIBLE_DEVICES').sort()).toEqual(['0', '1'])
  })

  test("finds the variables and the file of W&B's agent", () => {
    for (const { env, wandbConfig } of worlds) {
      const { SWEEP_ID: sweep, SWEEP_RUN_ID: run } = env
      expect(env).toMatchObject({ WANDB_SWEEP_ID: sweep, WANDB_RUN_ID: run, WANDB_DIR: work })
      expect(env['WANDB_SWEEP_PARAM_PATH']).toBe(`${work}/wandb/sweep-${sweep}/config-${run}.yaml`)
      expect(env).not.toHaveProperty('WANDB_SERVICE')
      expect(wandbConfig).toMatch(/^wandb_version: 1\n[^]*^float:\n {2}value: 3\.0$/m)
    }
  })
})

describe('a training that reports and ends', () => {
  const ways = ['stdout', 'marked', 'file', 'curl']
  let agent: TestProcess
  let runs: ReadonlyMap<unknown, RunAnswer>
  let history: (how: string) => string[]

  beforeAll(async () => {
    const sweepId = await createSweep([...ways, 'values', 'sources', 'exit0', 'exit3', 'SIGTERM'], {
      x: { value: 1 },
    })
    agent = startAgent([sweepId], [], 3)
    expect(await exitOf(agent), details()).toEqual({ code: 0, signal: null })
    runs = await runsOf(sweepId)
    const { stdout } = await cluster.sweep(['export', sweepId, '--what', 'history', '--format', 'jsonl'])
    const rows = parseLines<{ runId: string; step: number; metric: string; value: unknown }>(stdout)
    const rowsOf = (how: string) => rows.filter(({ runId }) => runId === runs.get(how)?.id)
    history = (how) =>
      rowsOf(how)
        .map((row) => `${row.step} ${row.metric} ${String(row.value)}`)
        .sort()
  })

  test.each(ways)('may report by %s, with bare NaN and Infinity', (how) => {
    expect(history(how)).toEqual(['10 down -Infinity', '10 loss NaN', '10 up Infinity', '9 loss 0.3'])
    expect(runs.get(how)).toMatchObject({ state: 'finished', summary: { loss: { last: 'NaN' } } })
  })

  test('has text and other values kept as last values, and may name a metric as a parameter', async () => {
    const { run } = (await cluster.sweepJson(['show', runs.get('values')?.id ?? ''])) as { run: RunAnswer }
    expect(run.values).toEqual({ note: 'b', flag: true, list: [1, 'x'] })
    expect(Object.keys(run.summary).sort()).toEqual(['loss', 'x'])
    expect([run.summary['x']?.last, run.config['x']]).toEqual([7, 1])
  })

  test('has a key counted from its first source only, with one notice', () => {
    expect(history('sources')).toEqual(['1 acc 0.5', '1 f1 0.6', '1 loss 1', '2 acc 0.6'])
    const notices = agent.stdout().match(/^.*its copy from.*$/gm)
    expect(notices).toEqual([expect.stringContaining(`run=${runs.get('sources')?.id}`)])
  })

  test.each([
    ['exit0', 'finished', 0, null],
    ['exit3', 'failed', 3, null],
    ['SIGTERM', 'failed', null, 'SIGTERM'],
  ])('that ends with %s is %s, whatever it said before', (how, state, exitCode, signal) => {
    expect(runs.get(how)).toMatchObject({ state, attempts: [{ outcome: state, exitCode, signal }] })
  })
})

test.each(['endless0', 'endless5'])('a cancel names the end, whatever the exit code (%s)', async (how) => {
  const { sweepId, agent, runId } = await startEndless(how)
  expect(await cluster.sweep(['cancel', sweepId, '--yes'])).toMatchObject({ code: 0 })
  expect(await exitOf(agent)).toEqual({ code: 21, signal: null })
  const attempts = [{ outcome: 'cancelled', exitCode: Number(how.at(-1)) }]
  expect((await runsOf(sweepId)).get(how)).toMatchObject({ state: 'cancelled', attempts })
  expect(JSON.parse(read(`${runId}.control`))).toEqual({ stop: 'cancel', reason: expect.any(String) })
})

test('after a hand-back the next attempt has the same checkpoint folder and seed', async () => {
  const { sweepId, agent, runId } = await startEndless('checkpointed')
  agent.signal('SIGTERM')
  expect(await exitOf(agent)).toEqual({ code: 75, signal: null })
  expect(JSON.parse(read(`${runId}.control`))).toEqual({ stop: 'preempt', reason: expect.any(String) })
  expect(await exitOf(startAgent([sweepId]))).toEqual({ code: 0, signal: null })
  expect((await runsOf(sweepId)).get('checkpointed')).toMatchObject({ state: 'finished' })
  const [first, second, ...rest] = read(`${runId}.state`).split('\n')
  expect([second, rest]).toEqual([first, ['']])
})

const PRESS = 'Press Ctrl-C again to end the runs and hand them back to the queue.'
const DRAINS = `No new runs (interrupted), 1 run going on.  ${PRESS}`
const HANDS_BACK = 'Ending 1 run; they go back to the queue.  Press Ctrl-C again to kill the runs now.'
const TERMINATES = 'Ending 1 run; they go back to the queue.  SIGTERM again kills the runs now.'
const KILLED = { exitCode: null, signal: 'SIGKILL' }

test.each([
  ['SIGINT', 75, 'endless5', { exitCode: 5 }, [DRAINS, HANDS_BACK]],
  ['SIGINT', 130, 'stubborn', KILLED, [DRAINS, HANDS_BACK, 'Killing 1 run.']],
  ['SIGTERM', 75, 'endless0', { exitCode: 0 }, [TERMINATES]],
  ['SIGTERM', 143, 'stubborn', KILLED, [TERMINATES, 'Killing 1 run.']],
] as const)('%s until exit %i: each says what the next does', async (signal, code, how, end, words) => {
  const { sweepId, agent, pid } = await startEndless(how)
  const leaving = () => eventsOf(agent).filter(({ event }) => /^agent\.(draining|ending)$/.test(event))
  for (const [index, text] of words.entries()) {
    agent.signal(signal)
    await waitFor(`the agent says "${text}"`, () => leaving().length > index, { details })
  }
  expect(await exitOf(agent)).toEqual({ code, signal: null })
  expect(isAlive(pid)).toBe(false)
  expect(leaving().map((event) => eventAsLine(event, createPaint(false))?.slice(10))).toEqual(words)
  const attempts = [{ outcome: 'preempted', ...end }] // one: a leaving agent is offered nothing
  expect((await runsOf(sweepId)).get(how)).toMatchObject({ state: 'preempted', attempts })
})

test('Ctrl-C once lets the run finish, and the agent leaves with 0', async () => {
  const { sweepId, agent, pid } = await startEndless('endless5')
  agent.signal('SIGINT')
  await waitFor('the agent drains', () => agent.stdout().includes('agent.draining'), { details })
  expect([isAlive(pid), agent.exit()]).toEqual([true, null])
  writeFileSync(join(work, `${sweepId}.go`), '')
  expect(await exitOf(agent)).toEqual({ code: 0, signal: null })
  expect((await runsOf(sweepId)).get('endless5')).toMatchObject({ state: 'finished' })
})
