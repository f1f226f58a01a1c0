// GET /sweeps/REF/export over HTTP: Parquet is read back with another library, filters choose the runs, and a long
// history is never held as a whole.
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportRuns } from '../../controller/export-runs.ts'
import { createRunService } from '../../controller/run-service.ts'
import { createStandings } from '../../controller/standings.ts'
import { createProjectBoards } from '../../controller/project-board.ts'
import { createSweepBoards } from '../../controller/sweep-board.ts'
import type { RunId, SweepId } from '../../sweeps/sweep.ts'
import { GRID, startApi, storedAttempt, storedRun, TOKEN, type ApiHarness } from './api-harness.ts'

const T0 = Date.UTC(2026, 0, 1)

let api: ApiHarness
let id: SweepId

beforeAll(async () => {
  api = await startApi()
  id = (await api.post('/api/v1/sweeps', { text: GRID })).json.id as SweepId
  const configs = ['{"lr":1.0,"bs":64,"opt":{"name":"=adam"}}', '{"lr":2,"bs":128,"flag":true}', '{"lr":3.5}']
  const runs = configs.map((configText, index) =>
    storedRun(id, `expt000${index}`, {
      configText,
      state: index === 2 ? 'failed' : 'finished',
      value: [0.5, Number.NaN, null][index] ?? null,
      attemptCount: 1,
      startedAt: T0 + index,
      tags: index === 0 ? ['a b', 'c'] : [],
    }),
  )
  await api.store.write(async (tx) => {
    await tx.insertRuns(runs)
    await tx.insertAttempts([storedAttempt('expt0000' as RunId, 1, 'agent000', { outcome: 'finished' })])
    const rows = [
      { step: 0, at: T0, metrics: { loss: 0.5, acc: 'NaN' as const } },
      { step: 1, at: T0 + 1, metrics: { loss: 'Infinity' as const } },
    ]
    await tx.insertMetrics([{ runId: 'expt0000' as RunId, attempt: 1, seq: 1, rows }])
    const facts = { min: null, max: null, best: null, bestStep: null, lastStep: 1, steps: 1 }
    await tx.saveSummaries('expt0000' as RunId, [{ ...facts, key: 'acc', last: Number.NaN }])
  })
})
afterAll(() => api.close())

async function parquet(query: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${api.url}/api/v1/sweeps/${id}/export?format=parquet&${query}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/vnd.apache.parquet')
  return parquetReadObjects({ file: await response.arrayBuffer() })
}

describe('Parquet', () => {
  it('has a row per run, each column with the type of its values', async () => {
    const rows = await parquet('what=runs')
    expect(rows).toMatchObject([
      {
        ...{ id: 'expt0000', state: 'finished', rank: 1, value: 0.5, attempt: 1, host: 'gpu-1' },
        ...{ 'config.lr': 1, 'config.bs': 64n, 'config.opt.name': '=adam', 'config.flag': null },
        ...{ 'summary.acc': Number.NaN, startedAt: new Date(T0), finishedAt: null, tags: '["a b","c"]' },
      },
      {
        id: 'expt0001',
        value: Number.NaN,
        'config.lr': 2,
        'config.bs': 128n,
        'config.flag': true,
        tags: '[]',
      },
      { id: 'expt0002', value: null, 'config.lr': 3.5, 'config.bs': null, 'summary.acc': null },
    ])
  })

  it('has a row per reported value, NaN and infinities as numbers', async () => {
    const point = { runId: 'expt0000', attempt: 1 }
    expect(await parquet('what=history')).toEqual([
      { ...point, step: 0, time: new Date(T0), metric: 'loss', value: 0.5 },
      { ...point, step: 0, time: new Date(T0), metric: 'acc', value: Number.NaN },
      { ...point, step: 1, time: new Date(T0 + 1), metric: 'loss', value: Infinity },
    ])
  })

  it('refuses both in one file, in words', async () => {
    const answer = await api.get(`/api/v1/sweeps/${id}/export?what=all&format=parquet`)
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'REQUEST_INVALID', at: 'what' } } })
    expect(answer.json.error.hint).toContain('--what history')
  })
})

describe('a filter', () => {
  const lines = async (query: string) => {
    const { text } = await api.get(`/api/v1/sweeps/${id}/export?format=csv&${query}`)
    return text.trimEnd().split('\n')
  }

  it('chooses the runs and their columns', async () => {
    const [head, ...rows] = await lines(`where=${encodeURIComponent('state:finished bs>100')}`)
    expect(head).toContain('config.lr,config.bs,config.flag,attempt')
    expect(rows).toHaveLength(1)
    expect(await parquet(`where=${encodeURIComponent('c.lr>=3')}`)).toMatchObject([{ id: 'expt0002' }])
  })

  it('chooses whose history is written', async () => {
    expect(await lines('what=history&where=rank:1')).toHaveLength(4)
    expect(await lines('what=history&where=-rank:1')).toHaveLength(1)
  })

  it('that cannot be read is refused before the first byte, with its place', async () => {
    const answer = await api.get(`/api/v1/sweeps/${id}/export?where=${encodeURIComponent('a:1 lr>x')}`)
    expect(answer).toMatchObject({ status: 400, json: { error: { at: 'where:5' } } })
  })
})

describe('an export of a long history', () => {
  it('is read from the store only as fast as it is taken', async () => {
    const long = (await api.post('/api/v1/sweeps', { text: GRID })).json.id as SweepId
    const runId = 'exlong00' as RunId
    const rowsOf = (seq: number) =>
      Array.from({ length: 500 }, (_, row) => ({ step: seq * 500 + row, at: T0, metrics: { loss: 0.5 } }))
    await api.store.write(async (tx) => {
      await tx.insertRuns([storedRun(long, runId, { attemptCount: 1 })])
      const chunks = Array.from({ length: 200 }, (_, seq) => ({
        runId,
        attempt: 1,
        seq: seq + 1,
        rows: rowsOf(seq),
      }))
      await tx.insertMetrics(chunks)
    })
    const sweep = await api.store.findSweep(long)
    if (sweep === null) throw new Error('the sweep was just made')
    let pagesRead = 0
    const runs = createRunService({
      store: api.store,
      standings: createStandings(api.store),
      boards: createSweepBoards(api.store),
      projectBoards: createProjectBoards(api.store),
      clock: { now: () => T0, monotonicMs: () => 0 },
      randomInt: () => 0,
    })
    const store = Object.create(api.store) as typeof api.store
    store.readMetrics = (...args) => {
      pagesRead += 1
      return api.store.readMetrics(...args)
    }

    const pieces = await exportRuns({ store, runs }, sweep, { what: 'history', format: 'jsonl' })
    const taken = pieces[Symbol.asyncIterator]()
    const first = (await taken.next()).value as string
    const pagesForFirst = pagesRead
    let lines = first.split('\n').length - 1
    for (let next = await taken.next(); next.done !== true; next = await taken.next())
      lines += String(next.value).split('\n').length - 1

    expect(pagesForFirst).toBe(1)
    expect(pagesRead).toBe(14) // of 2,000 rows, then of 8,000
    expect(lines).toBe(100_000)
  })
})
