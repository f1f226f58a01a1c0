// A sweep with early termination that one of W&B's own agents and two of ours work at once.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot, startCluster } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'
import { hasWandbClient, openWandbWorkplace } from '../support/wandb-client.ts'
import type { WandbWorkplace } from '../support/wandb-client.ts'

const LIMIT_MS = 420_000
const RUN_CAP = 14

/** Falls towards its level: whether a run is good shows early. */
const TRAIN = `
import time
import wandb

with wandb.init() as run:
    for step in range(1, 19):
        run.log({'loss': run.config.level * (1 + 1 / step), 'step': step})
        time.sleep(0.5)
`

/** Good ones first, so that there is something to be worse than. */
const SWEEP = `
method: grid
metric: {name: loss, goal: minimize}
program: train.py
run_cap: ${RUN_CAP}
parameters:
  level: {values: [${Array.from({ length: 20 }, (_, i) => i + 1).join(', ')}]}
early_terminate: {type: hyperband, min_iter: 3, eta: 2}
`

interface ReadRun {
  readonly id: string
  readonly state: string
  readonly config: { readonly level: number }
  readonly value: number | null
  readonly attempts: readonly { readonly agentId: string; readonly outcome: string | null }[]
}

describe.skipIf(!hasWandbClient)("W&B's agents beside ours", { timeout: LIMIT_MS }, () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster({ lease: '60s' })
    place = openWandbWorkplace(cluster.server, cluster.token)
    place.write('train.py', TRAIN)
    cluster.writeFile('work/train.py', TRAIN)
  })
  afterAll(async () => {
    place?.close()
    await cluster?.close()
  })

  test('complete, unique, to the cap exactly, with stops on both sides', async () => {
    const id = await cluster.create(cluster.writeFile('sweep.yaml', SWEEP))
    const bin = join(repositoryRoot, '.cache', 'wandb', 'bin')
    const trainingEnv = {
      PATH: `${bin}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
      WANDB_ERROR_REPORTING: 'false',
      WANDB_SILENT: 'true',
      PYTHONDONTWRITEBYTECODE: '1',
    }
    const theirs = place.start('wandb-agent', ['wandb', 'agent', id])
    const ours = ['ours-a', 'ours-b'].map((name) =>
      cluster.startAgent({ name, sweepIds: [id], env: trainingEnv }),
    )
    const exits = await waitFor(
      'every agent leaves by itself',
      () => {
        const all = [theirs, ...ours].map((agent) => agent.exit())
        return all.every((exit) => exit !== null) && all
      },
      { timeoutMs: LIMIT_MS - 60_000, intervalMs: 250, details: () => theirs.stderr() + cluster.logs() },
    )
    expect(exits.map((exit) => exit?.code)).toEqual([0, 0, 0])

    const { sweep } = (await cluster.sweepJson(['show', id])) as { sweep: { state: string } }
    expect(sweep.state).toBe('finished')
    const { runs } = (await cluster.sweepJson(['runs', id])) as { runs: ReadRun[] }
    expect(runs).toHaveLength(RUN_CAP)
    expect(new Set(runs.map(({ config }) => config.level)).size).toBe(RUN_CAP)
    expect(runs.filter(({ state }) => state !== 'finished' && state !== 'stopped')).toEqual([])
    expect(runs.map(({ attempts }) => attempts.length)).toEqual(Array(RUN_CAP).fill(1))

    const { agents } = (await cluster.sweepJson(['agents', '--all'])) as {
      agents: { id: string; version: string }[]
    }
    const wandbIds = agents.filter(({ version }) => version === 'wandb').map((agent) => agent.id)
    expect(wandbIds).toHaveLength(1)
    const isTheirs = (run: ReadRun) => wandbIds.includes(run.attempts[0]?.agentId ?? '')
    for (const side of [runs.filter(isTheirs), runs.filter((run) => !isTheirs(run))]) {
      expect(side.length).toBeGreaterThan(1)
      expect(side.filter(({ state }) => state === 'stopped').length).toBeGreaterThan(0)
      for (const { config, value } of side) expect(value).toBeGreaterThan(config.level)
    }
  })
})
