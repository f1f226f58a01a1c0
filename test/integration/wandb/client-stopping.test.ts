// Early termination of runs that report by W&B's client under our agent: judged with the post that brings the rows.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { waitFor } from '../../support/wait.ts'
import { createPoster, historyLine } from './client-posts.ts'
import { readRun } from './read-run.ts'
import type { ReadRun } from './read-run.ts'

const SWEEP = `
command: [sleep, '120']
method: grid
project: stopping
metric: { name: loss, goal: minimize }
early_terminate: { type: hyperband, min_iter: 2, eta: 2 }
parameters:
  x: { values: [1, 2, 3, 4] }
`

describe('early termination of runs that log with a W&B client', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster?.close())

  test('answers the post that condemns a run with stopped, and its agent ends it', async () => {
    const sweepId = await cluster.create(cluster.writeFile('sweep.yaml', SWEEP))
    cluster.startAgent({ name: 'gpu-1', sweepIds: [sweepId], slots: 4 })
    const running = await waitFor(
      'four runs to run',
      async () => {
        const runs = await listRuns()
        return runs.length === 4 && runs.every(({ state }) => state === 'running') ? runs : null
      },
      { timeoutMs: 30_000, details: () => cluster.logs() },
    )
    const poster = createPoster(cluster.server, cluster.token)
    const answers: unknown[] = []
    for (const [index, { id }] of running.entries()) {
      const run = await poster.begin(id, { modelName: 'stopping', sweep: sweepId })
      expect(run.id).toBe(id)
      const content = [0, 1, 2].map((step) => historyLine(step, { loss: index + 1 }))
      answers.push(await run.post({ files: { 'wandb-history.jsonl': { offset: 0, content } } }))
    }
    expect(answers[0]).toEqual({})
    expect(answers[3]).toEqual({ stopped: true })
    const condemned = running.filter((_, index) => JSON.stringify(answers[index]).includes('true'))
    for (const { id } of condemned) {
      const stopped = await waitFor(
        'the run to be stopped',
        async () => {
          const run = await readRun(cluster, id)
          return run.state === 'stopped' ? run : null
        },
        { timeoutMs: 30_000 },
      )
      expect(stopped.attempts).toMatchObject([{ outcome: 'stopped' }])
    }

    async function listRuns(): Promise<ReadRun[]> {
      const response = await fetch(`${cluster.server}/api/v1/sweeps/${sweepId}/runs`, {
        headers: { authorization: `Bearer ${cluster.token}` },
      })
      return ((await response.json()) as { runs: ReadRun[] }).runs
    }
  })
})
