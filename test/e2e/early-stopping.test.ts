// Early termination with real processes: what is stopped, how each kind of process ends, and what the ranking, `stops`
// and `show` say afterwards.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BestRunsResponse, RunJson } from '../../sweeps/run-schema.ts'
import type { GetSweepResponse, StopsResponse } from '../../sweeps/sweep-schema.ts'
import { startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { isAlive } from '../support/processes.ts'

/** Reports one loss after another; what it does when it is asked to end is its parameter. */
const SCRIPT = `
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
const { env } = process
const LEVELS = { plain: 0, forks: 7, saves: 8, ignores: 9 }
const config = JSON.parse(readFileSync(env.SWEEP_CONFIG_FILE, 'utf8'))
const { how = 'plain', level = LEVELS[how], epochs = how === 'plain' ? 5 : 1000 } = config
const endings = {
  plain() {},
  ignores: () => process.on('SIGTERM', () => {}),
  forks() {
    // A session of its own, whose parent is gone: no signal to the group reaches it
    const words = ['-c', 'setsid sleep 600 & echo $! > "$0"', process.cwd() + '/fork.pid']
    spawn('sh', words, { stdio: 'ignore', detached: true })
    process.on('SIGTERM', () => process.exit(3))
  },
  saves: () => process.on('SIGTERM', () => setTimeout(() => {
    writeFileSync(process.cwd() + '/saved', readFileSync(env.SWEEP_CONTROL_FILE, 'utf8'))
    process.exit(0)
  }, 300)),
}
endings[how]()
let epoch = 0
setInterval(() => {
  epoch += 1
  // The run of level 8 has the best value of all in its first epoch
  const loss = level === 8 && epoch === 1 ? -1 : level + 1 / epoch
  console.log(JSON.stringify({ loss, epoch }))
  if (epoch === epochs) process.exit(0)
}, 40)
`

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
  cluster.writeFile('train.mjs', SCRIPT)
})
afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

/** Works a sweep to its end with so many slots. */
async function work(name: string, slots: number, lines: readonly string[], metric = 'loss'): Promise<string> {
  const script = join(cluster.folder, 'train.mjs')
  const head = [`metric: {name: ${metric}, goal: minimize}`, `command: [node, ${script}]`]
  const id = await cluster.create(cluster.writeFile(`${name}.yaml`, [...head, ...lines, ''].join('\n')))
  const agent = cluster.startAgent({ name, sweepIds: [id], slots })
  const waited = await cluster.sweep(['wait', id], { timeoutMs: 120_000 })
  expect(waited.code, `${waited.stderr}\n${cluster.logs()}`).toBe(0)
  expect((await agent.exited).code).toBe(0)
  return id
}

const runsOf = async (id: string) => ((await cluster.sweepJson(['runs', id])) as { runs: RunJson[] }).runs

