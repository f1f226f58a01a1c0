// A project of 1,000 runs, read with W&B's own client.
import { afterAll, beforeAll, expect, describe, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'

const RUN_COUNT = 1_000
const AT_ONCE = 20

describe.skipIf(!hasWandbClient)("W&B's client reads 1,000 runs", () => {
  let cluster: Cluster
  let place: WandbWorkplace
  beforeAll(async () => {
    cluster = await startCluster()
    place = openWandbWorkplace(cluster.server, cluster.token)
    for (let from = 0; from < RUN_COUNT; from += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => makeRun(cluster, from + index)))
  }, 180_000)
  afterAll(async () => {
    place?.close()
    await cluster?.close()
  })

  test('in under two seconds: a list, a list with everything, and a filtered and ordered one', async () => {
    const code = `
import json, time, wandb
api = wandb.Api()
times = []
def timed(read):
    started = time.monotonic()
    result = read()
    times.append(time.monotonic() - started)
    return result
plain = timed(lambda: len(list(api.runs("many"))))
full = timed(lambda: sum(r.summary["loss"] >= 0 and r.config["lr"] > 0 for r in wandb.Api().runs("many", lazy=False, per_page=500)))
some = timed(lambda: [r.id for r in api.runs("many", filters={"summary_metrics.acc.max": {"$gt": 0.5}}, order="-summary_metrics.acc.max", per_page=100)])
best = timed(lambda: api.runs("many", order="+summary_metrics.loss", per_page=1)[0].id)
print("=>" + json.dumps({"plain": plain, "full": full, "some": len(some), "first": some[0], "best": best, "seconds": times}))`
    const { stdout, stderr } = await place.python(code)
    const text = /^=>(.*)$/m.exec(stdout)?.[1]
    if (text === undefined) throw new Error(stderr)
    const { seconds, ...read } = JSON.parse(text) as { seconds: number[] }
    console.log(`1,000 runs: ${seconds.map((one) => one.toFixed(2)).join(' s, ')} s`)
    expect(read).toEqual({ plain: 1_000, full: 1_000, some: 499, first: 'many0999', best: 'many0000' })
    for (const one of seconds) expect(one).toBeLessThan(2)
  })
})

/** As the client makes one. */
async function makeRun(cluster: Cluster, index: number): Promise<void> {
  const name = `many${String(index).padStart(4, '0')}`
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${cluster.server}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok || text.includes('"errors"')) throw new Error(text)
  }
  const config = {
    lr: { value: (index + 1) / 1e4 },
    layers: { value: index % 7 },
    _wandb: { value: { t: {} } },
  }
  await post('/graphql', {
    query: 'mutation UpsertBucket($input: UpsertBucketInput!) { upsertBucket(input: $input) { inserted } }',
    variables: { input: { name, modelName: 'many', host: 'h', config: JSON.stringify(config) } },
  })
  const summary = { loss: index / 1000, acc: { max: index / 1000 }, _step: 2 }
  const lines = [0, 1, 2].map((step) =>
    JSON.stringify({ loss: index / 1000 + 2 - step, _step: step, _timestamp: 1.8e9 + step, _runtime: step }),
  )
  await post(`/files/sweep/many/${name}/file_stream`, {
    files: {
      'wandb-history.jsonl': { offset: 0, content: lines },
      'wandb-summary.json': { offset: 0, content: [JSON.stringify(summary)] },
    },
    complete: true,
    exitcode: 0,
  })
}
