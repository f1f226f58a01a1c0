// What the API says of a sweep as a whole: its outlook, what its parameters are worth, surfaces and curves.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillStore } from '../../bench/queries-fill.ts'
import { createRng } from '../../optimizers/rng.ts'
import { aRun, aSweep, anAgent, anAttempt, SOME_TIME } from '../support/records.ts'
import { startApi, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await startApi()
})
afterAll(async () => {
  await api.close()
})

describe('the outlook', () => {
  it('tells nothing but why, for a sweep without runs', async () => {
    const sweep = aSweep({ runCap: 20 })
    await api.store.write(async (tx) => tx.insertSweep(sweep))
    const { status, json } = await api.get(`/api/v1/sweeps/${sweep.id}/outlook`)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      runsLeft: 20,
      eta: null,
      etaReason: 'needs 3 finished runs; there are 0',
      best: null,
      noise: null,
      chance: { probability: null, reason: 'needs 30 runs with a value; there are 0' },
      next: [],
    })
  })

  it('says when a running sweep ends, from its runs, its slots and what is left', async () => {
    const sweep = aSweep({ runCap: 30, runCount: 10, state: 'running' })
    const agent = anAgent({ slots: 2, sweepIds: [sweep.id] })
    const away = anAgent({ slots: 8, sweepIds: [sweep.id], state: 'lost' })
    const minute = 60_000
    await api.store.write(async (tx) => {
      await tx.insertSweep(sweep)
      await tx.saveAgents([agent, away])
      const runs = Array.from({ length: 10 }, (_, index) => {
        const startedAt = SOME_TIME + Math.floor(index / 2) * 10 * minute
        return aRun({
          sweepId: sweep.id,
          state: 'finished',
          value: 10 - index,
          startedAt,
          finishedAt: startedAt + 10 * minute,
          attemptCount: 1,
        })
      })
      await tx.insertRuns(runs)
      await tx.insertAttempts(
        runs.map(({ id, startedAt, finishedAt }) =>
          anAttempt({ runId: id, agentId: agent.id, startedAt, endedAt: finishedAt, outcome: 'finished' }),
        ),
      )
      await tx.recordChanges([
        {
          at: SOME_TIME,
          entity: 'sweep',
          entityId: sweep.id,
          sweepId: sweep.id,
          event: 'sweep.created',
          data: {},
        },
      ])
    })
    const { json } = await api.get(`/api/v1/sweeps/${sweep.id}/outlook`)
    // 20 runs of 10 minutes in two slots
    expect(json.eta).toEqual({ lowMs: 100 * minute, medianMs: 100 * minute, highMs: 100 * minute })
    expect(json).toMatchObject({
      runsLeft: 20,
      runsInAll: 30,
      runsPerHour: 12,
      medianRunMs: 10 * minute,
      agents: { alive: 1, total: 2 },
      slots: { alive: 2, busy: 0 },
      hours: { unit: 'slot' },
      best: { value: 1, runsSince: 0, isImproving: true },
    })
    expect(json.hours.spent).toBeCloseTo(100 / 60)
    expect(json.hours.toGo).toBeCloseTo(200 / 60)
  })

  it('answers for 10,000 runs in less than a second', async () => {
    const random = createRng(7, 'outlook')
    const sweep = await fillStore(api.store, 10_000, random)
    await api.get(`/api/v1/sweeps/${sweep.id}/snapshot`)
    const start = performance.now()
    const { json } = await api.get(`/api/v1/sweeps/${sweep.id}/outlook`)
    const took = performance.now() - start
    expect(json).toMatchObject({ runsLeft: 0, etaReason: 'the sweep is over' })
    expect(took).toBeLessThan(1_000)
  }, 60_000)
})

