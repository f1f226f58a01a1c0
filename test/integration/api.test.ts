import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MetricSummary, StoreTransaction } from '../../sweeps/store.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import { GRID, startApi, storedAttempt, storedRun, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

async function createSweep(fields: Record<string, unknown> = {}): Promise<SweepId> {
  const answer = await api.post('/api/v1/sweeps', { text: GRID, ...fields })
  expect(answer.status).toBe(201)
  return answer.json.id as SweepId
}

async function insertRuns(...runs: ReturnType<typeof storedRun>[]): Promise<void> {
  await api.store.write(async (tx) => void (await tx.insertRuns(runs)))
}

function summary(key: string, value: number): MetricSummary {
  return { key, last: value, min: value, max: value, best: value, bestStep: 1, lastStep: 1, steps: 1 }
}

describe('creating a sweep', () => {
  it('answers with its id, link, agent command and the sweep as stored, and tells the dispatcher', async () => {
    const answer = await api.post('/api/v1/sweeps', {
      text: GRID,
      name: 'my sweep',
      project: 'vision',
      seed: 7,
    })
    const { id, sweep } = answer.json
    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({ name: 'my sweep', agentCommand: `sweep agent ${id}`, warnings: [] })
    expect(answer.json.url).toBe(`${api.url}/s/${id}`)
    expect(sweep).toMatchObject({
      id,
      project: 'vision',
      state: 'running',
      method: 'grid',
      config: GRID,
      specVersion: 1,
      seed: 7,
      size: 3,
      runCap: null,
      best: null,
      startedAt: null,
    })
    expect(sweep.counts).toEqual({
      queued: 0,
      running: 0,
      finished: 0,
      stopped: 0,
      failed: 0,
      cancelled: 0,
      lost: 0,
    })
    expect(api.lookCount).toBeGreaterThan(0)
    const { json } = await api.get('/api/v1/changes')
    expect(json.changes.at(-1)).toMatchObject({ entity: 'sweep', entityId: id, event: 'sweep.created' })
  })

  it('applies settings before it reads the file, and keeps the text with them', async () => {
    const answer = await api.post('/api/v1/sweeps', { text: GRID, set: ['run_cap=2'], paused: true })
    expect(answer.json.sweep).toMatchObject({ runCap: 2, state: 'paused' })
    expect(answer.json.sweep.config).toContain('run_cap')
  })

  it('refuses a bad file with every problem, line and column', async () => {
    const answer = await api.post('/api/v1/sweeps', { text: 'method: foo\n' })
    expect(answer.status).toBe(422)
    expect(answer.json.error.code).toBe('CONFIG_INVALID')
    expect(answer.json.error.details.problems.length).toBeGreaterThanOrEqual(2)
    expect(answer.json.error.details.problems[0]).toMatchObject({ line: 1 })
  })

  it('refuses a file without the program that its command needs', async () => {
    const answer = await api.post('/api/v1/sweeps', { text: GRID.replace('program: train.py\n', '') })
    expect(answer.status).toBe(422)
    expect(answer.json.error.message).toMatch(/program/)
  })
})

describe('naming a sweep', () => {
  it('takes an id, a prefix of three, its name and @last', async () => {
    const id = await createSweep({ name: 'a name of its own' })
    for (const ref of [id, id.slice(0, 5), encodeURIComponent('a name of its own'), '@last']) {
      expect((await api.get(`/api/v1/sweeps/${ref}`)).json.sweep.id).toBe(id)
    }
  })

  it('says which sweeps were near when there is none', async () => {
    const id = await createSweep({ name: 'transformer' })
    const answer = await api.get('/api/v1/sweeps/transfromer')
    expect(answer.status).toBe(404)
    expect(answer.json.error).toMatchObject({ code: 'NOT_FOUND', message: 'no sweep "transfromer"' })
    expect(answer.json.error.hint).toContain(id)
  })

  it('lists the candidates when a name fits several', async () => {
    const ids = [await createSweep({ name: 'twins' }), await createSweep({ name: 'twins' })]
    const answer = await api.get('/api/v1/sweeps/twins')
    expect(answer.status).toBe(409)
    expect(answer.json.error.code).toBe('AMBIGUOUS_ID')
    expect(answer.json.error.message).toMatch(/"twins" fits 2 sweeps: /)
    expect(answer.json.error.details.candidates.map((one: { id: string }) => one.id).sort()).toEqual(
      ids.sort(),
    )
  })

  it('resolves runs and sweeps alike', async () => {
    const id = await createSweep()
    await insertRuns(storedRun(id, 'rslv0001'))
    expect((await api.get('/api/v1/resolve/rslv')).json).toEqual({
      kind: 'run',
      id: 'rslv0001',
      name: 'rslv0001',
    })
    expect((await api.get('/api/v1/resolve/@last')).json).toMatchObject({ kind: 'sweep', id })
    expect((await api.get('/api/v1/sweeps/rslv0001')).status).toBe(404)
    expect((await api.get('/api/v1/runs/rs')).json.error.hint).toMatch(/at least 3/)
  })
})

