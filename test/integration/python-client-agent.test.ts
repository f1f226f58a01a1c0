// A training that uses the Python client, under a real agent with a small leader: what reaches the controller, and how
// the run ends when it is stopped early.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startAgent } from '../../agent/main.ts'
import type { AgentHandle } from '../../agent/main.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { startTestLeader } from '../support/agent-leader.ts'
import type { TestLeader } from '../support/agent-leader.ts'
import { startTestRedis } from '../support/agent-redis.ts'
import type { TestRedis } from '../support/agent-redis.ts'
import { repositoryRoot } from '../support/cluster.ts'
import { findProcessesOf } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

let redis: TestRedis
let leader: TestLeader
let folder: string
let agent: AgentHandle

beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.close())

beforeEach(async () => {
  leader = await startTestLeader(redis)
  folder = mkdtempSync(join(tmpdir(), 'sweep-client-agent-'))
  agent = await startAgent({
    server: leader.server,
    token: 'x'.repeat(48),
    sweepIds: ['swp10000'],
    gpus: 'none',
    dataDir: folder,
    cwd: folder,
    log: silentLogger,
    redisUrl: redis.url,
    onEvent: () => {},
  })
})

afterEach(async () => {
  agent.terminate()
  agent.terminate()
  await agent.done.catch(() => {})
  await leader.close()
  expect(findProcessesOf(folder)).toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

/** Offers a run of this Python script. */
function offer(script: string) {
  writeFileSync(join(folder, 'train.py'), script)
  const path = join(repositoryRoot, 'clients', 'python')
  const command = ['env', `PYTHONPATH=${path}`, 'PYTHONDONTWRITEBYTECODE=1', 'python3', 'train.py']
  return leader.offer(agent.agentId, { runId: 'run00001', command })
}

const rows = () => leader.bodies('run00001').flatMap((body) => (body.kind === 'metrics' ? body.rows : []))
const values = () => Object.assign({}, ...rows().map((row) => row.values ?? {})) as Record<string, unknown>
const losses = () => rows().flatMap((row) => row.metrics['loss'] ?? [])
const stopEarly = () =>
  leader.command(agent.agentId, {
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
  expect(await leader.waitForEnd('run00001')).toMatchObject({
    outcome: 'stopped',
    signal: 'SIGTERM',
    reason: 'hyperband step 9',
  })
  const logged = Number(readFileSync(join(folder, 'logged'), 'utf8'))
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
  expect(await leader.waitForEnd('run00001')).toMatchObject({ outcome: 'stopped', exitCode: 0 })
  expect(losses()).toEqual([1, 0.5])
  expect(values()).toEqual({ heard: 'hyperband step 9' })
  expect(readFileSync(join(folder, 'checkpoints', 'run00001', 'state.json'), 'utf8')).toBe('{"step": 1}')
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
  expect(await leader.waitForEnd('run00001')).toMatchObject({ outcome: 'finished' })
  expect(losses()).toEqual(Array.from({ length: 31 }, (_, step) => step))
})
