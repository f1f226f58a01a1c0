// The parts of one run over HTTP: curves, media, files, artifacts, events, its log from the end, and its end by a person.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MetricRow } from '../../sweeps/protocol.ts'
import { SOME_TIME, aChange, aLogChunk, aMetricChunk, aRun, anAttempt, aSweep } from '../support/records.ts'
import { startApi, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeAll(async () => void (api = await startApi()))
afterAll(() => api.close())

const sweep = aSweep()
const run = aRun({ sweepId: sweep.id, state: 'running', attemptCount: 2, openAttempt: 2 })
const waiting = aRun({ sweepId: sweep.id })

beforeAll(async () => {
  const rowsOf = (first: number, count: number): MetricRow[] =>
    Array.from({ length: count }, (_, index) => ({
      step: first + index,
      at: SOME_TIME + index,
      metrics: {
        'train/loss': 1 / (1 + first + index),
        ...(index % 100 === 0 ? { spike: 'NaN' as const } : {}),
      },
      ...(index % 50 === 0
        ? { values: { sample: { _type: 'image-file', path: `media/${index}.png` }, word: 'x' } }
        : {}),
    }))
  await api.store.write(async (tx) => {
    await tx.insertSweep(sweep)
    await tx.insertRuns([run, waiting])
    await tx.insertAttempts([
      anAttempt({ runId: run.id, outcome: 'lost', startedAt: SOME_TIME }),
      anAttempt({ runId: run.id, attempt: 2, startedAt: SOME_TIME }),
    ])
    await tx.insertMetrics([
      aMetricChunk({ runId: run.id, rows: rowsOf(0, 1000) }),
      aMetricChunk({ runId: run.id, attempt: 2, seq: 1, rows: rowsOf(500, 1500) }),
    ])
    await tx.insertLogs(
      Array.from({ length: 30 }, (_, index) =>
        aLogChunk({ runId: run.id, attempt: index < 10 ? 1 : 2, seq: index + 1, text: `line ${index}\n` }),
      ),
    )
    await tx.recordChanges([
      aChange({ entityId: run.id, sweepId: sweep.id, event: 'run.created' }),
      aChange({ entityId: waiting.id, sweepId: sweep.id, event: 'run.created' }),
      aChange({ entityId: run.id, sweepId: sweep.id, event: 'run.metrics' }),
      aChange({ entityId: run.id, sweepId: sweep.id, event: 'run.started' }),
    ])
  })
})

describe('curves of a run', () => {
  it('have at most twice as many points as were asked for, and say where the second attempt went on', async () => {
    const { json } = await api.get(`/api/v1/runs/${run.id}/curves?points=100`)
    expect(json.curves.map((curve: { key: string }) => curve.key)).toEqual(['spike', 'train/loss'])
    const [spike, loss] = json.curves
    expect(loss).toMatchObject({ points: 2000, whole: false, nonFinite: 0 })
    expect(loss.step.length).toBeGreaterThanOrEqual(100)
    expect(loss.step.length).toBeLessThan(200)
    expect(loss.max[0]).toBe(1)
    expect(loss.step.at(-1)).toBe(1999)
    expect(spike).toMatchObject({ whole: true, nonFinite: spike.points })
    expect(spike.mean.every((value: unknown) => value === null)).toBe(true)
    expect(json.resumes).toEqual([{ attempt: 2, step: 500 }])
  })

  it('are the reports themselves where they fit', async () => {
    const { json } = await api.get(`/api/v1/runs/${run.id}/curves?points=2000&key=train/loss`)
    expect(json.curves).toHaveLength(1)
    expect(json.curves[0]).toMatchObject({ whole: true, points: 2000 })
    expect(json.curves[0].mean[3]).toBe(0.25)
    expect(json.curves[0].min).toBeUndefined()
  })
})

describe('curves of a run that trains', () => {
  it('go on where they were, also when two people ask at once', async () => {
    const training = aRun({ sweepId: sweep.id, state: 'running', attemptCount: 1, openAttempt: 1 })
    const report = (seq: number) =>
      api.store.write(async (tx) => {
        const rows = Array.from({ length: 50 }, (_, index) => ({
          step: seq * 50 + index,
          at: SOME_TIME,
          metrics: { loss: seq },
        }))
        await tx.insertMetrics([aMetricChunk({ runId: training.id, seq, rows })])
        await tx.recordChanges([aChange({ entityId: training.id, sweepId: sweep.id, event: 'run.metrics' })])
      })
    await api.store.write((tx) => tx.insertRuns([training]))
    const path = `/api/v1/runs/${training.id}/curves?points=10`
    for (let seq = 1; seq <= 6; seq += 1) {
      await report(seq)
      const [one, two] = await Promise.all([api.get(path), api.get(path)])
      expect(one.json).toEqual(two.json)
      expect(one.json.curves[0]).toMatchObject({ key: 'loss', points: 50 * seq })
      expect(one.json.curves[0].step.at(-1)).toBe(50 * seq + 49)
      expect((await api.get(path)).json).toEqual(one.json)
    }
  })
})

describe('media of a run', () => {
  it('are thinned evenly, with the newest', async () => {
    const { json } = await api.get(`/api/v1/runs/${run.id}/media?perKey=10`)
    expect(json.media.map((media: { key: string }) => media.key)).toEqual(['sample'])
    const [{ count, items }] = json.media
    expect(count).toBe(40)
    expect(items.length).toBeLessThanOrEqual(11)
    expect(items.at(-1).step).toBe(1950)
  })
})

describe('events of a run', () => {
  it('are its own, without its reports', async () => {
    const { json } = await api.get(`/api/v1/runs/${run.id}/events`)
    expect(json.events.map(({ event }: { event: string }) => event)).toEqual(['run.created', 'run.started'])
  })
})

describe('the log of a run', () => {
  it('is read from its end, page by page', async () => {
    const path = `/api/v1/runs/${run.id}/logs`
    const newest = (await api.get(`${path}?before=end&limit=12`)).json
    expect(newest.chunks.map(({ text }: { text: string }) => text)).toEqual(
      Array.from({ length: 12 }, (_, index) => `line ${18 + index}\n`),
    )
    const older = (await api.get(`${path}?before=${newest.first}&limit=12`)).json
    expect(older.chunks.at(-1).text).toBe('line 17\n')
    const oldest = (await api.get(`${path}?before=${older.first}&limit=12`)).json
    expect(oldest.chunks).toHaveLength(6)
    expect(oldest.first).toBeNull()
  })

  it('is of one attempt when that is asked for', async () => {
    const { json } = await api.get(`/api/v1/runs/${run.id}/logs?attempt=1`)
    expect(json.chunks).toHaveLength(10)
  })
})

describe('files of a run', () => {
  const evil = '../<script>alert(1)</script>.html'
  beforeAll(async () => {
    await api.putFile(run.id, 'media/a.png', 'PNG')
    await api.putFile(run.id, 'a.svg', '<svg onload="alert(1)"/>')
    await api.putFile(run.id, evil, '<script>alert(1)</script>')
  })

  it('are listed in pages', async () => {
    const first = (await api.get(`/api/v1/runs/${run.id}/files?limit=2`)).json
    expect(first.total).toBe(3)
    expect(first.files.map(({ name }: { name: string }) => name)).toEqual([evil, 'a.svg'])
    const rest = (
      await api.get(`/api/v1/runs/${run.id}/files?limit=2&after=${encodeURIComponent(first.next)}`)
    ).json
    expect(rest).toMatchObject({ files: [{ name: 'media/a.png', mimeType: 'image/png' }], next: null })
  })

  const fileOf = (name: string, more = '') =>
    api.get(`/api/v1/runs/${run.id}/file?name=${encodeURIComponent(name)}${more}`)

  it('are shown when they are pictures, and never as a page of ours', async () => {
    const picture = await fileOf('media/a.png', '&inline=1')
    expect(picture.headers.get('content-type')).toBe('image/png')
    expect(picture.headers.get('content-disposition')).toMatch(/^inline/)
    expect(picture.headers.get('x-content-type-options')).toBe('nosniff')
    for (const name of ['a.svg', evil]) {
      const answer = await fileOf(name, '&inline=1')
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('application/octet-stream')
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment/)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('are read in part, and one that is not there is not found', async () => {
    const part = await api.get(`/api/v1/runs/${run.id}/file?name=media/a.png`, {
      headers: { range: 'bytes=1-2' },
    })
    expect([part.status, part.text]).toEqual([206, 'NG'])
    expect((await fileOf('nothing')).status).toBe(404)
  })
})

describe('a run that a person ends', () => {
  it('is wished to end while it trains, once', async () => {
    const first = await api.post(`/api/v1/runs/${run.id}/stop`, { reason: 'enough' })
    expect(first.json).toMatchObject({ changed: true, run: { state: 'running' } })
    expect(await api.store.findRun(run.id)).toMatchObject({ wish: 'stop', wishReason: 'enough' })
    expect((await api.post(`/api/v1/runs/${run.id}/stop`)).json.changed).toBe(false)
    expect((await api.post(`/api/v1/runs/${run.id}/cancel`)).json.changed).toBe(true)
    expect((await api.post(`/api/v1/runs/${run.id}/stop`)).json.changed).toBe(false)
    expect(await api.store.findRun(run.id)).toMatchObject({ wish: 'cancel' })
  })

  it('ends at once when it waits for a slot, and cannot be ended again', async () => {
    const ended = await api.post(`/api/v1/runs/${waiting.id}/stop`)
    expect(ended.json).toMatchObject({
      changed: true,
      run: { state: 'cancelled', stopReason: 'stopped by a person' },
    })
    const again = await api.post(`/api/v1/runs/${waiting.id}/cancel`)
    expect([again.status, again.json.error.code]).toEqual([409, 'ILLEGAL_TRANSITION'])
  })
})
