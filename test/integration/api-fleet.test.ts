// What lists show: sweeps with how they go, agents on a timeline, projects, and a file that is not yet a sweep.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunId } from '../../sweeps/sweep.ts'
import { aChange, aRun, aSweep, anAgent, anAttempt, provenanceFacts, SOME_TIME } from '../support/records.ts'
import { GRID, startApi, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api.close())

/** @param values of finished runs, in the order in which they end, a minute each on one agent */
async function fill(values: readonly number[], project = 'vision') {
  const sweep = aSweep({ name: 'vit', project, state: 'running' })
  const agent = anAgent({ host: 'gpu-1', slots: 2, sweepIds: [sweep.id] })
  const runs = values.map((value, index) =>
    aRun({
      sweepId: sweep.id,
      project,
      state: 'finished',
      value,
      attemptCount: 1,
      startedAt: SOME_TIME + index * 60_000,
      finishedAt: SOME_TIME + (index + 1) * 60_000,
    }),
  )
  await api.store.write(async (tx) => {
    await tx.insertSweep(sweep)
    await tx.saveAgent(agent)
    await tx.insertRuns(runs)
    await tx.insertAttempts(
      runs.map((run, index) =>
        anAttempt({
          runId: run.id,
          agentId: agent.id,
          slot: index % 2,
          startedAt: SOME_TIME + index * 60_000,
          endedAt: SOME_TIME + (index + 1) * 60_000,
          outcome: 'finished',
        }),
      ),
    )
    await tx.saveProvenance(
      runs.map((run) => ({
        runId: run.id,
        attempt: 1,
        sweepId: sweep.id,
        facts: provenanceFacts({ devices: '0,1' }),
      })),
    )
  })
  return { sweep, agent, runs }
}

describe('GET /outlines', () => {
  it('tells the best so far at 20 places, when it improved, and the hours of slots and GPUs', async () => {
    const values = Array.from({ length: 60 }, (_, index) => (index === 30 ? 0.1 : 1 - index / 1000))
    const { sweep, runs } = await fill(values)
    const [outline] = (await api.get('/api/v1/outlines')).json.sweeps
    expect(outline).toMatchObject({
      id: sweep.id,
      best: { runId: runs[30]?.id, value: 0.1 },
      improvedAt: new Date(SOME_TIME + 31 * 60_000).toISOString(),
      slotHours: 1,
      gpuHours: 2,
      agents: { alive: 1, slots: 2, busy: 0 },
      counts: { finished: 60 },
    })
    expect(outline.trend).toHaveLength(20)
    expect(outline.trend[0]).toBe(1)
    expect(outline.trend.at(-1)).toBe(0.1)
    expect(outline).not.toHaveProperty('config')
    const { hours } = (await api.get(`/api/v1/sweeps/${sweep.id}/outlook`)).json
    expect(hours.unit).toBe('gpu')
    expect(hours.spent).toBeCloseTo(outline.gpuHours, 3)
  })

  it('sees a run that ended since it was last asked', async () => {
    const { sweep } = await fill([0.5])
    await api.get('/api/v1/outlines')
    const run = aRun({ sweepId: sweep.id, state: 'finished', value: 0.2, finishedAt: SOME_TIME + 900_000 })
    await api.store.write(async (tx) => {
      await tx.insertRuns([run])
      await tx.recordChanges([aChange({ entityId: run.id, sweepId: sweep.id, event: 'run.finished' })])
    })
    const [outline] = (await api.get('/api/v1/outlines')).json.sweeps
    expect(outline).toMatchObject({ trend: [0.5, 0.2], best: { runId: run.id } })
  })

  it('warns of failing runs, a quarantined host and a sweep that nobody works', async () => {
    const { sweep, agent } = await fill([0.5])
    const failed = [1, 2, 3].map(() => aRun({ sweepId: sweep.id, state: 'failed' }))
    const quarantine = { by: 'rule' as const, at: 1, reason: '9 of 9 runs failed there' }
    await api.store.write(async (tx) => {
      await tx.insertRuns(failed)
      await tx.saveAgent({ ...agent, quarantine })
    })
    const warnings = async () =>
      (await api.get('/api/v1/outlines')).json.sweeps[0].warnings.map(({ text }: { text: string }) => text)
    expect(await warnings()).toEqual(
      expect.arrayContaining([
        'gpu-1 is in quarantine: 9 of 9 runs failed there',
        '3 of 4 runs failed',
        expect.stringMatching(/ended without the metric "loss"/),
      ]),
    )
    await api.store.write((tx) => tx.saveAgent({ ...agent, state: 'left' }))
    expect(await warnings()).toContain(`no agent works it: sweep agent ${sweep.id}`)
  })

  it('gives the newest first, of one project or all', async () => {
    await fill([], 'old')
    await fill([], 'new')
    const projects = async (query: string) =>
      (await api.get(`/api/v1/outlines${query}`)).json.sweeps.map(
        (sweep: { project: string }) => sweep.project,
      )
    expect(await projects('')).toEqual(['new', 'old'])
    expect(await projects('?project=old')).toEqual(['old'])
  })
})

