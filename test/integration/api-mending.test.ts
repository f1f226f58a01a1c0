// Mending a sweep over HTTP on a real store: edit, extend, enqueue, retry, what each refuses, and what it leaves alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashConfigText } from '../../sweeps/config-hash.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { RunId, SweepId, SweepState } from '../../sweeps/sweep.ts'
import { startApi, storedRun, type ApiHarness } from './api-harness.ts'

const FILE = `method: random
program: train.py
metric: {name: loss, goal: minimize}
run_cap: 4
parameters:
  lr: {min: 0.0, max: 9.0}
  n: {min: 1, max: 9}
`

let api: ApiHarness
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

async function createSweep(text = FILE): Promise<SweepId> {
  return (await api.post('/api/v1/sweeps', { text })).json.id as SweepId
}

/** As the scheduler would have left it. */
async function setState(id: SweepId, state: SweepState, runCount = 0): Promise<void> {
  await api.store.write(async (tx) => {
    const sweep = await tx.findSweep(id)
    if (sweep !== null)
      await tx.saveSweep({ ...sweep, state, runCount, finishedAt: state === 'finished' ? 5 : null })
  })
}

async function insert(...runs: RunRecord[]): Promise<void> {
  await api.store.write((tx) => tx.insertRuns(runs))
}

const mend = (id: string, verb: string, body: object) => api.post(`/api/v1/sweeps/${id}/${verb}`, body)
const changesOf = async (id: string) =>
  (await api.get(`/api/v1/changes?limit=5000&sweep=${id}`)).json.changes as { event: string }[]

describe('POST /sweeps/REF/edit', () => {
  it('makes a new version, says what changed, and tells the dispatcher', async () => {
    const id = await createSweep()
    const looks = api.lookCount
    const answer = await mend(id, 'edit', { set: ['run_cap=9', 'max_parallel=2', 'retry.max_attempts=3'] })

    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      changed: true,
      changes: [
        { path: 'run_cap', from: '4', to: '9' },
        { path: 'max_parallel', from: null, to: '2' },
        { path: 'retry', from: null, to: '{"max_attempts":3}' },
      ],
      sweep: { specVersion: 2, runCap: 9, maxParallel: 2, maxAttempts: 3, state: 'running' },
    })
    expect(api.lookCount).toBe(looks + 1)
    const { versions } = (await api.get(`/api/v1/sweeps/${id}/versions`)).json
    expect(versions.map(({ version }: { version: number }) => version)).toEqual([1, 2])
    expect([versions[0].config, versions[1].config]).toEqual([FILE, answer.json.sweep.config])
    expect((await changesOf(id)).at(-1)).toMatchObject({ event: 'sweep.edited', data: { version: 2 } })
  })

  it('takes a key out, and takes a whole file', async () => {
    const id = await createSweep()
    expect((await mend(id, 'edit', { unset: ['run_cap'] })).json.sweep.runCap).toBeNull()
    const whole = await mend(id, 'edit', { text: FILE.replace('run_cap: 4', 'run_cap: 6') })
    expect(whole.json).toMatchObject({ changes: [{ path: 'run_cap', from: null, to: '6' }] })
  })

  it('changes nothing in a dry run, nor when it stands so already', async () => {
    const id = await createSweep()
    const looks = api.lookCount
    const dry = await mend(id, 'edit', { set: ['run_cap=9'], dryRun: true })
    expect(dry.json).toMatchObject({ changed: true, changes: [{ path: 'run_cap', from: '4', to: '9' }] })
    const same = await mend(id, 'edit', { set: ['run_cap=4'] })
    expect(same.json).toMatchObject({ changed: false, changes: [] })
    expect((await api.get(`/api/v1/sweeps/${id}`)).json.sweep).toMatchObject({ specVersion: 1, runCap: 4 })
    expect(api.lookCount).toBe(looks + 1)
  })

  it('refuses the space, an unsound file, and a version that is not the newest', async () => {
    const id = await createSweep()
    const space = await mend(id, 'edit', { set: ['parameters.lr.max=20.0'] })
    expect(space).toMatchObject({ status: 400, json: { error: { at: 'parameters' } } })
    expect(await mend(id, 'edit', { set: ['run_cap=-1'] })).toMatchObject({ status: 422 })
    await mend(id, 'edit', { set: ['run_cap=5'], expectedVersion: 1 })
    const late = await mend(id, 'edit', { set: ['run_cap=6'], expectedVersion: 1 })
    expect(late).toMatchObject({ status: 409, json: { error: { code: 'ILLEGAL_TRANSITION' } } })
    expect((await api.get(`/api/v1/sweeps/${id}`)).json.sweep.runCap).toBe(5)
  })

  it('opens a finished sweep again, and a finishing one only when it may propose more', async () => {
    const finished = await createSweep()
    await setState(finished, 'finished', 4)
    const reopened = await mend(finished, 'edit', { set: ['max_parallel=1'] })
    expect(reopened.json.sweep).toMatchObject({ state: 'running', finishedAt: null })
    const finishing = await createSweep()
    await setState(finishing, 'finishing', 4)
    expect((await mend(finishing, 'edit', { set: ['max_parallel=1'] })).json.sweep.state).toBe('finishing')
    expect((await mend(finishing, 'edit', { set: ['run_cap=5'] })).json.sweep.state).toBe('running')
    const paused = await createSweep()
    await setState(paused, 'paused')
    expect((await mend(paused, 'edit', { set: ['run_cap=5'] })).json.sweep.state).toBe('paused')
  })

  it.each(['stopped', 'cancelled', 'failed'] as const)('leaves a %s sweep as it is', async (state) => {
    const id = await createSweep()
    await setState(id, state)
    for (const [verb, body] of [
      ['edit', { set: ['run_cap=9'] }],
      ['extend', { addRuns: 5 }],
      ['enqueue', { text: '{lr: 1.0, n: 1}' }],
      ['retry', {}],
    ] as const) {
      const refused = await mend(id, verb, body)
      expect([verb, refused.status]).toEqual([verb, 409])
      expect(refused.json.error.message).toContain(`is ${state}`)
    }
  })
})

