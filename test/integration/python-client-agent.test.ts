// A training that uses the Python client, under a real agent with a small leader: what reaches the controller, and how
// the run ends when it is stopped early.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { AgentHandle } from '../../agent/main.ts'
import { useAgentWorld } from '../support/agent-world.ts'
import { repositoryRoot } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'

const world = useAgentWorld()
let agent: AgentHandle

beforeEach(async () => {
  agent = await world.start()
})

/** Offers a run of this Python script. */
function offer(script: string) {
  writeFileSync(join(world.folder, 'train.py'), script)
  const path = join(repositoryRoot, 'clients', 'python')
  const command = ['env', `PYTHONPATH=${path}`, 'PYTHONDONTWRITEBYTECODE=1', 'python3', 'train.py']
  return world.leader.offer(agent.agentId, { runId: 'run00001', command })
}

const rows = () =>
  world.leader.bodies('run00001').flatMap((body) => (body.kind === 'metrics' ? body.rows : []))
const values = () => Object.assign({}, ...rows().map((row) => row.values ?? {})) as Record<string, unknown>
const losses = () => rows().flatMap((row) => row.metrics['loss'] ?? [])
const stopEarly = () =>
  world.leader.command(agent.agentId, {
    type: 'stop',
    runId: 'run00001',
    attempt: 1,
    how: 'early',
    reason: 'hyperband step 9',
  })

test('a run stopped early that does not look keeps every row, and is stopped, not failed', async () => {
  await offer(`
import sweep, time
run = sweep.init(config={"epochs": 100000})
for step in range(run.config.epochs):
    sweep.log({"loss": 1 / (step + 1)})
    with open("logged", "w") as file: file.write(str(step))
    time.sleep(0.002)
`)
  await waitFor('it reports', () => losses().length > 20)
  await stopEarly()
  expect(await world.leader.waitForEnd('run00001')).toMatchObject({
    outcome: 'stopped',
    signal: 'SIGTERM',
    reason: 'hyperband step 9',
  })
  const logged = Number(readFileSync(join(world.folder, 'logged'), 'utf8'))
  const count = losses().length
  expect(losses()).toEqual(Array.from({ length: count }, (_, step) => 1 / (step + 1)))
  expect(count - 1).toBeGreaterThanOrEqual(logged)
  expect(values()['_config']).toEqual({ epochs: 100000 })
})

test('a run that asks should_stop hears the reason, saves its state and leaves', async () => {
  await offer(`
import json, os, sweep, time
run = sweep.init()
sweep.log({"loss": 1})
while not sweep.should_stop(): time.sleep(0.01)
time.sleep(0.2)
with open(os.path.join(run.dir, "state.json"), "w") as file: json.dump({"step": 1}, file)
sweep.log({"loss": 0.5, "heard": sweep.should_stop()})
`)
  await waitFor('it reports', () => losses().length === 1)
  await stopEarly()
  expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'stopped', exitCode: 0 })
  expect(losses()).toEqual([1, 0.5])
  expect(values()).toEqual({ heard: 'hyperband step 9' })
  expect(readFileSync(join(world.folder, 'checkpoints', 'run00001', 'state.json'), 'utf8')).toBe(
    '{"step": 1}',
  )
})

test('of two ranks and two forked workers each value arrives once', async () => {
  await offer(`
import multiprocessing, os, subprocess, sys, sweep
def work(n):
    sweep.log({"loss": 1000 + n})
if __name__ == "__main__" and "RANK" not in os.environ:
    ranks = [subprocess.Popen([sys.executable, __file__], env=dict(os.environ, RANK=str(rank))) for rank in range(2)]
    sys.exit(max(rank.wait() for rank in ranks))
elif __name__ == "__main__":
    sweep.init()
    for step in range(30): sweep.log({"loss": step})
    with multiprocessing.get_context("fork").Pool(2) as pool: pool.map(work, range(4))
    sweep.log({"loss": 30})
`)
  expect(await world.leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
  expect(losses()).toEqual(Array.from({ length: 31 }, (_, step) => step))
})