describe('GET /agents/timeline', () => {
  it('has each attempt with its agent and slot, and open ones without an end', async () => {
    const { sweep, agent, runs } = await fill([0.5, 0.4])
    const open = aRun({ sweepId: sweep.id, state: 'running', attemptCount: 1, openAttempt: 1 })
    await api.store.write(async (tx) => {
      await tx.insertRuns([open])
      await tx.insertAttempts([
        anAttempt({ runId: open.id, agentId: agent.id, slot: 1, startedAt: SOME_TIME + 120_000 }),
      ])
    })
    const { json } = await api.get(`/api/v1/agents/timeline?sweep=${sweep.id}&until=${SOME_TIME + 1e9}`)
    expect(json).toMatchObject({
      agents: [{ id: agent.id, host: 'gpu-1', slots: 2, state: 'alive' }],
      sweeps: [{ id: sweep.id, name: 'vit' }],
      spans: {
        agent: [0, 0, 0],
        slot: [0, 1, 1],
        runId: [runs[0]?.id, runs[1]?.id, open.id],
        sweep: [0, 0, 0],
        endMs: [SOME_TIME + 60_000, SOME_TIME + 120_000, null],
        outcome: ['finished', 'finished', null],
      },
      cut: false,
    })
    const few = (await api.get(`/api/v1/agents/timeline?limit=1&since=${SOME_TIME}&until=${SOME_TIME + 1e9}`))
      .json
    expect(few).toMatchObject({ spans: { runId: [open.id] }, cut: true })
  })
})

describe('GET /projects', () => {
  it('counts what is in each, and runs outside sweeps can be asked for alone', async () => {
    await fill([0.5], 'vision')
    const { run } = (await api.post('/api/v1/runs', { project: 'vision', config: {} })).json
    const { projects } = (await api.get('/api/v1/projects')).json
    expect(projects).toMatchObject([{ name: 'vision', sweeps: 1, running: 1, runs: 2, ownRuns: 1 }])
    await api.post('/api/v1/runs', { project: 'vision', config: {}, group: 'a b' })
    const ids = async (query: string): Promise<RunId[]> =>
      (await api.get(`/api/v1/runs?project=vision&${query}`)).json.runs.map(({ id }: { id: RunId }) => id)
    expect(await ids('where=sweep:none&limit=1')).toEqual([run.id])
    expect(await ids('outside=true')).toHaveLength(2)
    expect(await ids('outside=false')).toHaveLength(3)
    expect(await ids('group=a%20b')).toHaveLength(1)
    expect(await ids('outside=true&where=group:other%20|%20state:failed')).toEqual([])
  })
})

describe('POST /validate', () => {
  it('says what a file means, with configurations and their command lines, and keeps nothing', async () => {
    const { status, json } = await api.post('/api/v1/validate', { text: GRID, samples: 2 })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      valid: true,
      errors: [],
      method: 'grid',
      size: 3,
      metric: { name: 'loss', goal: 'minimize' },
      parameters: [{ name: 'lr', text: 'lr {1,2.0,3}', size: 3 }],
      samples: [{ configText: '{"lr":1}' }, { configText: '{"lr":2.0}' }],
    })
    expect(json.samples[1].argv).toContain('--lr=2.0')
    expect((await api.get('/api/v1/sweeps')).json.sweeps).toEqual([])
  })

  it('names every problem with its line, as the CLI does', async () => {
    const text = 'method: bayesian\nparameters:\n  lr: {min: 2, max: 1}\n'
    const { status, json } = await api.post('/api/v1/validate', { text, samples: 2 })
    expect(status).toBe(200)
    expect(json).toMatchObject({ valid: false, samples: [] })
    expect(json.errors.length).toBeGreaterThanOrEqual(2)
    expect(json.errors[0]).toMatchObject({ line: 1, message: expect.stringContaining('bayesian') as string })
  })
})

describe('GET /sweeps/REF/events', () => {
  it('tells what happened to the sweep, the newest first, with who did it', async () => {
    const { id } = (await api.post('/api/v1/sweeps', { text: GRID })).json
    await api.post(`/api/v1/sweeps/${id}/pause`, { reason: 'lunch' })
    const { events } = (await api.get(`/api/v1/sweeps/${id}/events`)).json
    expect(events).toMatchObject([
      { event: 'sweep.paused', data: { reason: 'lunch', by: expect.any(String) as string } },
      { event: 'sweep.created' },
    ])
  })
})