describe('POST /sweeps/REF/extend', () => {
  it('adds to the cap as it is then: two extensions count twice', async () => {
    const id = await createSweep()
    await setState(id, 'finished', 4)
    await Promise.all([mend(id, 'extend', { addRuns: 10 }), mend(id, 'extend', { addRuns: 10 })])
    const { sweep } = (await api.get(`/api/v1/sweeps/${id}`)).json
    expect(sweep).toMatchObject({ runCap: 24, specVersion: 3, state: 'running' })
    expect(sweep.config).toContain('run_cap: 24')
  })

  it('refuses where there is no cap', async () => {
    const id = await createSweep(FILE.replace('run_cap: 4\n', ''))
    const refused = await mend(id, 'extend', { addRuns: 5 })
    expect(refused).toMatchObject({ status: 409, json: { error: { code: 'ILLEGAL_TRANSITION' } } })
  })
})

describe('POST /sweeps/REF/enqueue', () => {
  it('inserts runs that wait, counted in the cap, with their numbers as written', async () => {
    const id = await createSweep()
    const answer = await mend(id, 'enqueue', { text: '{"lr":1.0,"n":1}\n{"lr":2.5,"n":2}\n' })
    expect(answer.json.known).toEqual([])
    expect(answer.json.enqueued.map(({ configText }: { configText: string }) => configText)).toEqual([
      '{"lr":1.0,"n":1}',
      '{"lr":2.5,"n":2}',
    ])
    const runs = await api.store.listWaitingRuns(id, 10)
    expect(runs).toMatchObject([
      { state: 'queued', attemptCount: 0, openAttempt: null, suggestedBy: null, replicate: 0 },
      { state: 'queued' },
    ])
    expect(runs[0]?.seed).not.toBe(runs[1]?.seed)
    expect((await api.store.findSweep(id))?.runCount).toBe(2)
  })

  it('leaves out what the sweep has, unless a repeat is wanted', async () => {
    const id = await createSweep()
    const first = await mend(id, 'enqueue', { text: '{lr: 1.0, n: 1}' })
    const [{ runId }] = first.json.enqueued as [{ runId: string }]
    const again = await mend(id, 'enqueue', { text: '[{lr: 1, n: 1}, {lr: 2.0, n: 1}, {lr: 2.0, n: 1}]' })
    expect(again.json.known).toMatchObject([{ runId, state: 'queued' }])
    expect(again.json.enqueued).toHaveLength(1)
    const repeated = await mend(id, 'enqueue', { text: '{lr: 1.0, n: 1}', repeat: true })
    expect(repeated.json.enqueued).toHaveLength(1)
    const hash = hashConfigText('{"lr":1.0,"n":1}')
    const copies = await api.store.findRunsByHash(id, [hash])
    expect(copies.map((run) => run.replicate)).toEqual([0, 1])
  })

  it('never goes beyond run_cap: all or none', async () => {
    const id = await createSweep()
    await setState(id, 'running', 3)
    const refused = await mend(id, 'enqueue', { text: '[{lr: 1.0, n: 1}, {lr: 2.0, n: 1}]' })
    expect(refused.status).toBe(409)
    expect(refused.json.error.hint).toContain(`sweep extend ${id} --runs +2`)
    expect(await api.store.listWaitingRuns(id, 10)).toEqual([])
  })

  it('opens a finished sweep for these runs alone', async () => {
    const id = await createSweep(FILE.replace('run_cap: 4\n', ''))
    await setState(id, 'finished', 4)
    expect((await mend(id, 'enqueue', { text: '{lr: 1.0, n: 1}' })).json.sweep.state).toBe('finishing')
  })

  it('says what is wrong with them and adds none', async () => {
    const id = await createSweep()
    const refused = await mend(id, 'enqueue', { text: '{"lr":1.0,"n":1}\n{"lr":2.0,"depth":2}' })
    expect(refused.status).toBe(422)
    const codes = refused.json.error.details.problems.map(({ code }: { code: string }) => code)
    expect(codes).toEqual(['unknown_parameter', 'missing_parameter'])
    expect(await api.store.listWaitingRuns(id, 10)).toEqual([])
  })
})

