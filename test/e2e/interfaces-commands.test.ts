// How pause, resume, stop, cancel and signals change sweeps, runs and agents, seen through the commands alone, with
// trainings that go on until a test lets them end. What the commands answer is in interfaces-answers.test.ts.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BestRunsResponse, RunJson } from '../../sweeps/run-schema.ts'
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import type { TestProcess } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

/** Reports loss = x, then goes on until a file with its sweep and x appears; with DEAF set it outlives SIGTERM. */
const TRAIN = `
import { existsSync, readFileSync } from 'node:fs'
const { x } = JSON.parse(readFileSync(process.env.SWEEP_CONFIG_FILE, 'utf8'))
if (process.env.DEAF) process.on('SIGTERM', () => {})
console.log(JSON.stringify({ loss: x }))
setInterval(() => existsSync(process.argv[2] + '/' + process.env.SWEEP_ID + '-' + x) && process.exit(0), 20)
`

let cluster: Cluster
let gates: string
let sweepFile: string

beforeAll(async () => {
  cluster = await startCluster()
  gates = join(cluster.folder, 'gates')
  mkdirSync(gates)
  sweepFile = cluster.writeFile(
    'gated.yaml',
    JSON.stringify({
      method: 'grid',
      metric: { name: 'loss', goal: 'minimize' },
      command: [process.execPath, cluster.writeFile('gated.mjs', TRAIN), gates],
      parameters: { x: { values: [1, 2, 3] } },
    }),
  )
}, 60_000)

afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

const letEnd = (sweepId: string, x: number) => writeFileSync(join(gates, `${sweepId}-${x}`), '')
const show = async (sweepId: string) =>
  ((await cluster.sweepJson(['show', sweepId])) as { sweep: SweepJson }).sweep
const runsOf = async (sweepId: string) =>
  ((await cluster.sweepJson(['runs', sweepId])) as { runs: RunJson[] }).runs

/** A new sweep, and an agent on which its first run trains. */
async function startTraining(env: Record<string, string> = {}): Promise<{ id: string; agent: TestProcess }> {
  const id = await cluster.create(sweepFile)
  const agent = cluster.startAgent({ name: `agent-${id}`, sweepIds: [id, '--json'], env })
  await waitFor('the first run has reported', async () => (await runsOf(id))[0]?.value === 1, {
    timeoutMs: 20_000,
    intervalMs: 100,
    details: () => cluster.logs(),
  })
  return { id, agent }
}

async function exitCodeOf(agent: TestProcess): Promise<number | null> {
  const exit = await waitFor(`${agent.name} ends`, () => agent.exit(), {
    timeoutMs: 20_000,
    details: () => cluster.logs(),
  })
  return exit.code
}

/** Sends the signals one by one, each after the agent has told of the one before. */
async function signalEach(agent: TestProcess, signals: readonly NodeJS.Signals[]): Promise<void> {
  for (const [index, signal] of signals.entries()) {
    agent.signal(signal)
    if (index + 1 === signals.length) return
    const isHeard = () => agent.stdout().match(/"event":"agent\.(draining|ending)"/g)?.length === index + 1
    await waitFor(`signal ${index + 1} is heard`, () => isHeard(), { details: () => agent.stdout() })
  }
}