describe('what parameters are worth', () => {
  let id = ''
  beforeAll(async () => {
    id = (await fillStore(api.store, 300, createRng(3, 'importance'))).id
  })

  it('is told of the whole sweep, of a filter and of another metric, and the same when asked again', async () => {
    const { status, json } = await api.get(`/api/v1/sweeps/${id}/importance`)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      metric: 'loss',
      reason: null,
      runs: { counted: 300, sampled: 300, stopped: 30, nan: 0, noMetric: 0, failed: 0 },
    })
    expect(json.parameters.map(({ name }: { name: string }) => name).sort()).toEqual(
      ['batch', 'dropout', 'layers', 'lr', 'optimizer.beta', 'optimizer.name', 'scheduler', 'width'].sort(),
    )
    expect(json.parameters.find(({ name }: { name: string }) => name === 'lr')).toMatchObject({
      kind: 'number',
      scale: 'log',
      distinct: 300,
      isConditional: false,
    })
    const again = await api.get(`/api/v1/sweeps/${id}/importance`)
    expect(again.json).toEqual(json)
    const filtered = await api.get(`/api/v1/sweeps/${id}/importance?where=${encodeURIComponent('layers:8')}`)
    expect(filtered.json.runs.counted).toBeLessThan(200)
    const other = await api.get(`/api/v1/sweeps/${id}/importance?metric=accuracy`)
    expect(other.json).toMatchObject({ metric: 'accuracy', reason: null })
  })

  it('needs ten runs, and a metric that there is', async () => {
    const few = await api.get(`/api/v1/sweeps/${id}/importance?where=${encodeURIComponent('rank<=9')}`)
    expect(few.json).toMatchObject({
      reason: 'needs 10 ended runs with a value; there are 9',
      r2: null,
      parameters: [],
    })
    const unknown = await api.get(`/api/v1/sweeps/${id}/importance?metric=nothing`)
    expect(unknown.json.runs).toMatchObject({ counted: 0, noMetric: 300 })
  })

  it('refuses what is no filter', async () => {
    const { status, json } = await api.get(
      `/api/v1/sweeps/${id}/importance?where=${encodeURIComponent('lr>=')}`,
    )
    expect(status).toBe(400)
    expect(json.error.code).toBe('REQUEST_INVALID')
  })

  it('has a surface of two parameters, and refuses others', async () => {
    const { json } = await api.get(`/api/v1/sweeps/${id}/surface?x=lr&y=optimizer.name`)
    expect(json).toMatchObject({
      x: { name: 'lr', scale: 'log' },
      y: { name: 'optimizer.name', scale: 'category', values: ['adamw', 'sgd'] },
      runs: 256, // of 300 those that matter
      reason: null,
    })
    expect(json.mean).toHaveLength(2)
    expect(json.mean[0]).toHaveLength(json.x.values.length)
    const { status, text } = await api.get(`/api/v1/sweeps/${id}/surface?x=lr&y=nothing`)
    expect(status).toBe(400)
    expect(text).toContain('Parameters that vary: batch, dropout')
  })
})

describe('learning curves of many runs', () => {
  it('are those of the best five with the band of the others, or of the runs that are asked for', async () => {
    const sweep = await fillStore(api.store, 40, createRng(4, 'curves'))
    const { json } = await api.get(`/api/v1/sweeps/${sweep.id}/curves`)
    expect(json.runs.map(({ rank }: { rank: number }) => rank)).toEqual([1, 2, 3, 4, 5])
    expect(json.runs[0]).toMatchObject({ isWhole: true, nonFinite: 0 })
    expect(json.runs[0].x).toEqual(Array.from({ length: 20 }, (_, step) => step))
    expect(json.band).toMatchObject({ runs: 35, of: 35 })
    const one = json.runs[2].runId as string
    const asked = await api.get(
      `/api/v1/sweeps/${sweep.id}/curves?runs=${one}&x=time&metric=accuracy&points=10&band=none`,
    )
    expect(asked.json).toMatchObject({ metric: 'accuracy', band: null, runs: [{ runId: one }] })
    expect(asked.json.runs[0].x.length).toBeLessThan(20)
    const wrong = await api.get(`/api/v1/sweeps/${sweep.id}/curves?runs=zzzzzzzz`)
    expect(wrong.json.error.message).toBe('runs: the sweep has no run "zzzzzzzz"')
  })
})