describe('changing a sweep', () => {
  const change = async (id: string, action: string, body?: unknown) =>
    (await api.post(`/api/v1/sweeps/${id}/${action}`, body)).json

  it('pauses and resumes, and does nothing the second time', async () => {
    const id = await createSweep()
    expect(await change(id, 'pause', { reason: 'lunch' })).toMatchObject({
      changed: true,
      sweep: { state: 'paused', stateReason: 'lunch' },
    })
    const told = api.lookCount
    expect(await change(id, 'pause')).toMatchObject({ changed: false, sweep: { state: 'paused' } })
    expect(api.lookCount).toBe(told)
    expect(await change(id, 'resume')).toMatchObject({
      changed: true,
      sweep: { state: 'running', stateReason: null },
    })
    expect(await change(id, 'resume')).toMatchObject({ changed: false, sweep: { state: 'running' } })
  })

  async function sweepWithThreeRuns(prefix: string): Promise<{ id: SweepId; open: RunId }> {
    const id = await createSweep()
    const open = `${prefix}run` as RunId
    await insertRuns(
      storedRun(id, `${prefix}que`, { state: 'queued' }),
      storedRun(id, `${prefix}pre`, { state: 'preempted', attemptCount: 1 }),
      storedRun(id, open, { state: 'running', attemptCount: 1, openAttempt: 1 }),
    )
    await api.store.write((tx: StoreTransaction) => tx.insertAttempts([storedAttempt(open, 1, 'agent000')]))
    return { id, open }
  }

  it('stop cancels what waits and lets running runs go on', async () => {
    const { id, open } = await sweepWithThreeRuns('stop1')
    const answer = await change(id, 'stop')
    expect(answer).toMatchObject({
      changed: true,
      sweep: { state: 'stopped', counts: { cancelled: 2, running: 1 } },
    })
    expect(answer.sweep.finishedAt).not.toBeNull()
    expect((await api.store.findRun(open))?.wish).toBeNull()
    const events = (await api.get('/api/v1/changes?limit=5000')).json.changes.map(
      (one: { event: string }) => one.event,
    )
    expect(events.slice(-3)).toEqual(['sweep.stopped', 'run.cancelled', 'run.cancelled'])
  })

  it('cancel wishes the end of running runs, with the reason, also after a stop', async () => {
    const { id, open } = await sweepWithThreeRuns('stop2')
    await change(id, 'stop')
    expect(await change(id, 'cancel', { reason: 'no time' })).toMatchObject({
      changed: true,
      sweep: { state: 'stopped' },
    })
    expect(await api.store.findRun(open)).toMatchObject({
      wish: 'cancel',
      wishReason: 'no time',
      state: 'running',
    })
    const again = await api.post(`/api/v1/sweeps/${id}/cancel`)
    expect(again.status).toBe(409)
    const other = await sweepWithThreeRuns('stop3')
    expect(await change(other.id, 'cancel')).toMatchObject({
      sweep: { state: 'cancelled', counts: { cancelled: 2 } },
    })
    expect((await api.store.findRun(other.open))?.wish).toBe('cancel')
  })

  it('refuses to resume what a person ended, and says what to do', async () => {
    const id = await createSweep({ name: 'ended' })
    await change(id, 'cancel', { reason: 'wrong data' })
    const answer = await api.post(`/api/v1/sweeps/${id}/resume`)
    expect(answer.status).toBe(409)
    expect(answer.json.error).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
      message: `sweep ${id} "ended" is cancelled (wrong data): it cannot be resumed`,
    })
    expect(answer.json.error.hint).toContain(`sweep best ${id}`)
  })

  it('lists by project and state', async () => {
    const id = await createSweep({ project: 'listed', paused: true })
    await createSweep({ project: 'listed' })
    const { json } = await api.get('/api/v1/sweeps?project=listed&state=paused,failed')
    expect(json.sweeps.map((sweep: { id: string }) => sweep.id)).toEqual([id])
    expect((await api.get('/api/v1/sweeps?state=broken')).json.error.message).toMatch(
      /no sweep state "broken"/,
    )
  })
})