test('a sweep under hyperband: bad runs are stopped, and none loses its place by it', async () => {
  const id = await work('grid', 3, [
    'method: grid',
    'parameters: {level: {values: [1, 2, 3, 4, 5, 6, 7, 8, 9]}, epochs: {value: 30}}',
    'early_terminate: {type: hyperband, min_iter: 3}',
  ])
  const runs = await runsOf(id)
  const stopped = runs.filter(({ state }) => state === 'stopped')
  expect(stopped.length).toBeGreaterThanOrEqual(4)
  expect(runs.filter(({ state }) => state === 'finished').length).toBe(9 - stopped.length)
  for (const { stopReason, summary } of stopped) {
    expect(stopReason).toMatch(/^report \d+: [\d.]+, cut [\d.]+, rank \d+\/\d+$/)
    expect(summary['loss']?.steps).toBeLessThan(30)
  }

  const { sweep, notices } = (await cluster.sweepJson(['show', id])) as GetSweepResponse
  expect(sweep.counts).toMatchObject({ finished: 9 - stopped.length, stopped: stopped.length, failed: 0 })
  expect(notices).toEqual([])
  const best = (await cluster.sweepJson(['best', id, '-n', '9'])) as BestRunsResponse
  expect(best.runs.map(({ config }) => config['level']).slice(0, 4)).toEqual([8, 1, 2, 3])
  expect(best.runs[0]).toMatchObject({ state: 'stopped', value: -1, bestStep: 0, rank: 1 })
  expect((await cluster.sweep(['best', id])).stdout).toMatch(/^ *1 .*⊣ stopped early/m)

  const stops = (await cluster.sweepJson(['stops', id])) as StopsResponse
  expect(stops).toMatchObject({ stopped: stopped.length, fullReports: 30, controls: [], ranked: 9 })
  expect(stops.bands[0]).toMatchObject({ band: 3, reached: 9 })
  expect(stops.savedReports).toBe(
    stopped.reduce((sum, { summary }) => sum + 30 - (summary['loss']?.steps ?? 0), 0),
  )
  expect(stops.savedHours).toBeGreaterThan(0)
  expect((await cluster.sweep(['stops', id])).stdout).toContain('runs stopped early; saved')
  const one = stopped[0]?.id ?? ''
  const shown = (await cluster.sweepJson(['show', one])) as { run: RunJson }
  // It may have come to the next check before its signal did.
  const condemned = shown.run.checks?.find(({ outcome }) => outcome === 'stopped')
  expect(condemned?.reason).toBe(stopped[0]?.stopReason)
  expect((await cluster.sweep(['show', one])).stdout).toMatch(/check +value +cut +rank +outcome/)
})

test('ends what ignores SIGTERM, what forks away, and what saves its state, and leaves nothing behind', async () => {
  const id = await work('endings', 1, [
    'method: grid',
    // One after the other, each worse than those before: the first alone is not stopped
    'parameters: {how: {values: [plain, forks, saves, ignores]}}',
    'early_terminate: {type: hyperband, min_iter: 3}',
  ])
  const runs = new Map((await runsOf(id)).map((run) => [run.config['how'], run]))
  for (const how of ['forks', 'saves', 'ignores']) {
    expect(runs.get(how), how).toMatchObject({
      state: 'stopped',
      stopReason: expect.stringMatching(/^report 3: /),
    })
  }
  expect(runs.get('forks')?.attempts[0]).toMatchObject({ outcome: 'stopped', exitCode: 3 })
  expect(runs.get('saves')?.attempts[0]).toMatchObject({ outcome: 'stopped', exitCode: 0 })
  expect(runs.get('ignores')?.attempts[0]).toMatchObject({ outcome: 'stopped', signal: 'SIGKILL' })
  const workFolder = join(cluster.folder, 'work')
  const saved = JSON.parse(readFileSync(join(workFolder, 'saved'), 'utf8')) as unknown
  expect(saved).toEqual({ stop: 'early', reason: runs.get('saves')?.stopReason })
  expect(existsSync(join(workFolder, 'fork.pid'))).toBe(true)
  expect(isAlive(Number(readFileSync(join(workFolder, 'fork.pid'), 'utf8')))).toBe(false)
  expect(cluster.processes().filter(({ commandLine }) => commandLine.includes('train.mjs'))).toEqual([])
})

test('says that early termination can never fire, and that a metric never comes', async () => {
  const rest = ['parameters: {level: {values: [1]}, epochs: {value: 1}}', 'method: grid']
  const never = await work('never', 1, [...rest, 'early_terminate: {type: hyperband, min_iter: 3}'])
  const words = 'early termination can never stop a run: metric logged 1 time a run, first check at 3'
  expect((await cluster.sweep(['show', never])).stdout).toContain(`! ${words}`)
  const [run] = await runsOf(never)
  const { stdout, stderr } = await cluster.sweep(['logs', run?.id ?? ''])
  expect(stdout + stderr).toContain(words)

  const missing = await work('missing', 1, rest, 'los')
  const [other] = await runsOf(missing)
  const told = `! run ${other?.id} ended without the metric "los": it reported "loss"`
  expect((await cluster.sweep(['show', missing])).stdout).toContain(told)
  expect(await cluster.sweep(['stops', missing])).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('has no early termination') as unknown,
  })
})
