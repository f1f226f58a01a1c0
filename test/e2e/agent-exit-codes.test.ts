// Every exit code of an agent, by the real command against a real controller: 0, 20, 21, 75, 130, 143; and what is left
// of its run each time.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ListAgentsResponse } from '../../sweeps/agent-schema.ts'
import type { ListRunsResponse, RunJson } from '../../sweeps/run-schema.ts'
import type { SweepJson } from '../../sweeps/sweep-schema.ts'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import type { TestProcess } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

/** By the agent's environment: fails at once, holds on (deaf to SIGTERM or not), or finishes soon. */
const TRAIN = `
const { MODE } = process.env
if (MODE === 'bad') { console.error('ImportError: libcudnn.so.9'); process.exit(1) }
if (MODE === 'deaf') process.on('SIGTERM', () => {})
console.log(JSON.stringify({ loss: 1 }))
setTimeout(() => {}, MODE === 'hold' || MODE === 'deaf' ? 1e9 : 200)
`

const WAIT = { timeoutMs: 60_000 }

let cluster: Cluster
let script: string

beforeAll(async () => {
  cluster = await startCluster()
  script = cluster.writeFile('train.mjs', TRAIN)
})
afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

async function create(name: string, cells: number): Promise<string> {
  const values = Array.from({ length: cells }, (_, index) => index).join(', ')
  const file = cluster.writeFile(
    `${name}.yaml`,
    `name: ${name}\nmethod: grid\nmetric: {name: loss, goal: minimize}\ncommand: [${process.execPath}, ${script}]\nparameters: {x: {values: [${values}]}}\n`,
  )
  return cluster.create(file)
}

/** In a folder of its own: the next agent of a folder would take over its id. */
function start(name: string, id: string, mode: string): TestProcess {
  const env = { MODE: mode, SWEEP_DATA: `${cluster.folder}/data-${name}` }
  return cluster.startAgent({ name, sweepIds: [id], env, flags: ['--gpus', 'none'] })
}

async function exitCodeOf(agent: TestProcess): Promise<number | null> {
  return (await agent.exited).code
}
const runsOf = async (id: string): Promise<RunJson[]> =>
  ((await cluster.sweepJson(['runs', id])) as ListRunsResponse).runs
const sweepOf = async (id: string): Promise<SweepJson> =>
  ((await cluster.sweepJson(['show', id])) as { sweep: SweepJson }).sweep
const isRunning = (id: string) =>
  waitFor('a run is running', async () => (await runsOf(id)).some(({ state }) => state === 'running'), WAIT)

describe('an agent leaves with', () => {
  test('0 when its sweep is over', async () => {
    const id = await create('done', 2)
    expect(await exitCodeOf(start('done', id, 'good'))).toBe(0)
    expect(await sweepOf(id)).toMatchObject({ state: 'finished', counts: { finished: 2 } })
  })

  test('20 when runs keep failing there and not elsewhere; its configurations are finished by the other', async () => {
    const id = await create('bad', 25)
    const good = start('good', id, 'good')
    const bad = start('bad', id, 'bad')
    expect(await exitCodeOf(bad)).toBe(20)
    expect(bad.stdout()).toContain('all with: ImportError: libcudnn.so.9')
    expect(await exitCodeOf(good)).toBe(0)
    const { counts, state } = await sweepOf(id)
    expect([state, counts.finished, counts.failed]).toEqual(['finished', 25, 0])
    const { agents } = (await cluster.sweepJson(['agents', id])) as ListAgentsResponse
    expect(agents.filter(({ quarantine }) => quarantine !== null)).toMatchObject([
      { state: 'left', quarantine: { by: 'rule' }, runs: { failed: 3, finished: 0 } },
    ])
  })

  test('21 when a person drains it, after its run', async () => {
    const id = await create('drained', 40)
    const agent = start('drained', id, 'good')
    await isRunning(id)
    const { agents } = (await cluster.sweepJson(['agents', id])) as ListAgentsResponse
    await cluster.sweepJson(['drain', agents[0]?.id ?? ''])
    expect(await exitCodeOf(agent)).toBe(21)
    const { counts } = await sweepOf(id)
    expect([counts.failed, counts.running, counts.finished > 0]).toEqual([0, 0, true])
  })

  test.each<[number, string, NodeJS.Signals[], string]>([
    [75, 'SIGTERM', ['SIGTERM'], 'hold'],
    [75, 'two Ctrl-C', ['SIGINT', 'SIGINT'], 'hold'],
    [130, 'three Ctrl-C', ['SIGINT', 'SIGINT', 'SIGINT'], 'deaf'],
    [143, 'two SIGTERM', ['SIGTERM', 'SIGTERM'], 'deaf'],
  ])('%i after %s, and its run goes back', async (code, what, signals, mode) => {
    const name = what.replaceAll(' ', '-')
    const id = await create(name, 1)
    const agent = start(name, id, mode)
    await isRunning(id)
    for (const [index, signal] of signals.entries()) {
      agent.signal(signal)
      const said = () => agent.stdout().split(/draining|ending/).length - 1
      // One that comes before the last is handled counts as the same
      if (index + 1 < signals.length) await waitFor('it says what the next does', () => said() > index)
    }
    expect(await exitCodeOf(agent)).toBe(code)
    await waitFor('its run waits', async () => (await runsOf(id))[0]?.state === 'preempted', WAIT)
  })
})