describe('runs', () => {
  let id: SweepId
  beforeAll(async () => {
    id = await createSweep({ project: 'ranked' })
    const text = '{"lr":1.0,"layers":3,"name":"=SUM(A1)"}'
    await insertRuns(
      storedRun(id, 'rank0001', {
        value: 0.5,
        finishedAt: 20,
        project: 'ranked',
        configText: text,
        attemptCount: 2,
      }),
      storedRun(id, 'rank0002', { value: 0.25, finishedAt: 30, project: 'ranked', state: 'stopped' }),
      storedRun(id, 'rank0003', {
        value: Number.NaN,
        project: 'ranked',
        configText: '{"lr":-2e-05,"opt":{"b":true}}',
      }),
      storedRun(id, 'rank0004', { value: 0.1, project: 'ranked', state: 'running', tags: ['base'] }),
      storedRun(id, 'rank0005', { project: 'ranked', state: 'preempted' }),
    )
    await api.store.write(async (tx) => {
      const run = 'rank0001' as RunId
      await tx.saveSummaries(run, [summary('loss', 0.5), { ...summary('acc', Infinity), best: null }])
      await tx.saveSummaries('rank0002' as RunId, [{ ...summary('loss', 0.25), last: 0.9 }])
      await tx.saveSummaries('rank0004' as RunId, [summary('loss', 0.1)])
      await tx.saveValues(
        run,
        new Map([
          ['note', '"text"'],
          ['list', '[1,2.0]'],
        ]),
      )
      await tx.insertAttempts([
        storedAttempt(run, 1, 'agent001', { outcome: 'lost', endedAt: 9, host: 'gpu-3' }),
        storedAttempt(run, 2, 'agent001', { outcome: 'finished', endedAt: 20, exitCode: 0 }),
      ])
      const row = (step: number, loss: number | 'NaN') => ({ step, at: 1000 * step, metrics: { loss } })
      await tx.insertMetrics([
        { runId: run, attempt: 1, seq: 2, rows: [row(0, 1), row(1, 0.9), row(2, 0.8)] },
        { runId: run, attempt: 2, seq: 2, rows: [row(1, 0.7), { ...row(2, 'NaN'), metrics: { acc: 1 } }] },
      ])
      await tx.insertLogs([
        { runId: run, attempt: 1, seq: 3, at: 5, stream: 'stdout', text: 'one\n' },
        { runId: run, attempt: 2, seq: 3, at: 6, stream: 'stderr', text: 'two\n' },
      ])
    })
  })

  it('shows RUN exactly, with int and float apart and non-finite numbers as text', async () => {
    const { text, json } = await api.get('/api/v1/runs/rank0001')
    expect(text).toContain('"config":{"lr":1.0,"layers":3,"name":"=SUM(A1)"}')
    expect(text).toContain('"list":[1,2.0]')
    expect(json.run).toMatchObject({
      rank: 2,
      id: 'rank0001',
      sweepId: id,
      state: 'finished',
      value: 0.5,
      attempt: 2,
      suggestedBy: { method: 'grid', index: 0 },
      values: { note: 'text' },
      createdAt: '1970-01-01T00:00:00.001Z',
    })
    expect(json.run.summary.acc).toEqual({
      last: 'Infinity',
      min: 'Infinity',
      max: 'Infinity',
      best: null,
      steps: 1,
    })
    expect(json.run.attempts.map((one: { outcome: string }) => one.outcome)).toEqual(['lost', 'finished'])
    expect((await api.get('/api/v1/runs/rank0003')).json.run).toMatchObject({ value: 'NaN', rank: null })
  })

  it('advises to stop a bayes sweep whose newest proposals see nothing to gain, and no other', async () => {
    const file = GRID.replace('method: grid', 'method: bayes')
    const sweepId = await createSweep({ text: file })
    expect((await api.get(`/api/v1/sweeps/${sweepId}`)).json.advice).toBeNull()
    const facts = '"regretBound":0.01,"noiseStd":0.02,"logGain":-3'
    await api.store.write((tx) =>
      tx.insertRuns(
        [1, 2, 3, 4, 5, 6].map((index) =>
          storedRun(sweepId, `advise0${index}`, {
            createdAt: index,
            suggestionIndex: index,
            suggestedBy: `{"method":"bayes","index":${index},${facts}}`,
          }),
        ),
      ),
    )
    expect((await api.get(`/api/v1/sweeps/${sweepId}`)).json.advice).toEqual({
      reason: 'what is left to gain is less than the noise of a measurement',
      proposals: 6,
    })
    expect((await api.get(`/api/v1/sweeps/${id}`)).json.advice).toBeNull()
  })

  it('ranks finished and stopped runs together and counts the others', async () => {
    const { json } = await api.get(`/api/v1/sweeps/${id}/best`)
    expect(json.sweep).toEqual({ id, name: id, metric: { name: 'loss', goal: 'minimize' } })
    expect(json.runs.map((run: { id: string; rank: number }) => [run.rank, run.id])).toEqual([
      [1, 'rank0002'],
      [2, 'rank0001'],
    ])
    expect(json.notCounted).toEqual({ running: 1, queued: 1, nan: 1 })
    expect((await api.get(`/api/v1/sweeps/${id}`)).json.sweep).toMatchObject({
      best: { runId: 'rank0002', value: 0.25 },
      counts: { queued: 1, running: 1, finished: 2, stopped: 1 },
    })
  })

  it('ranks by another summary, and with running runs', async () => {
    const byLast = (await api.get(`/api/v1/sweeps/${id}/best?summary=last&n=1`)).json
    expect(byLast.runs).toMatchObject([{ id: 'rank0001', rank: 1, value: 0.5 }])
    const withRunning = (await api.get(`/api/v1/sweeps/${id}/best?include=running&n=1`)).json
    expect(withRunning.runs).toMatchObject([{ id: 'rank0004', rank: 1, state: 'running' }])
  })

  it.each([
    ['', ['rank0001', 'rank0002', 'rank0003', 'rank0004', 'rank0005'], 5],
    ['limit=2&offset=1', ['rank0002', 'rank0003'], 5],
    ['where=tag:base', ['rank0004'], 1],
    ['where=host:gpu-3%20layers:3', ['rank0001'], 1],
    ['where=has:loss&sort=-loss', ['rank0001', 'rank0002', 'rank0004'], 3],
    ['where=rank%3C%3D2&sort=rank&limit=1', ['rank0002'], 2],
    ['limit=0', [], 5],
  ])('lists runs with %s', async (query, ids, total) => {
    const { json } = await api.get(`/api/v1/sweeps/${id}/runs?${query}`)
    expect(json.runs.map((run: { id: string }) => run.id)).toEqual(ids)
    expect(json.total).toBe(total)
    const inProject = (await api.get(`/api/v1/runs?project=ranked&${query}`)).json
    expect(inProject.runs.map((run: { id: string }) => run.id)).toEqual(ids)
    expect(inProject.total).toBe(total)
  })

  it('says where a filter is wrong', async () => {
    const answer = await api.get(`/api/v1/sweeps/${id}/runs?where=lr%3E%3D`)
    expect(answer.status).toBe(400)
    expect(answer.json.error).toMatchObject({ code: 'REQUEST_INVALID', at: 'where:5' })
  })

  it('gives the history of each attempt below the first step of the next', async () => {
    const { json } = await api.get('/api/v1/runs/rank0001/metrics?key=loss')
    expect(json.rows).toEqual([
      { attempt: 1, step: 0, time: '1970-01-01T00:00:00.000Z', metrics: { loss: 1 } },
      { attempt: 2, step: 1, time: '1970-01-01T00:00:01.000Z', metrics: { loss: 0.7 } },
    ])
    expect((await api.get('/api/v1/runs/rank0001/metrics')).json.rows).toHaveLength(3)
  })

  it('pages through logs', async () => {
    const first = (await api.get('/api/v1/runs/rank0001/logs?limit=1')).json
    expect(first).toMatchObject({ chunks: [{ attempt: 1, text: 'one\n', stream: 'stdout' }], next: '1.3' })
    const second = (await api.get(`/api/v1/runs/rank0001/logs?after=${first.next}`)).json
    expect(second).toMatchObject({ chunks: [{ attempt: 2, text: 'two\n', stream: 'stderr' }], next: '2.3' })
    expect((await api.get('/api/v1/runs/rank0001/logs?after=2.3')).json).toEqual({ chunks: [], next: '2.3' })
  })

  it('exports runs as CSV with numbers as written and formulas disarmed', async () => {
    const answer = await api.get(`/api/v1/sweeps/${id}/export?what=runs&format=csv`)
    expect(answer.headers.get('content-disposition')).toContain('attachment')
    const [head, first, , third] = answer.text.split('\n')
    expect(head).toBe(
      'id,name,state,rank,value,bestStep,config.lr,config.layers,config.name,config.opt.b,summary.acc,summary.loss,' +
        'attempt,host,createdAt,startedAt,finishedAt,stopReason,tags,notes,group,jobType',
    )
    expect(first).toContain("rank0001,rank0001,finished,2,0.5,,1.0,3,'=SUM(A1),")
    expect(third).toContain(',-2e-05,,,true,')
  })

  it('exports history and everything as JSON Lines and JSON', async () => {
    const lines = (await api.get(`/api/v1/sweeps/${id}/export?what=history&format=jsonl`)).text
      .trimEnd()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { runId: 'rank0001', attempt: 1, step: 0, time: '1970-01-01T00:00:00.000Z', metric: 'loss', value: 1 },
      {
        runId: 'rank0001',
        attempt: 2,
        step: 1,
        time: '1970-01-01T00:00:01.000Z',
        metric: 'loss',
        value: 0.7,
      },
      { runId: 'rank0001', attempt: 2, step: 2, time: '1970-01-01T00:00:02.000Z', metric: 'acc', value: 1 },
    ])
    const all = (await api.get(`/api/v1/sweeps/${id}/export?what=all&format=json`)).json
    expect(all).toHaveLength(5)
    expect(all[0].history).toHaveLength(3)
    const csv = (await api.get(`/api/v1/sweeps/${id}/export?what=all&format=csv`)).text.trimEnd().split('\n')
    expect(csv).toHaveLength(1 + 3 + 4)
  })

  it('edits labels and keeps the rest', async () => {
    const { json } = await api.patch('/api/v1/runs/rank0005', { tags: ['a', 'a', 'b'], notes: 'why' })
    expect(json.run).toMatchObject({ tags: ['a', 'b'], notes: 'why', name: 'rank0005', state: 'preempted' })
    expect((await api.patch('/api/v1/runs/rank0005', { state: 'finished' })).json.error.message).toMatch(
      /unknown field "state"/,
    )
  })

  it('creates a run outside a sweep with its config as sent', async () => {
    const answer = await api.post(
      '/api/v1/runs',
      '{"project":"alone","config":{"lr":3.0,"n":3},"jobType":"eval"}',
    )
    expect(answer.status).toBe(201)
    expect(answer.text).toContain('"config":{"lr":3.0,"n":3}')
    const { json } = await api.get('/api/v1/runs?project=alone')
    expect(json.runs).toMatchObject([{ id: answer.json.run.id, sweepId: null, jobType: 'eval', rank: null }])
  })
})