describe.concurrent('a sweep', () => {
  test('that is paused works its open runs only, goes on when resumed, and is stopped for good', async () => {
    const { id, agent } = await startTraining()
    const running = (await cluster.sweepJson(['best', id, '--include', 'running'])) as BestRunsResponse
    expect(running.runs).toMatchObject([{ state: 'running', value: 1 }])
    const counted = await cluster.sweep(['best', id, '--json'])
    expect(counted.code).toBe(8)
    expect(JSON.parse(counted.stdout)).toMatchObject({ runs: [], notCounted: { running: 1 } })

    expect(await cluster.sweepJson(['pause', id])).toMatchObject({
      schema: 'sweep.pause/1',
      sweep: { id, state: 'paused', counts: { running: 1 } },
    })
    expect(await cluster.sweep(['pause', id])).toMatchObject({ code: 0 })
    letEnd(id, 1)
    await waitFor('the open run finishes', async () => (await show(id)).counts.finished === 1)
    expect(await show(id)).toMatchObject({ state: 'paused', counts: { running: 0, queued: 0, finished: 1 } })
    expect((await cluster.sweep(['wait', id, '--timeout', '300ms', '--json'])).code).toBe(8)

    expect(await cluster.sweepJson(['resume', id])).toMatchObject({
      schema: 'sweep.resume/1',
      sweep: { state: 'running' },
    })
    await waitFor('the next run starts', async () => (await show(id)).counts.running === 1)
    expect(await cluster.sweepJson(['stop', id])).toMatchObject({
      schema: 'sweep.stop/1',
      sweep: { state: 'stopped', counts: { running: 1 } },
    })
    letEnd(id, 2)
    expect(await exitCodeOf(agent)).toBe(0)
    expect(await show(id)).toMatchObject({ state: 'stopped', counts: { running: 0, finished: 2 } })
    expect((await cluster.sweep(['wait', id])).code).toBe(0)
    expect((await cluster.sweep(['resume', id])).code).toBe(7)
  })

  test('is finishing while nothing more is proposed and runs are open, then finished', async () => {
    const id = await cluster.create(sweepFile)
    const agent = cluster.startAgent({ name: 'four-slots', sweepIds: [id], slots: 4 })
    await waitFor('it is finishing', async () => (await show(id)).state === 'finishing', {
      timeoutMs: 20_000,
      details: () => cluster.logs(),
    })
    for (const x of [1, 2, 3]) letEnd(id, x)
    expect((await cluster.sweep(['wait', id, '--timeout', '20s'])).code).toBe(0)
    expect(await show(id)).toMatchObject({ state: 'finished', counts: { finished: 3 } })
    expect(await exitCodeOf(agent)).toBe(0)
  })

  test('whose metric reached its target proposes nothing more and is finished', async () => {
    const created = await cluster.sweepJson(['create', sweepFile, '--set', 'metric.target=1'])
    const { id } = created as { id: string }
    letEnd(id, 1)
    const agent = cluster.startAgent({ name: 'target', sweepIds: [id] })
    expect((await cluster.sweep(['wait', id, '--timeout', '20s'])).code).toBe(0)
    expect(await show(id)).toMatchObject({ state: 'finished', counts: { finished: 1 } })
    expect(await exitCodeOf(agent)).toBe(0)
  })

  test('of bayes ends at its target too, with the run that reached it', async () => {
    const file = cluster.writeFile(
      'target.yaml',
      JSON.stringify({
        method: 'bayes',
        metric: { name: 'loss', goal: 'minimize', target: 0.2 },
        run_cap: 30,
        seed: 1,
        command: ['sh', '-c', 'echo "{\\"loss\\": $0}"', '${x}'],
        parameters: { x: { min: 0.0, max: 1.0 } },
      }),
    )
    const id = await cluster.create(file)
    const agent = cluster.startAgent({ name: 'bayes-target', sweepIds: [id] })
    expect((await cluster.sweep(['wait', id, '--timeout', '20s'])).code).toBe(0)
    const runs = await runsOf(id)
    expect(runs.length).toBeLessThan(30)
    expect(runs.filter(({ value }) => Number(value) <= 0.2)).toHaveLength(1)
    expect(await show(id)).toMatchObject({ state: 'finished', stateReason: 'the target is reached' })
    expect(await exitCodeOf(agent)).toBe(0)
  })

  test('that is cancelled ends its running runs, only with --yes where nobody can be asked', async () => {
    const { id, agent } = await startTraining()
    expect((await cluster.sweep(['cancel', id])).code).toBe(2)
    expect(await cluster.sweepJson(['cancel', id, '--yes', '--reason', 'enough'])).toMatchObject({
      schema: 'sweep.cancel/1',
      sweep: { state: 'cancelled', stateReason: 'enough' },
    })
    expect((await cluster.sweep(['wait', id])).code).toBe(7)
    expect(await exitCodeOf(agent)).toBe(21)
    expect(await runsOf(id)).toMatchObject([{ state: 'cancelled', attempts: [{ outcome: 'cancelled' }] }])
  })

  test('that is stopped cancels the runs that went back', async () => {
    const { id, agent } = await startTraining()
    await cluster.sweepJson(['pause', id])
    agent.signal('SIGTERM')
    expect(await exitCodeOf(agent)).toBe(75)
    expect(await runsOf(id)).toMatchObject([{ state: 'preempted', attempts: [{ outcome: 'preempted' }] }])
    expect((await show(id)).counts.queued).toBe(1)
    await cluster.sweepJson(['stop', id])
    expect(await runsOf(id)).toMatchObject([{ state: 'cancelled' }])
  })

  test('ends a run that is handed back later as cancelled, once it was stopped', async () => {
    const { id, agent } = await startTraining()
    await cluster.sweepJson(['stop', id])
    agent.signal('SIGTERM')
    expect(await exitCodeOf(agent)).toBe(75)
    expect(await runsOf(id)).toMatchObject([{ state: 'cancelled', attempts: [{ outcome: 'preempted' }] }])
  })
})

