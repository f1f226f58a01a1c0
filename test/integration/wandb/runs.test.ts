// Runs that W&B's own client tracks without a sweep: what it logs is what our API gives back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { hasWandbClient, openWandbWorkplace } from '../../support/wandb-client.ts'
import type { WandbWorkplace } from '../../support/wandb-client.ts'
import { waitFor } from '../../support/wait.ts'
import { createPoster } from './client-posts.ts'
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

  /** A script that logs `count` rows in a run of that id, and ends by itself or as told. */
  const script = (id: string, count: number, { init = '', end = 'run.finish()' } = {}) => `
import wandb
run = wandb.init(project='demo', id='${id}'${init === '' ? '' : `, ${init}`})
start = run.starting_step
for i in range(${count}):
    run.log({'loss': 100 - start - i, 'from': start})
${end}
`
  const stepsOf = async (id: string) =>
    (await readRows(cluster, id)).map(({ step, attempt }) => `${step}@${attempt}`)

  test('that is resumed goes on at the next step, as its next attempt', async () => {
    expect((await place.python(script('resumed1', 3))).code).toBe(0)
    for (const resume of ['allow', 'must']) {
      const result = await place.python(script('resumed1', 2, { init: `resume='${resume}'` }))
      expect(result.stderr).not.toContain('Traceback')
    }
    expect(await readRun(cluster, 'resumed1')).toMatchObject({ state: 'finished', attempt: 3 })
    expect(await stepsOf('resumed1')).toEqual(['0@1', '1@1', '2@1', '3@2', '4@2', '5@3', '6@3'])
    expect((await readRun(cluster, 'resumed1')).summary['loss']).toMatchObject({ last: 94, steps: 7 })
  })

  test('cannot be resumed when there is none, nor begun again when it shall be new', async () => {
    const missing = await place.python(script('missing1', 1, { init: "resume='must'" }))
    expect(missing.code).not.toBe(0)
    expect(missing.stderr).toContain('has not been initialized')
    expect((await place.python(script('once1234', 1, { init: "resume='never'" }))).code).toBe(0)
    const again = await place.python(script('once1234', 1, { init: "resume='never'" }))
    expect(again.code).not.toBe(0)
    expect(again.stderr).toContain("'never'")
    expect((await readRun(cluster, 'once1234')).attempt).toBe(1)
  })

  test('of the same id replaces what it logged before', async () => {
    expect((await place.python(script('twice123', 4))).code).toBe(0)
    expect((await place.python(script('twice123', 2))).code).toBe(0)
    expect(await stepsOf('twice123')).toEqual(['0@2', '1@2'])
    expect(await readRun(cluster, 'twice123')).toMatchObject({ state: 'finished', attempt: 2 })
  })

  test('of an id that is none of ours has one of ours beside it', async () => {
    expect((await place.python(script('My-Run_1', 1))).code).toBe(0)
    const response = await fetch(`${cluster.server}/api/v1/runs?project=demo&limit=100`, {
      headers: { authorization: `Bearer ${cluster.token}` },
    })
    const { runs } = (await response.json()) as { runs: { id: string; name: string; state: string }[] }
    expect(runs.filter(({ id }) => !/^[0-9a-z]{8}$/.test(id))).toEqual([])
    const resumed = await place.python(script('My-Run_1', 1, { init: "resume='must'" }))
    expect(resumed.code).toBe(0)
  })

  test('failed when it says so, or its script raises', async () => {
    expect((await place.python(script('failed01', 1, { end: 'run.finish(exit_code=3)' }))).code).toBe(0)
    expect(await readRun(cluster, 'failed01')).toMatchObject({
      state: 'failed',
      attempts: [{ outcome: 'failed', exitCode: 3 }],
    })
    expect((await place.python(script('failed02', 1, { end: "raise ValueError('no')" }))).code).toBe(1)
    expect((await readRun(cluster, 'failed02')).state).toBe('failed')
    expect(await stepsOf('failed02')).toEqual(['0@1'])
  })

  test('is not begun with a wrong key, nor with one that may only look', async () => {
    const wrong = await place.python(script('wrong123', 1), { env: { WANDB_API_KEY: 'x'.repeat(48) } })
    expect(wrong.code).not.toBe(0)
    expect(wrong.stderr).toMatch(/401|not known here|API key/i)
    const made = await cluster.sweepJson(['token', 'new', '--role', 'viewer', '--name', 'w', '--json'])
    const key = (made as { secret?: string; token?: string }).secret ?? (made as { token: string }).token
    const looking = await place.python(script('wrong123', 1), { env: { WANDB_API_KEY: key } })
    expect(looking.code).not.toBe(0)
    expect(looking.stderr).toContain('a token of role viewer may not do this')
  })

  test('told to stop by a person ends with a KeyboardInterrupt, and is cancelled', async () => {
    const child = place.start('stopped', [
      'python',
      '-c',
      `
import time, wandb
run = wandb.init(project='demo', id='stopped1')
while True:
    run.log({'loss': 1})
    time.sleep(0.2)
`,
    ])
    await waitFor('the run to log', async () => (await stepsOf('stopped1').catch(() => [])).length > 2)
    const poster = createPoster(cluster.server, cluster.token)
    const id = btoa('Run:v1:stopped1')
    await poster.graphql('mutation StopRun($id: ID!) { stopRun(input: {id: $id}) { success } }', { id })
    await child.exited
    expect((await readRun(cluster, 'stopped1')).state).toBe('cancelled')
  })
})
