// Runs that W&B's own client tracks without a sweep: what it logs is what our API gives back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'
import { readRun, readRows } from './read-run.ts'

describe.skipIf(!hasWandbClient)("a run of W&B's client", () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster()
    place = openWandbWorkplace(cluster.server, cluster.token)
  })
  afterAll(async () => {
    place?.close()
    await cluster?.close()
  })

  test('is finished with its metrics, config and summary', async () => {
    const result = await place.python(`
import wandb
run = wandb.init(project='demo', id='abcd1234', name='first', config={'lr': 0.1, 'layers': [1, 2], 'opt': {'name': 'adam'}},
                 tags=['a', 'b'], notes='some notes', group='g', job_type='train')
for i in range(20):
    run.log({'loss': 1 / (i + 1), 'status': 'going', 'val': {'acc': i / 20, 'best': {'f1': i}}})
print('a line')
run.summary['chosen'] = {'max': 0.86}
run.finish()
`)
    expect(result.stderr).not.toContain('Traceback')
    expect(result.code).toBe(0)

    const run = await readRun(cluster, 'abcd1234')
    expect(run).toMatchObject({
      state: 'finished',
      name: 'first',
      project: 'demo',
      sweepId: null,
      config: { lr: 0.1, layers: [1, 2], opt: { name: 'adam' } },
      tags: ['a', 'b'],
      notes: 'some notes',
      attempt: 1,
    })
    expect(run.summary['loss']).toMatchObject({ last: 1 / 20, max: 1 })
    expect(run.summary['val.best.f1']).toMatchObject({ last: 19 })
    expect(run.values).toMatchObject({ status: 'going', chosen: { max: 0.86 } })
    const rows = await readRows(cluster, 'abcd1234')
    expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(rows.map(({ metrics }) => metrics['val.acc'])).toEqual(
      Array.from({ length: 20 }, (_, i) => i / 20),
    )
    expect((await cluster.sweep(['logs', 'abcd1234'])).stdout).toContain('a line')
  })
})