describe('POST /sweeps/REF/retry', () => {
  const failed = (id: SweepId, runId: string, facts: Partial<RunRecord> = {}) =>
    storedRun(id, runId, {
      state: 'failed',
      attemptCount: 1,
      failureCount: 1,
      stopReason: 'exit code 1',
      finishedAt: 9,
      ...facts,
    })

  it('sends failed and lost runs back, with all of their budget, and opens a finished sweep for them', async () => {
    const id = await createSweep()
    await insert(
      failed(id, 'rt1aaaaa'),
      failed(id, 'rt1bbbbb', { state: 'lost', lossCount: 20 }),
      storedRun(id, 'rt1ccccc', { state: 'finished' }),
      failed(id, 'rt1ddddd', { state: 'cancelled' }),
    )
    await setState(id, 'finished', 4)

    const answer = await mend(id, 'retry', {})

    expect(answer.json).toMatchObject({ retried: ['rt1aaaaa', 'rt1bbbbb'], notRetried: [] })
    expect(answer.json.sweep).toMatchObject({ state: 'finishing', finishedAt: null })
    expect(await api.store.listWaitingRuns(id, 10)).toMatchObject(
      ['rt1aaaaa', 'rt1bbbbb'].map((runId) => ({
        id: runId,
        state: 'queued',
        attemptCount: 1,
        lossCount: 0,
        failureCount: 0,
        stopReason: null,
        finishedAt: null,
      })),
    )
    expect((await api.store.findSweep(id))?.runCount).toBe(4)
  })

  it('takes a filter, a number and a dry run', async () => {
    const id = await createSweep()
    await insert(
      failed(id, 'rt2aaaaa', { tags: ['x'] }),
      failed(id, 'rt2bbbbb', { tags: ['x'] }),
      failed(id, 'rt2ccccc'),
    )
    const dry = await mend(id, 'retry', { where: 'tag:x', dryRun: true })
    expect(dry.json.retried).toEqual(['rt2aaaaa', 'rt2bbbbb'])
    expect(await api.store.listWaitingRuns(id, 10)).toEqual([])
    expect((await mend(id, 'retry', { where: 'tag:x', max: 1 })).json.retried).toEqual(['rt2aaaaa'])
  })

  it('takes runs by their ids, and says which are neither failed nor lost', async () => {
    const id = await createSweep()
    await insert(failed(id, 'rt3aaaaa'), storedRun(id, 'rt3bbbbb', { state: 'finished' }))
    const answer = await mend(id, 'retry', { runIds: ['rt3aaaaa', 'rt3bbbbb'] })
    expect(answer.json).toMatchObject({
      retried: ['rt3aaaaa'],
      notRetried: [{ runId: 'rt3bbbbb', state: 'finished' }],
    })
  })

  it('sends a run back once, however often it is asked', async () => {
    const id = await createSweep()
    const runId = 'rt4aaaaa' as RunId
    await insert(failed(id, runId))
    const answers = await Promise.all([1, 2, 3].map(() => mend(id, 'retry', { runIds: [runId] })))
    expect(answers.flatMap(({ json }) => json.retried as string[])).toEqual([runId])
  })
})
