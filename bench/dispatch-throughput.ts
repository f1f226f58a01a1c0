// Runs per second through the whole path: proposals, store, queue, agents' journals with their fsyncs, reports, store.
// Only the training processes are missing (bench/simulated-agents.ts), since starting them is not what is measured.
import { join } from 'node:path'
import { startSimulated } from './simulated-process.ts'
import type { Cluster } from '../test/support/cluster.ts'
import { waitFor } from '../test/support/wait.ts'

const AGENTS = 8
export const SLOTS = 8

/**
 * Runs per second from the first start to the last end.
 * @param redisUrl agents connect there directly; undefined: through the controller's tunnel
 * @throws Error when a run is missing, or has a value that its config does not give
 */
export async function measureThroughput(cluster: Cluster, runs: number, redisUrl?: string): Promise<number> {
  const file = cluster.writeFile(
    'throughput.yaml',
    [
      'method: random',
      'metric: { name: loss, goal: minimize }',
      `run_cap: ${runs}`,
      'parameters: { x: { min: 0.0, max: 1.0 } }',
      'command: [simulated]',
    ].join('\n'),
  )
  const sweepId = await cluster.create(file)
  await mustRun(cluster, ['pause', sweepId])
  const folder = join(cluster.folder, `simulated-${sweepId}`)
  const args = ['sweep', cluster.server, cluster.token, sweepId, String(AGENTS), String(SLOTS), folder]
  if (redisUrl !== undefined) args.push(redisUrl)
  const agents = await startSimulated(args, () => {})
  await mustRun(cluster, ['resume', sweepId])
  await waitFor('the sweep is finished', () => isFinished(cluster, sweepId), {
    timeoutMs: 120_000,
    intervalMs: 500,
  })
  agents.disconnect()

  const finished = await readRuns(cluster, sweepId)
  const wrong = finished.filter(({ state, value, config }) => state !== 'finished' || value !== config.x)
  if (finished.length !== runs || wrong.length > 0) {
    throw new Error(`${finished.length} of ${runs} runs, ${wrong.length} of them wrong`)
  }
  const starts = finished.map(({ startedAt }) => Date.parse(startedAt))
  const ends = finished.map(({ finishedAt }) => Date.parse(finishedAt))
  return runs / ((Math.max(...ends) - Math.min(...starts)) / 1000)
}

interface FinishedRun {
  readonly state: string
  readonly value: number | null
  readonly config: { readonly x: number }
  readonly startedAt: string
  readonly finishedAt: string
}

async function readRuns(cluster: Cluster, sweepId: string): Promise<FinishedRun[]> {
  const { stdout } = await cluster.sweep(['export', sweepId, '--what', 'runs', '--format', 'jsonl'])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FinishedRun)
}

async function isFinished(cluster: Cluster, sweepId: string): Promise<boolean> {
  const response = await fetch(`${cluster.server}/api/v1/sweeps/${sweepId}`, {
    headers: { authorization: `Bearer ${cluster.token}` },
  })
  const { sweep } = (await response.json()) as { sweep: { state: string } }
  return sweep.state === 'finished'
}

async function mustRun(cluster: Cluster, args: readonly string[]): Promise<void> {
  const { code, stderr } = await cluster.sweep(args)
  if (code !== 0) throw new Error(`sweep ${args.join(' ')}: ${stderr}`)
}