describe('agents', () => {
  it('shows what they hold and how their attempts ended', async () => {
    const id = await createSweep()
    await insertRuns(
      storedRun(id, 'agnt0001', { attemptCount: 1 }),
      storedRun(id, 'agnt0002', { state: 'running', attemptCount: 1, openAttempt: 1 }),
    )
    await api.store.write(async (tx) => {
      await tx.saveAgent({
        id: 'agentxyz' as AgentId,
        keyHash: 'h',
        incarnation: 1,
        host: 'gpu-7',
        slots: 2,
        sweepIds: [id],
        labels: { gpu: 'h100' },
        state: 'alive',
        drain: false,
        quarantine: null,
        registeredAt: 1,
        lastSeenAt: 2,
        version: '1',
      })
      await tx.insertAttempts([
        storedAttempt('agnt0001' as RunId, 1, 'agentxyz', { outcome: 'finished' }),
        storedAttempt('agnt0002' as RunId, 1, 'agentxyz'),
      ])
    })
    const { json } = await api.get(`/api/v1/agents?sweep=${id}`)
    expect(json.agents).toEqual([
      {
        id: 'agentxyz',
        host: 'gpu-7',
        state: 'alive',
        slots: 2,
        busy: 1,
        sweepIds: [id],
        labels: { gpu: 'h100' },
        lastSeenAt: '1970-01-01T00:00:00.002Z',
        silentMs: 1234,
        suspect: true,
        runs: { finished: 1, failed: 0 },
        now: ['agnt0002'],
        version: '1',
        drained: false,
        quarantine: null,
        lastError: null,
        utilization: { gpuPercent: null, cpuPercent: null },
      },
    ])
  })
})
