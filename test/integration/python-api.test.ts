// The other half of the Python client against a real controller: sweeps made, worked and read from Python, with the
// system's Python and nothing installed in it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolatedEnvironment, repositoryRoot, startCluster, sweepCommand } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { runCommand } from '../support/processes.ts'
import type { CommandResult } from '../support/processes.ts'

const CLIENT_FOLDER = join(repositoryRoot, 'clients', 'python')
const LIMIT_MS = 120_000

const FUNCTION_SCRIPT = `
import json, sys
import sweep

CONFIG = {
    "method": "grid",
    "metric": {"name": "loss", "goal": "minimize"},
    "parameters": {"lr": {"values": [0.1, 0.5, 1.0]}, "epochs": {"value": 3}},
}

def train():
    with sweep.init(config={"lr": 7.0, "epochs": 1}) as run:
        for epoch in range(run.config.epochs):
            sweep.log({"loss": run.config.lr / (epoch + 1), "epoch": epoch})
        run.summary["status"] = "done"

if __name__ == "__main__":
    sweep_id = sweep.sweep(CONFIG, project="functions")
    exit_code = sweep.agent("team/functions/" + sweep_id, function=train, count=2)
    found = sweep.Api().sweep("functions/" + sweep_id)
    best = found.best_run()
    print(json.dumps({
        "exit": exit_code, "id": sweep_id, "config": found.config, "state": found.state, "expected": found.expected_run_count,
        "runs": [[run.config["lr"], run.state, run.summary.get("loss")] for run in found.runs],
        "best": [best.config, best.value, best.summary["status"], best.sweep.id],
    "again": [len(sweep.Api().sweep(sweep.sweep(CONFIG, project="functions", prior_runs=[best])).runs), best.id],
        "history": [[row["_step"], row["loss"]] for row in best.scan_history(keys=["_step", "loss"])],
    }))
`

let cluster: Cluster
let folder: string
beforeAll(async () => {
  cluster = await startCluster()
  folder = join(cluster.folder, 'python')
  mkdirSync(folder)
}, LIMIT_MS)
afterAll(() => cluster?.close())

/** In the folder of the scripts, with the client and the command where a user has them. */
function run(argv: readonly string[]): Promise<CommandResult> {
  return runCommand(argv, {
    cwd: folder,
    env: {
      ...isolatedEnvironment(cluster.folder),
      PYTHONPATH: CLIENT_FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      SWEEP_SERVER: cluster.server,
      SWEEP_TOKEN: cluster.token,
      SWEEP_COMMAND: sweepCommand.join(' '),
    },
    timeoutMs: LIMIT_MS,
  })
}

/** The last line that is JSON, which a script prints as its answer. */
function answerOf({ stdout, stderr, code }: CommandResult): Record<string, unknown> {
  const line = stdout
    .trimEnd()
    .split('\n')
    .findLast((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`no answer, exit ${code}: ${stdout}\n${stderr}`)
  return JSON.parse(line) as Record<string, unknown>
}

describe('sweeps from Python', () => {
  test(
    'are made from a dict, worked by a function in fresh processes, and read back',
    async () => {
      const script = cluster.writeFile('python/functions.py', FUNCTION_SCRIPT)
      const answer = answerOf(await run(['python3', script]))
      const best = { epochs: 3, lr: 0.1 }
      expect(answer).toMatchObject({ exit: 0, expected: 3, best: [best, 0.1 / 3, 'done', answer['id']] })
      expect(answer['config']).toMatchObject({ method: 'grid', metric: { name: 'loss', goal: 'minimize' } })
      // The third may have been proposed before the agent left after two.
      const runs = answer['runs'] as [number, string, number | null][]
      expect(runs.filter(([, state]) => state === 'finished')).toEqual([
        [0.1, 'finished', 0.1 / 3],
        [0.5, 'finished', 0.5 / 3],
      ])
      expect(answer['again']).toEqual([1, expect.any(String)])
      expect(answer['history']).toEqual([0, 1, 2].map((step) => [step, 0.1 / (step + 1)]))

      // The script is the sweep's own program: an agent of the command works what is left.
      const agent = await run([...sweepCommand, 'agent', String(answer['id'])])
      expect(agent.code, agent.stderr).toBe(0)
      const shown = (await cluster.sweepJson(['show', String(answer['id'])])) as {
        sweep: { state: string; counts: object }
      }
      expect(shown.sweep).toMatchObject({ state: 'finished', counts: { finished: 3, failed: 0 } })
    },
    LIMIT_MS,
  )

  test(
    'are controlled, searched and labelled',
    async () => {
      const code = `
import json, sweep
sweep_id = sweep.sweep({"method": "random", "program": "train.py", "parameters": {"x": {"min": 0.0, "max": 1.0}}}, project="kept")
found = sweep.controller(sweep_id)
states = [found.state, found.pause().state, found.resume().state]
run_id = found.enqueue_run({"x": 0.25})
run = sweep.Api().run("kept/" + run_id)
run.tags.append("mine")
run.notes = "by hand"
run.update()
found_runs = sweep.Api().runs("team/kept", {"config.x": {"$lt": 0.5}, "tags": {"$in": ["mine"]}})
states.append(found.cancel().state)
try:
    found.resume()
except sweep.CommError as error:
    refused = str(error)
print(json.dumps({"states": states, "run": run_id, "found": [run.id for run in found_runs],
                  "labels": [sweep.Api().run(run_id).tags, sweep.Api().run(run_id).notes],
                  "agents": found.agents(), "sweeps": [s.id for s in sweep.Api().sweeps("kept")], "id": sweep_id,
                  "best": found.best_run(), "refused": refused}))
`
      const answer = answerOf(await run(['python3', '-c', code]))
      expect(answer).toMatchObject({
        states: ['running', 'paused', 'running', 'cancelled'],
        found: [answer['run']],
        labels: [['mine'], 'by hand'],
        agents: [],
        sweeps: [answer['id']],
        best: null,
      })
      expect(answer['refused']).toMatch(/cancelled/)
    },
    LIMIT_MS,
  )

  test('a file that cannot be a sweep is refused with its problems', async () => {
    const result = await run(['python3', '-c', 'import sweep; sweep.sweep({"method": "gird"})'])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/ServerError: (?=.*gird)(?=.*"parameters" is missing)/)
  })
})

describe('sweep agent --as-wandb', () => {
  test(
    'runs a script that imports wandb where none is installed',
    async () => {
      cluster.writeFile(
        'work/as_wandb.py',
        `
import wandb
wandb.init(project="p", config={"lr": 1.0})
for step in range(3):
    wandb.log({"loss": wandb.config.lr / (step + 1)})
wandb.summary["status"] = "done"
`,
      )
      const file = cluster.writeFile(
        'as-wandb.yaml',
        'program: as_wandb.py\nmethod: grid\nmetric: {name: loss, goal: minimize}\nparameters: {lr: {values: [0.5, 2.0]}}\n',
      )
      const sweepId = await cluster.create(file)
      const agent = cluster.startAgent({ name: 'as-wandb', sweepIds: [sweepId], flags: ['--as-wandb'] })
      expect(await agent.exited).toMatchObject({ code: 0 })
      const { runs } = (await cluster.sweepJson(['runs', sweepId])) as {
        runs: { state: string; config: { lr: number }; value: number }[]
      }
      expect(runs.map(({ state, config, value }) => [state, config.lr, value]).sort()).toEqual([
        ['finished', 0.5, 0.5 / 3],
        ['finished', 2, 2 / 3],
      ])
    },
    LIMIT_MS,
  )
})
