// A project of 1,000 runs, read with W&B's own client. How long it takes is measured by `npm run bench -- wandb`.
import { afterAll, beforeAll, expect, describe, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'
import { askOfRuns, makeRuns } from './many-runs.ts'

const RUN_COUNT = 1_000

describe.skipIf(!hasWandbClient)("W&B's client reads 1,000 runs", () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster()
    place = openWandbWorkplace(cluster.server, cluster.token)
    await makeRuns(cluster, RUN_COUNT)
  }, 180_000)
  afterAll(async () => {
    place?.close()
    await cluster?.close()
  })

  test('in a list, a list with everything, and a filtered and ordered one', async () => {
    const { answers } = await askOfRuns(place)
    expect(answers).toEqual({ plain: 1_000, full: 1_000, some: 499, first: 'many0999', best: 'many0000' })
  })
})
