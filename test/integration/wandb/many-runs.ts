// A project of many runs as W&B's client makes them, and the questions that its Api is asked of them: for the test that
// they are answered rightly, and for the bench that measures it.
import type { Cluster } from '../../support/cluster.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'

const AT_ONCE = 20

/** Runs `many0000`, `many0001`, ... of the project `many`. */
export async function makeRuns(cluster: Cluster, count: number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => makeRun(cluster, from + index)))
}

export interface ManyRunsAnswers {
  readonly plain: number
  readonly full: number
  readonly some: number
  readonly first: string
  readonly best: string
}

const QUESTIONS = `
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

/** A list, a list with everything, one with a filter and an order, and the best. */
export async function askOfRuns(
  place: WandbWorkplace,
): Promise<{ readonly answers: ManyRunsAnswers; readonly seconds: readonly number[] }> {
  const { stdout, stderr } = await place.python(QUESTIONS)
  const text = /^=>(.*)$/m.exec(stdout)?.[1]
  if (text === undefined) throw new Error(stderr)
  const { seconds, ...answers } = JSON.parse(text) as ManyRunsAnswers & { seconds: number[] }
  return { answers, seconds }
}

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
