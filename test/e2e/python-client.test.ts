// Sweeps whose training script uses the Python client, with a real controller and real agents: what the ranking and the
// history show, a controller that is killed meanwhile, and a hand-back that goes on from a checkpoint.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repositoryRoot, startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import type { TestProcess } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

interface RunAnswer {
  readonly id: string
  readonly state: string
  readonly value: unknown
  readonly bestStep: unknown
  readonly config: Readonly<Record<string, unknown>>
  readonly summary: Readonly<Record<string, object>>
  readonly values?: unknown
  readonly attempts: readonly unknown[]
}

const SCRIPT = `
import json, math, os, sys, time
import sweep as wandb

def ranking(run):
    for epoch in range(run.config.epochs):
        loss = (run.config.lr - 0.1) ** 2 + 1.0 / (epoch + 1)
        wandb.log({"loss": loss, "acc": {"top1": epoch / 10}, "kind": type(run.config.width).__name__})
    wandb.log({"loss": math.nan})
    run.summary["params"] = 1234
    run.summary["note"] = "done"

def patient(run):  # goes on while its controller is away
    for epoch in range(40):
        wandb.log({"loss": 1.0 / (epoch + 1)})
        while epoch == 20 and not os.path.exists(wandb.run.sweep_id + ".go"): time.sleep(0.01)

def resumed(run):
    state = os.path.join(run.dir, "state.json")
    first = json.load(open(state)) + 1 if run.resumed else 0
    for epoch in range(first, 20):
        if epoch == 10 and not run.resumed:
            open(run.sweep_id + ".begun", "w").close()
            while not wandb.should_stop(): time.sleep(0.01)
            sys.exit(0)
        wandb.log({"loss": 1.0 / (epoch + 1)}, step=epoch)
        with open(state, "w") as file: json.dump(epoch, file)

def main():
    with wandb.init(config={"epochs": 5, "lr": 9, "base": 1}, tags=["e2e"]) as run:
        globals()[run.config.how](run)

main()
`

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
  cluster.writeFile('train.py', SCRIPT)
})
afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

const details = () => cluster.logs()

async function createSweep(how: string, parameters: object = {}): Promise<string> {
  const text = JSON.stringify({
    method: 'grid',
    metric: { name: 'loss', goal: 'minimize' },
    command: ['python3', join(cluster.folder, 'train.py')],
    parameters: { how: { value: how }, ...parameters },
  })
  return cluster.create(cluster.writeFile(`${how}.yaml`, text))
}

function startAgent(sweepId: string, slots = 1): TestProcess {
  const env = { PYTHONPATH: join(repositoryRoot, 'clients', 'python'), PYTHONDONTWRITEBYTECODE: '1' }
  return cluster.startAgent({ name: `agent-${sweepId}`, sweepIds: [sweepId, '--json'], slots, env })
}

async function expectToLeave(agent: TestProcess, code: number): Promise<void> {
  await waitFor('the agent leaves', () => agent.exit(), { timeoutMs: 30_000, details })
  expect(agent.exit(), details()).toEqual({ code, signal: null })
}

async function runsOf(sweepId: string): Promise<readonly RunAnswer[]> {
  return ((await cluster.sweepJson(['runs', sweepId])) as { runs: RunAnswer[] }).runs
}

async function historyOf(sweepId: string, metric: string): Promise<[number, unknown][]> {
  const { stdout } = await cluster.sweep(['export', sweepId, '--what', 'history', '--format', 'jsonl'])
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { metric: string; step: number; value: unknown })
  return rows.filter((row) => row.metric === metric).map(({ step, value }) => [step, value])
}

test('a sweep is ranked by what the client reported, with history and summary', async () => {
  const sweepId = await createSweep('ranking', { lr: { values: [0.5, 0.1, 0.2] }, width: { value: 8 } })
  await expectToLeave(startAgent(sweepId, 2), 0)
  const best = (await cluster.sweepJson(['best', sweepId, '-n', '3'])) as { runs: RunAnswer[] }
  expect(best.runs.map((run) => run.config['lr'])).toEqual([0.1, 0.2, 0.5])
  expect(best.runs[0]).toMatchObject({ state: 'finished', value: 0.2, bestStep: 4 })
  const { run } = (await cluster.sweepJson(['show', best.runs[0]?.id ?? ''])) as { run: RunAnswer }
  expect(run.summary).toMatchObject({
    loss: { last: 'NaN', min: 0.2, max: 1, steps: 6 },
    'acc.top1': { last: 0.4, min: 0, max: 0.4, steps: 5 },
    params: { last: 1234 },
  })
  expect(run.values).toEqual({
    kind: 'int',
    note: 'done',
    _config: { epochs: 5, base: 1 },
    _run: { tags: ['e2e'] },
  })
  expect((await historyOf(sweepId, 'acc.top1')).length).toBe(15)
})

test('a run goes on while its controller is dead, and every value is there afterwards', async () => {
  const sweepId = await createSweep('patient')
  const agent = startAgent(sweepId)
  await waitFor('it reports', async () => (await runsOf(sweepId))[0]?.summary['loss'], { details })
  cluster.controller().signal('SIGKILL')
  await cluster.controller().exited
  writeFileSync(join(cluster.folder, 'work', `${sweepId}.go`), '')
  await waitFor('the training ends', () => agent.stdout().includes('"run.finished"'), { details })
  cluster.startController()
  await cluster.waitUntilReady()
  await expectToLeave(agent, 0)
  expect(await historyOf(sweepId, 'loss')).toEqual(
    Array.from({ length: 40 }, (_, epoch) => [epoch, 1 / (epoch + 1)]),
  )
})

test('a run that was handed back goes on from its checkpoint, and keeps its history', async () => {
  const sweepId = await createSweep('resumed')
  const first = startAgent(sweepId)
  await waitFor('it waits at epoch 10', () => existsSync(join(cluster.folder, 'work', `${sweepId}.begun`)), {
    details,
  })
  first.signal('SIGTERM')
  await expectToLeave(first, 75)
  await expectToLeave(startAgent(sweepId), 0)
  const [run] = await runsOf(sweepId)
  expect(run).toMatchObject({
    state: 'finished',
    attempts: [
      { outcome: 'preempted', exitCode: 0 },
      { outcome: 'finished', exitCode: 0 },
    ],
  })
  expect(await historyOf(sweepId, 'loss')).toEqual(
    Array.from({ length: 20 }, (_, epoch) => [epoch, 1 / (epoch + 1)]),
  )
})
