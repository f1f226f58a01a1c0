// What the API says of a sweep as a whole: its outlook, and later what its parameters are worth.
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
  })
})
