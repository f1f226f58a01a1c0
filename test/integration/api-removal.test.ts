// DELETE of sweeps and runs, and tags that are added and taken away, over HTTP on a real store.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunRecord } from '../../sweeps/run.ts'
import type { RunId, SweepId } from '../../sweeps/sweep.ts'
import { GRID, startApi, storedAttempt, storedRun, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

async function createSweep(): Promise<SweepId> {
  return (await api.post('/api/v1/sweeps', { text: GRID })).json.id as SweepId
}

async function insert(...runs: RunRecord[]): Promise<void> {
  await api.store.write((tx) => tx.insertRuns(runs))
}

async function lastChange() {
  const { changes } = (await api.get('/api/v1/changes?limit=5000')).json
  return changes.at(-1)
}

describe('DELETE /sweeps/REF', () => {
  it('erases a sweep that has ended, tells the dispatcher, and keeps that there was one', async () => {
    const id = await createSweep()
    await insert(storedRun(id, 'rmone001', { value: 0.5 }), storedRun(id, 'rmone002'))
    await api.post(`/api/v1/sweeps/${id}/cancel`)
    const looks = api.lookCount

    const answer = await api.delete(`/api/v1/sweeps/${id}`)

    expect(answer).toMatchObject({ status: 200, json: { removed: { kind: 'sweep', id, name: id, runs: 2 } } })
    expect(api.lookCount).toBe(looks + 1)
    expect(await lastChange()).toMatchObject({ event: 'sweep.removed', entityId: id, data: { runs: 2 } })
    expect((await api.get(`/api/v1/sweeps/${id}`)).status).toBe(404)
    expect((await api.get('/api/v1/runs/rmone001')).status).toBe(404)
    expect((await api.delete(`/api/v1/sweeps/${id}`)).status).toBe(404)
  })

  it('refuses while it may still change, and changes nothing', async () => {
    const id = await createSweep()
    const open = 'rmtwo001' as RunId
    await insert(storedRun(id, open, { state: 'running', attemptCount: 1, openAttempt: 1 }))
    await api.store.write((tx) => tx.insertAttempts([storedAttempt(open, 1, 'agent000')]))

    const running = await api.delete(`/api/v1/sweeps/${id}`)
    await api.post(`/api/v1/sweeps/${id}/stop`)
    const stopped = await api.delete(`/api/v1/sweeps/${id}`)

    expect(running).toMatchObject({ status: 409, json: { error: { code: 'ILLEGAL_TRANSITION' } } })
    expect(running.json.error.hint).toContain(`sweep cancel ${id}`)
    expect(stopped.json.error.message).toContain('a run of it is still worked')
    expect((await api.get(`/api/v1/runs/${open}`)).status).toBe(200)
  })
})

describe('DELETE /runs/REF', () => {
  it('erases a run of a sweep that has ended, and the ranking is made anew', async () => {
    const id = await createSweep()
    await insert(
      storedRun(id, 'rmthr001', { value: 0.1 }),
      storedRun(id, 'rmthr002', { value: 0.2 }),
      storedRun(id, 'rmthr003', { value: 0.3, state: 'failed' }),
    )
    await api.post(`/api/v1/sweeps/${id}/stop`)
    expect((await api.get(`/api/v1/sweeps/${id}`)).json.sweep.best).toMatchObject({ runId: 'rmthr001' })

    expect((await api.delete('/api/v1/runs/rmthr001')).status).toBe(200)

    expect((await api.get(`/api/v1/sweeps/${id}`)).json.sweep).toMatchObject({
      best: { runId: 'rmthr002' },
      counts: { finished: 1, failed: 1 },
    })
    expect(await lastChange()).toMatchObject({ event: 'run.removed', entityId: 'rmthr001', sweepId: id })
  })

  it('refuses a run whose sweep would propose its configuration again', async () => {
    const id = await createSweep()
    await insert(storedRun(id, 'rmfor001'))

    const answer = await api.delete('/api/v1/runs/rmfor001')

    expect(answer.status).toBe(409)
    expect(answer.json.error.message).toContain('would try that configuration again')
    expect((await api.get('/api/v1/runs/rmfor001')).status).toBe(200)
  })

  it('erases a run outside of a sweep', async () => {
    const { id } = (await api.post('/api/v1/runs', { project: 'p', config: { lr: 1 } })).json.run
    expect((await api.delete(`/api/v1/runs/${id}`)).json).toEqual({
      removed: { kind: 'run', id, name: id, runs: 1 },
    })
    expect((await api.get(`/api/v1/runs/${id}`)).status).toBe(404)
  })
})

describe('PATCH /runs/REF with addTags and removeTags', () => {
  it('changes what is there, so that two writers lose nothing', async () => {
    const { id } = (await api.post('/api/v1/runs', { project: 'p', tags: ['a', 'b'] })).json.run
    const edits = [{ addTags: ['c', 'a'] }, { removeTags: ['b', 'none'] }, { addTags: ['d'] }]
    await Promise.all(edits.map((edit) => api.patch(`/api/v1/runs/${id}`, edit)))
    expect((await api.get(`/api/v1/runs/${id}`)).json.run.tags.toSorted()).toEqual(['a', 'c', 'd'])
  })

  it('refuses more tags than a run may have', async () => {
    const many = (from: number) => Array.from({ length: 30 }, (_, index) => `t${from + index}`)
    const { id } = (await api.post('/api/v1/runs', { project: 'p', tags: many(0) })).json.run
    const answer = await api.patch(`/api/v1/runs/${id}`, { addTags: many(30) })
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'REQUEST_INVALID', at: 'addTags' } } })
  })
})
