// Orders to agents over HTTP on a real store: drain, undrain, quarantine; whom they reach, and what the list shows.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgentRecord } from '../../sweeps/store.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import { anAgent } from '../support/records.ts'
import { GRID, startApi, storedAttempt, storedRun, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

async function agent(id: string, facts: Partial<AgentRecord> = {}): Promise<AgentId> {
  const record = anAgent({ id: id as AgentId, ...facts })
  await api.store.write((tx) => tx.saveAgent(record))
  return record.id
}
const order = (ref: string, verb: string, body: object = {}) =>
  api.post(`/api/v1/agents/${ref}/${verb}`, body)
const stored = (id: AgentId) => api.store.findAgent(id)

describe('POST /agents/REF/drain, undrain, quarantine', () => {
  it('writes the order, enters it into the change log, and tells the dispatcher', async () => {
    const id = await agent('drn1aaaa', { host: 'h1' })
    const looks = api.lookCount
    const drained = await order('drn1', 'drain', { reason: 'new driver' })
    expect(drained.json).toMatchObject({ changed: true, agents: [{ id, drained: true }] })
    expect(api.lookCount).toBe(looks + 1)
    const { changes } = (await api.get('/api/v1/changes?limit=5000')).json
    expect(changes.at(-1)).toMatchObject({
      event: 'agent.drained',
      entityId: id,
      data: { reason: 'new driver' },
    })
    expect((await order(id, 'drain')).json.changed).toBe(false)
    expect((await order(id, 'undrain')).json.changed).toBe(true)
    expect(await stored(id)).toMatchObject({ drain: false, quarantine: null })
  })

  it('reaches every agent of a host that has not left', async () => {
    const here = [await agent('hst1aaaa', { host: 'gpu-07' }), await agent('hst2aaaa', { host: 'gpu-07' })]
    const gone = await agent('hst3aaaa', { host: 'gpu-07', state: 'left' })
    const { json } = await order('gpu-07', 'quarantine', { reason: 'ECC errors' })
    expect(json.agents.map(({ id }: { id: string }) => id).sort()).toEqual(here)
    expect((await stored(here[0] as AgentId))?.quarantine).toMatchObject({
      by: 'person',
      reason: 'ECC errors',
    })
    expect((await stored(gone))?.quarantine).toBeNull()
  })

  it('takes back the rule’s quarantine too', async () => {
    const id = await agent('qrt1aaaa', { quarantine: { by: 'rule', at: 1, reason: 'runs keep failing' } })
    expect((await order(id, 'undrain')).json.agents).toMatchObject([{ quarantine: null }])
  })

  it('refuses what it cannot find, what is not unique, and to drain one that has left', async () => {
    await agent('amb1aaaa', { host: 'a1' })
    await agent('amb2aaaa', { host: 'a2' })
    const left = await agent('gne1aaaa', { host: 'a3', state: 'left' })
    expect(await order('nothing', 'drain')).toMatchObject({ status: 404 })
    expect(await order('amb', 'drain')).toMatchObject({
      status: 409,
      json: { error: { code: 'AMBIGUOUS_ID' } },
    })
    expect(await order(left, 'drain')).toMatchObject({
      status: 409,
      json: { error: { code: 'ILLEGAL_TRANSITION' } },
    })
    expect((await order(left, 'quarantine')).status).toBe(200)
  })
})

it('says of a sweep that no agent of it has what it requires, until one comes or the sweep is over', async () => {
  const text = `${GRID}requires: {gpu: h100, site: b}\n`
  const sweepId = (await api.post('/api/v1/sweeps', { text })).json.id as SweepId
  const notices = async () => (await api.get(`/api/v1/sweeps/${sweepId}`)).json.notices
  expect(await notices()).toEqual([])

  await agent('req1aaaa', { sweepIds: [sweepId], labels: { gpu: 'a100', site: 'b' } })
  await agent('req2aaaa', { sweepIds: [sweepId], labels: { gpu: 'h100', site: 'b' }, state: 'lost' })
  await agent('req3aaaa', { labels: { gpu: 'h100', site: 'b' } })
  expect(await notices()).toEqual([
    {
      code: 'requires_unmet',
      text: expect.stringContaining('its only agent lacks gpu=h100 (there is a100)'),
    },
  ])

  await agent('req2aaaa', { sweepIds: [sweepId], labels: { gpu: 'h100', site: 'b' }, state: 'alive' })
  expect(await notices()).toEqual([])

  await agent('req2aaaa', { sweepIds: [sweepId], state: 'left' })
  expect(await notices()).toHaveLength(1)
  await api.post(`/api/v1/sweeps/${sweepId}/cancel`)
  expect(await notices()).toEqual([])
})

it('lists the last error, why an agent gets no work, and how busy its GPUs are', async () => {
  const sweepId = (await api.post('/api/v1/sweeps', { text: GRID })).json.id as SweepId
  const quarantine = { by: 'rule' as const, at: Date.UTC(2026, 0, 1), reason: 'runs keep failing' }
  const id = await agent('lst1aaaa', { sweepIds: [sweepId], quarantine })
  const [failed, open] = ['lstrun01', 'lstrun02'] as RunId[] as [RunId, RunId]
  await api.store.write(async (tx) => {
    await tx.insertRuns([
      storedRun(sweepId, failed, { state: 'failed', attemptCount: 1 }),
      storedRun(sweepId, open, { state: 'running', attemptCount: 1, openAttempt: 1 }),
    ])
    await tx.insertAttempts([
      storedAttempt(failed, 1, id, { outcome: 'failed', endedAt: 5, stderrTail: 'Traceback\nOOM\n' }),
      storedAttempt(open, 1, id),
    ])
    const values = { 'system.gpu.0.gpu': 90, 'system.gpu.1.gpu': 70, 'system.cpu': 12.5 }
    await tx.insertSystemChunks([{ runId: open, attempt: 1, seq: 1, samples: [{ at: 1, values }] }])
  })
  const { agents } = (await api.get(`/api/v1/agents?sweep=${sweepId}`)).json
  expect(agents).toMatchObject([
    {
      id,
      quarantine: { by: 'rule', reason: 'runs keep failing', at: '2026-01-01T00:00:00.000Z' },
      lastError: { runId: failed, text: 'OOM' },
      utilization: { gpuPercent: 80, cpuPercent: 12.5 },
    },
  ])
})
