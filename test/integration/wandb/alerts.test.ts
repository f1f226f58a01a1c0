// `run.alert()` of W&B's own client: kept with the run, shown by our API, the command and the change log.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'

describe.skipIf(!hasWandbClient)("alerts of W&B's client", () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster?.close())

  test('are kept and shown; one that comes again too soon is not', async () => {
    const place = openWandbWorkplace(cluster.server, cluster.token)
    const result = await place.python(`
import wandb
with wandb.init(project='alerts', id='alertrun') as run:
    run.alert('low accuracy', 'after epoch 3', level=wandb.AlertLevel.WARN, wait_duration=60)
    run.alert('low accuracy', 'again', level=wandb.AlertLevel.WARN, wait_duration=60)
    run.alert('broken', level='ERROR', text='')
`)
    place.close()
    expect(result.stderr).not.toContain('Traceback')

    const ask = async (path: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${cluster.token}` }
      return (await fetch(`${cluster.server}/api/v1${path}`, { headers })).json()
    }
    const { run } = (await ask('/runs/alertrun')) as { run: { alerts: object[] } }
    expect(run.alerts).toMatchObject([
      { level: 'warn', title: 'low accuracy', text: 'after epoch 3' },
      { level: 'error', title: 'broken' },
    ])
    const { changes } = (await ask('/changes?since=0&limit=1000')) as { changes: { event: string }[] }
    expect(changes.filter(({ event }) => event === 'run.alerted')).toHaveLength(2)
    expect((await cluster.sweep(['show', 'alertrun'])).stdout).toContain('alert warn: low accuracy')
  })
})
