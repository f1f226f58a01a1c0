// Unchanged scripts with W&B's own client under our agent: they join the run that the agent was given, live.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot, startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import type { TestProcess } from '../../support/processes.ts'
import { waitFor } from '../../support/wait.ts'
import { hasWandbClient } from '../../support/wandb-client.ts'

const LIMIT_MS = 180_000

interface ShownRun {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly config: Record<string, unknown>
  readonly value: number | null
  readonly stopReason: string | null
  readonly summary: Record<string, { last: number; min: number; steps: number }>
  readonly attempts: readonly { exitCode: number | null; outcome: string | null }[]
}

describe.skipIf(!hasWandbClient)("a script with W&B's client under our agent", () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  }, LIMIT_MS)
  afterAll(() => cluster?.close())

  let count = 0
  /** Creates a sweep whose program is this script, and starts an agent in the client's environment. */
  async function work(script: string, sweep: string, env: Record<string, string> = {}, slots = 1) {
    const name = `wandb-${++count}`
    cluster.writeFile(`work/${name}.py`, script)
    const sweepId = await cluster.create(
      cluster.writeFile(`${name}.yaml`, `program: ${name}.py\nmethod: grid\n${sweep}`),
    )
    const bin = join(repositoryRoot, '.cache', 'wandb', 'bin')
    const agent: TestProcess = cluster.startAgent({
      name,
      sweepIds: [sweepId],
      slots,
      env: {
        PATH: `${bin}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
        WANDB_ERROR_REPORTING: 'false',
        WANDB_SILENT: 'true',
        PYTHONDONTWRITEBYTECODE: '1',
        ...env,
      },
    })
    return { sweepId, agent }
  }

  const left = (agent: TestProcess) =>
    waitFor('the agent to leave', () => agent.exit(), { timeoutMs: 120_000, details: () => cluster.logs() })

  async function listRuns(sweepId: string): Promise<readonly ShownRun[]> {
    const { runs } = (await cluster.sweepJson(['runs', sweepId])) as { runs: ShownRun[] }
    return runs
  }

  test(
    'reports config, metrics and summary to the run, while it trains, and shows it by its name',
    async () => {
      const { sweepId, agent } = await work(
        `
import os, time, wandb
run = wandb.init(config={"lr": 9.0, "epochs": 4})
assert run.id == os.environ["SWEEP_RUN_ID"], run.id
print("named", run.name, "in", run.project, "keyed", os.environ["WANDB_API_KEY"])
for epoch in range(run.config.epochs):
    run.log({"loss": run.config.lr / (epoch + 1), "note": "text"})
while not os.path.exists("go-on"):
    time.sleep(0.05)
run.summary["final"] = "yes"
run.finish()
`,
        'project: demo\nmetric: {name: loss, goal: minimize}\nparameters: {lr: {values: [0.5]}}\n',
      )
      const live = await waitFor(
        'its metrics to be there while it trains',
        async () => {
          const [run] = await listRuns(sweepId)
          return run?.summary['loss']?.steps === 4 ? run : null
        },
        { timeoutMs: 60_000, details: () => cluster.logs() },
      )
      expect(live).toMatchObject({ state: 'running', value: 0.125 })
      cluster.writeFile('work/go-on', '')
      expect((await left(agent)).code).toBe(0)
      const { run } = (await cluster.sweepJson(['show', live.id])) as {
        run: ShownRun & { values: Record<string, unknown> }
      }
      expect(run).toMatchObject({ state: 'finished', config: { lr: 0.5 }, value: 0.125 })
      expect(run.values).toMatchObject({ note: 'text', final: 'yes' })
      expect(run.attempts).toMatchObject([{ outcome: 'finished', exitCode: 0 }])
      const logs = (await cluster.sweep(['logs', live.id])).stdout
      expect(logs).toContain(`named ${run.name} in demo keyed swr_${run.id}_1_***`)
    },
    LIMIT_MS,
  )

  test(
    'is stopped early by what it logs',
    async () => {
      const { sweepId, agent } = await work(
        `
import time, wandb
run = wandb.init()
for epoch in range(3 if run.config.x < 3 else 2000):
    run.log({"loss": float(run.config.x)})
    time.sleep(0.05)
`,
        'metric: {name: loss, goal: minimize}\nparameters: {x: {values: [1, 2, 3]}}\nearly_terminate: {type: hyperband, min_iter: 2, eta: 2}\n',
      )
      expect((await left(agent)).code).toBe(0)
      const runs = await listRuns(sweepId)
      const last = runs.find((run) => run.config['x'] === 3)
      expect(last).toMatchObject({ state: 'stopped', value: 3 })
      expect(last?.summary['loss']?.steps).toBeLessThan(1500)
    },
    LIMIT_MS,
  )

  test(
    'has failed when its process fails, though the client said that all went well',
    async () => {
      const { sweepId, agent } = await work(
        `
import wandb
run = wandb.init()
try:
    run.log({"loss": 1.0})
    raise ValueError("no data")
finally:
    wandb.finish()
`,
        'metric: {name: loss, goal: minimize}\nparameters: {x: {values: [1]}}\n',
      )
      await left(agent)
      const [run] = await listRuns(sweepId)
      expect(run).toMatchObject({ state: 'failed', attempts: [{ outcome: 'failed', exitCode: 1 }] })
      expect(run?.summary['loss']).toMatchObject({ last: 1, steps: 1 })
    },
    LIMIT_MS,
  )

  test(
    'may print what it logs: each metric is counted from one of both',
    async () => {
      const { sweepId, agent } = await work(
        `
import json, wandb
run = wandb.init()
for epoch in range(5):
    print(json.dumps({"loss": 1.0 / (epoch + 1)}), flush=True)
    run.log({"loss": 1.0 / (epoch + 1), "acc": epoch})
`,
        'metric: {name: loss, goal: minimize}\nparameters: {x: {values: [1]}}\n',
      )
      expect((await left(agent)).code).toBe(0)
      const [run] = await listRuns(sweepId)
      expect(run).toMatchObject({ state: 'finished', value: 0.2 })
      const shown = await cluster.sweep(['export', sweepId, '--what', 'history', '--format', 'jsonl'])
      const rows = shown.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { metric: string })
      const counts = ['loss', 'acc'].map((name) => rows.filter(({ metric }) => metric === name).length)
      expect(counts).toEqual([5, 5])
      const logs = await cluster.sweep(['logs', run?.id ?? ''])
      expect(`${logs.stdout}${logs.stderr}`).toMatch(/copies are dropped|is dropped, as are other copies/)
    },
    LIMIT_MS,
  )

  test(
    'is silent by no_metric_timeout only when the client reports nothing either',
    async () => {
      const { sweepId, agent } = await work(
        `
import time, wandb
run = wandb.init()
for second in range(16 if run.config.x == 1 else 1):
    run.log({"loss": 1.0})
    time.sleep(1)
if run.config.x == 2:
    time.sleep(600)
`,
        'no_metric_timeout: 10s\nmetric: {name: loss, goal: minimize}\nparameters: {x: {values: [1, 2]}}\n',
        {},
        2,
      )
      await left(agent)
      const runs = await listRuns(sweepId)
      expect(runs.map(({ config, state }) => [config['x'], state])).toEqual([
        [1, 'finished'],
        [2, 'failed'],
      ])
    },
    LIMIT_MS,
  )

  test(
    'reports nothing here when the person who started the agent has sent it offline, and the agent says so once',
    async () => {
      const { sweepId, agent } = await work(
        'import wandb\nrun = wandb.init()\nprint("offline", run.offline, run.config.x, flush=True)\nrun.log({"loss": 1})\n',
        'metric: {name: loss, goal: minimize}\nparameters: {x: {values: [1, 2]}}\n',
        { WANDB_MODE: 'offline' },
      )
      expect((await left(agent)).code).toBe(0)
      expect(agent.stdout().match(/WANDB_MODE=offline is set/g)).toHaveLength(1)
      const runs = await listRuns(sweepId)
      expect(runs.map(({ state, summary }) => [state, Object.keys(summary)])).toEqual([
        ['finished', []],
        ['finished', []],
      ])
      expect((await cluster.sweep(['logs', runs[0]?.id ?? ''])).stdout).toMatch(/offline True [12]/)
    },
    LIMIT_MS,
  )
})
