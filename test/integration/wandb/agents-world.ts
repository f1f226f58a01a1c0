// W&B's own agents (`wandb agent`) on a controller of a test: sweeps of a few cells, the agents, and what became of them.
import { expect } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import type { TestProcess } from '../../support/processes.ts'
import { waitFor } from '../../support/wait.ts'
import { openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'

/** W&B's agent asks every 5 s; its lease is 30 s at the least. */
export const WANDB_AGENT_LIMIT_MS = 240_000

const TRAIN = `
import sys, time
import wandb
with wandb.init() as run:
    for step in range(int(run.config.steps)):
        run.log({'loss': run.config.x + 1 / (step + 1)})
        time.sleep(0.2)
`
/** Knows nothing of W&B, and would go on for long. */
const SILENT = 'import time\ntime.sleep(120)\n'

interface ReadRun {
  readonly id: string
  readonly state: string
  readonly value: number | null
  readonly config: { readonly x: number }
  readonly attempts: readonly { readonly outcome: string | null }[]
}

export interface SweepOptions {
  /** Of a run, 0.2 s each. @default 3 */
  readonly steps?: number
  /** `silent.py` does not import wandb. @default train.py */
  readonly program?: 'train.py' | 'silent.py'
  /** Lines of the sweep file. */
  readonly more?: string
}

export interface WandbAgents {
  readonly cluster: Cluster
  readonly place: WandbWorkplace
  /** A grid over x. @returns its id */
  create(cells: number, options?: SweepOptions): Promise<string>
  startAgent(id: string, ...flags: readonly string[]): TestProcess
  readRuns(id: string): Promise<readonly ReadRun[]>
  sweepState(id: string): Promise<string>
  cancel(ref: string): Promise<void>
  /** By W&B's Api(). */
  stopRun(id: string): Promise<void>
  untilOneRuns(id: string): Promise<ReadRun>
  leaves(agent: TestProcess): Promise<{ readonly code: number | null }>
  close(): Promise<void>
}

export async function startWandbAgents(): Promise<WandbAgents> {
  const cluster = await startCluster({ lease: '30s' })
  const place = openWandbWorkplace(cluster.server, cluster.token)
  place.write('train.py', TRAIN)
  place.write('silent.py', SILENT)
  let count = 0
  const agents: WandbAgents = {
    cluster,
    place,
    create(cells, { steps = 3, program = 'train.py', more = '' } = {}) {
      const values = Array.from({ length: cells }, (_, x) => x).join(', ')
      const text = `method: grid\nmetric: {name: loss, goal: minimize}\nprogram: ${program}\n${more}parameters:\n  x: {values: [${values}]}\n  steps: {value: ${steps}}\n`
      return cluster.create(cluster.writeFile(`sweep-${++count}.yaml`, text))
    },
    startAgent: (id, ...flags) =>
      place.start(`agent-${count}-${flags.join('')}`, ['wandb', 'agent', ...flags, id], {
        WANDB_SILENT: 'false',
      }),
    readRuns: async (id) => ((await cluster.sweepJson(['runs', id])) as { runs: ReadRun[] }).runs,
    sweepState: async (id) =>
      ((await cluster.sweepJson(['show', id])) as { sweep: { state: string } }).sweep.state,
    async cancel(ref) {
      expect((await cluster.sweep(['cancel', ref, '--yes'])).stderr).toBe('')
    },
    async stopRun(id) {
      const code = `import wandb; wandb.Api().run('me/default/${id}').stop()`
      expect((await place.python(code)).stderr).not.toContain('Error')
    },
    untilOneRuns: (id) =>
      waitFor(
        'a run runs',
        async () => (await agents.readRuns(id)).find(({ state }) => state === 'running'),
        {
          timeoutMs: 60_000,
          intervalMs: 200,
        },
      ),
    leaves: (agent) =>
      waitFor('the agent leaves', () => agent.exit(), {
        timeoutMs: 120_000,
        intervalMs: 100,
        details: () => agent.stderr(),
      }),
    async close() {
      place.close()
      await cluster.close()
    },
  }
  return agents
}