describe.concurrent('an agent', () => {
  test('finishes its run after one Ctrl-C and leaves with 0', async () => {
    const { id, agent } = await startTraining()
    agent.signal('SIGINT')
    await waitFor('it drains', () => agent.stdout().includes('"agent.draining"'))
    letEnd(id, 1)
    expect(await exitCodeOf(agent)).toBe(0)
    expect(await show(id)).toMatchObject({ state: 'running', counts: { finished: 1, running: 0 } })
  })

  test.each<[string, number, NodeJS.Signals[], boolean]>([
    ['a second Ctrl-C', 75, ['SIGINT', 'SIGINT'], false],
    ['a third Ctrl-C', 130, ['SIGINT', 'SIGINT', 'SIGINT'], true],
    ['a second SIGTERM', 143, ['SIGTERM', 'SIGTERM'], true],
  ])('hands its run back after %s and leaves with %i', async (_what, code, signals, isDeaf) => {
    const { id, agent } = await startTraining(isDeaf ? { DEAF: '1' } : {})
    await signalEach(agent, signals)
    expect(await exitCodeOf(agent)).toBe(code)
    await waitFor('the run waits', async () => (await runsOf(id))[0]?.state === 'preempted')
  })

  test('leaves with 0 after --count runs', async () => {
    const id = await cluster.create(sweepFile)
    letEnd(id, 1)
    const agent = cluster.startAgent({
      name: 'count',
      sweepIds: [id, '--count', '1', '--labels', 'gpu=h100'],
      env: { SWEEP_DATA: join(cluster.folder, 'counted') }, // the next agent of its folder would take over its id
    })
    expect(await exitCodeOf(agent)).toBe(0)
    expect((await show(id)).counts).toMatchObject({ finished: 1, running: 0 })
    expect(await cluster.sweepJson(['agents', id])).toMatchObject({
      schema: 'sweep.agents/1',
      agents: [{ state: 'left', slots: 1, labels: { gpu: 'h100' }, runs: { finished: 1, failed: 0 } }],
    })
  })

  test('takes the first free folder of its machine in SWEEP_DATA', async () => {
    const id = await cluster.create(sweepFile)
    const env = { SWEEP_DATA: join(cluster.folder, 'places') }
    const places = () => {
      const machines = join(env.SWEEP_DATA, 'agents')
      const [machine = ''] = existsSync(machines) ? readdirSync(machines) : []
      return existsSync(join(machines, machine)) ? readdirSync(join(machines, machine)).sort() : []
    }
    const started: TestProcess[] = []
    for (const name of ['first', 'second', 'third']) {
      const agent = cluster.startAgent({ name, sweepIds: [id, '--json'], env })
      await waitFor(`${name} starts`, () => agent.stdout().includes('"agent.started"'), { timeoutMs: 20_000 })
      started.push(agent)
      if (name !== 'second') continue
      started[0]?.signal('SIGTERM')
      expect(await exitCodeOf(started[0] as TestProcess)).toBe(75)
    }
    expect(places()).toEqual(['1', '2'])
  })
})
