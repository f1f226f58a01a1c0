// Snapshots, the change log and its stream, over HTTP from a real server.
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storedSweep } from '../support/store.ts'
import { aChange, aSummary, anAgent, anAttempt } from '../support/records.ts'
import { openStream, type MessageJson, type SnapshotJson, type Stream } from '../support/live-page.ts'
import { checkResuming } from '../support/resume-check.ts'
import { waitFor } from '../support/wait.ts'
import { startApi, TOKEN, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const record = (...changes: Parameters<typeof aChange>[0][]) =>
  api.store.write((tx) => tx.recordChanges(changes.map((change) => aChange(change))))

const listen = (query: string, lastEventId?: string): Promise<Stream> =>
  openStream({
    url: `${api.url}/api/v1/changes/stream${query}`,
    token: TOKEN,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  })

const messagesOf = (stream: Stream) =>
  stream.events.filter(({ name }) => name === 'changes').map(({ data }) => JSON.parse(data) as MessageJson)

const eventsOf = (stream: Stream) =>
  messagesOf(stream).flatMap((message) => message.events.map(({ event }) => event))

describe('a snapshot', () => {
  const snapshotOf = async (id: string, headers: Record<string, string> = {}) => {
    const answer = await api.get(`/api/v1/sweeps/${id}/snapshot`, { headers })
    return { ...answer, snapshot: answer.json as SnapshotJson }
  }

  it('has every run in columns: facts, the newest attempt, parameters as written and summaries', async () => {
    const { sweep, runs } = await storedSweep(api.store, [
      {
        ...{ state: 'finished', value: 0.5, bestStep: 3, attemptCount: 2, tags: ['a'], group: 'g' },
        ...{
          configText: '{"lr":1.0,"layers":2,"opt":{"name":"adam","beta":0.9}}',
          startedAt: 10,
          finishedAt: 20,
        },
      },
      {
        state: 'stopped',
        value: 0.25,
        configText: '{"lr":1,"layers":3,"momentum":{"$float":"nan"}}',
        finishedAt: 30,
      },
      { state: 'running', value: NaN, configText: '{"layers":null,"list":[1,2.0]}' },
    ])
    const [first] = runs
    if (first === undefined) throw new Error('no run was stored')
    const attempts = [1, 2].map((attempt) => anAttempt({ runId: first.id, attempt, host: `gpu-${attempt}` }))
    await api.store.write(async (tx) => {
      await tx.insertAttempts(attempts)
      await tx.saveSummaries(first.id, [
        aSummary({ key: 'loss', last: NaN, min: 0.5, max: Infinity, best: 0.5 }),
        aSummary({ key: 'acc', last: 0.9, min: null, max: null, best: null }),
      ])
      await tx.recordChanges([aChange({ sweepId: sweep.id, entityId: first.id })])
    })

    const { snapshot, text } = await snapshotOf(sweep.id)

    expect(snapshot).toMatchObject({ schema: 'sweep.snapshot/1', seq: await api.store.lastSeq(), count: 3 })
    expect(snapshot.sweep).toMatchObject({
      id: sweep.id,
      counts: { finished: 1, stopped: 1, running: 1 },
      best: { runId: runs[1]?.id, value: 0.25 },
    })
    expect(snapshot.sweep).not.toHaveProperty('url')
    expect(snapshot.columns).toMatchObject({
      id: runs.map(({ id }) => id),
      state: ['finished', 'stopped', 'running'],
      rank: [2, 1, null],
      value: [0.5, 0.25, 'NaN'],
      bestStep: [3, null, null],
      attempt: [2, 0, 0],
      startedAtMs: [10, null, null],
      finishedAtMs: [20, 30, null],
      host: ['gpu-2', null, null],
      agentId: [attempts[1]?.agentId, null, null],
      tags: [['a'], [], []],
      group: ['g', null, null],
    })
    expect(snapshot.params).toEqual([
      { name: 'lr', kind: 'mixed', floatRows: [0], values: [1, 1, null] },
      { name: 'layers', kind: 'int', values: [2, 3, null] },
      { name: 'opt.name', kind: 'other', values: ['adam', null, null] },
      { name: 'opt.beta', kind: 'float', values: [0.9, null, null] },
      { name: 'momentum', kind: 'float', values: [null, 'NaN', null] },
      { name: 'list', kind: 'other', values: [null, null, [1, 2]] },
    ])
    expect(text).toContain('"values":[1.0,1,null]')
    expect(snapshot.metrics).toEqual([
      { name: 'acc', last: [0.9, null, null] },
      {
        name: 'loss',
        last: ['NaN', null, null],
        min: [0.5, null, null],
        max: ['Infinity', null, null],
        best: [0.5, null, null],
      },
    ])
  })

  it('is not sent again until something of the sweep changes, whatever else changes', async () => {
    const { sweep, runs } = await storedSweep(api.store, [{ notes: 'old' }])
    const { headers } = await snapshotOf(sweep.id)
    const held = { 'if-none-match': headers.get('etag') ?? '' }
    await record({ sweepId: null })

    const unchanged = await snapshotOf(sweep.id, held)
    await api.patch(`/api/v1/runs/${runs[0]?.id ?? ''}`, { notes: 'new' })
    const changed = await snapshotOf(sweep.id, held)

    expect(unchanged.status).toBe(304)
    expect(unchanged.text).toBe('')
    expect(changed.status).toBe(200)
    expect(changed.snapshot.columns['notes']).toEqual(['new'])
    expect(changed.headers.get('etag')).not.toBe(held['if-none-match'])
  })

  it('is sent whole to who holds one of another database', async () => {
    const { sweep } = await storedSweep(api.store)

    expect(
      (await snapshotOf(sweep.id, { 'if-none-match': `W/"bbbbbbbb.${await api.store.lastSeq()}"` })).status,
    ).toBe(200)
    expect((await snapshotOf(sweep.id, { 'if-none-match': '*' })).status).toBe(200)
  })

  it('is compressed for who takes it, and the same for who does not', async () => {
    const { sweep } = await storedSweep(api.store, [{}, {}])
    const raw = (encoding: string) =>
      new Promise<{ head: string; body: Buffer }>((resolve, reject) => {
        const chunks: Buffer[] = []
        const socket = connect(api.port, '127.0.0.1', () =>
          socket.write(
            `GET /api/v1/sweeps/${sweep.id}/snapshot HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nAccept-Encoding: ${encoding}\r\n\r\n`,
          ),
        )
        socket.on('data', (chunk) => chunks.push(chunk))
        socket.on('error', reject)
        socket.on('close', () => {
          const all = Buffer.concat(chunks)
          const end = all.indexOf('\r\n\r\n')
          resolve({ head: all.subarray(0, end).toString().toLowerCase(), body: all.subarray(end + 4) })
        })
      })

    const [plain, zipped] = [await raw('identity'), await raw('br, gzip')]

    expect(plain.head).not.toContain('content-encoding')
    expect(zipped.head).toContain('content-encoding: gzip')
    expect(gunzipSync(zipped.body).toString()).toBe(plain.body.toString())
  })

  it('has what was written before it was asked for, also while another one is being made', async () => {
    const { sweep, runs } = await storedSweep(api.store, [{}])
    const path = `/api/v1/runs/${runs[0]?.id ?? ''}`
    const seen = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await api.patch(path, { tags: [`t${index}`] })
        const last = await api.store.lastSeq()
        return (await snapshotOf(sweep.id)).snapshot.seq >= last
      }),
    )

    expect(seen).not.toContain(false)
  })
})

describe('GET /changes', () => {
  it('tells the entries of one sweep and of agents, and from where to go on', async () => {
    const { sweep } = await storedSweep(api.store)
    const since = await api.store.lastSeq()
    await record(
      { sweepId: sweep.id, event: 'mine' },
      { event: 'other' },
      { entity: 'agent', event: 'agent.lost' },
      { event: 'other' },
    )

    const { json } = await api.get(`/api/v1/changes?since=${since}&sweep=${sweep.id}`)

    expect(json.changes.map(({ event }: { event: string }) => event)).toEqual(['mine', 'agent.lost'])
    expect(json).toMatchObject({ next: since + 4, reset: false })
  })

  it('says reset where it cannot go on: before the oldest entry that is kept, and after the newest', async () => {
    await record({}, {}, {})
    const newest = await api.store.lastSeq()
    const prune = { belowSeq: newest, belowSeqAndAt: { seq: 0, at: 0 }, limit: 10_000 }
    await api.store.write((tx) => tx.pruneChanges(prune))

    const reset = { changes: [], next: newest, reset: true }
    expect((await api.get(`/api/v1/changes?since=${newest - 2}`)).json).toEqual(reset)
    expect((await api.get(`/api/v1/changes?since=${newest + 1}`)).json).toEqual(reset)
    expect((await api.get(`/api/v1/changes?since=${newest - 1}`)).json).toMatchObject({
      next: newest,
      reset: false,
    })
  })
})

describe('the change stream', () => {
  it('begins now when no place is named, and folds what changed: newest states, all entries', async () => {
    const { sweep, runs } = await storedSweep(api.store, [{ state: 'running' }, {}])
    const [run] = runs
    const agent = anAgent({ sweepIds: [sweep.id] })
    const stream = await listen(`?sweep=${sweep.id}`)
    await waitFor('the stream is open', () => stream.status === 200)
    await api.store.write(async (tx) => {
      if (run !== undefined) await tx.saveRuns([{ ...run, state: 'finished', value: 2, finishedAt: 5 }])
      await tx.saveAgent(agent)
      await tx.recordChanges([
        aChange({ sweepId: sweep.id, entityId: run?.id ?? '', event: 'run.metrics' }),
        aChange({ sweepId: sweep.id, entityId: run?.id ?? '', event: 'run.finished' }),
        aChange({ entity: 'agent', entityId: agent.id, event: 'agent.registered' }),
        aChange({ event: 'of another sweep' }),
      ])
    })

    await waitFor('the message comes', () => stream.events.length > 0)
    stream.cut()

    expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    const [message] = messagesOf(stream)
    expect(eventsOf(stream)).toEqual(['run.metrics', 'run.finished', 'agent.registered'])
    expect(message?.runs).toMatchObject([
      { id: run?.id, sweepId: sweep.id, state: 'finished', value: 2, finishedAtMs: 5 },
    ])
    expect(message?.sweeps).toMatchObject([
      { id: sweep.id, counts: { finished: 1, queued: 1 }, best: { value: 2 } },
    ])
    expect(message?.agents).toMatchObject([{ id: agent.id, state: 'alive' }])
    expect(stream.events[0]?.id).toBe(String(message?.seq))
  })

  it('goes on after Last-Event-ID, which goes before `since`', async () => {
    const before = await api.store.lastSeq()
    await record({ event: 'first' }, { event: 'second' }, { event: 'third' })

    const stream = await listen(`?since=${before}`, String(before + 2))
    await waitFor('the message comes', () => stream.events.length > 0)
    stream.cut()

    expect(eventsOf(stream)).toEqual(['third'])
  })

  it('sends at most four messages a second, however often something changes', async () => {
    const stream = await listen('')
    const times: number[] = []
    const startedAt = performance.now()
    while (performance.now() - startedAt < 1500) {
      const known = stream.events.length
      await record({ event: 'often' })
      if (stream.events.length > known) times.push(performance.now())
    }
    stream.cut()

    expect(stream.events.length).toBeGreaterThan(2)
    for (const [index, time] of times.entries()) {
      const oneSecondLater = times.filter((other, at) => at >= index && other - time < 1000)
      expect(oneSecondLater.length).toBeLessThanOrEqual(5) // seen a moment after they were sent
    }
  })

  it.each([
    ['a place after the newest entry', async () => [`?since=${(await api.store.lastSeq()) + 1}`], 'foreign'],
    ['a Last-Event-ID that is no place', async () => ['', 'e0b3-uuid'], 'foreign'],
    [
      'a place before the oldest entry that is kept',
      async () => {
        await record({}, {}, {})
        const newest = await api.store.lastSeq()
        const prune = { belowSeq: newest, belowSeqAndAt: { seq: 0, at: 0 }, limit: 10_000 }
        await api.store.write((tx) => tx.pruneChanges(prune))
        return [`?since=${newest - 2}`]
      },
      'expired',
    ],
  ] as const)('answers reset and ends for %s', async (_, place, reason) => {
    const [query, lastEventId] = (await place()) as [string, string?]
    const stream = await listen(query, lastEventId)
    await stream.closed

    expect(stream.events).toEqual([{ name: 'reset', id: '', data: `{"reason":"${reason}"}` }])
  })

  it('tells a reader that lets more than 1 MB wait `reset`, and ends it; others go on', async () => {
    const socket = connect(api.port, '127.0.0.1')
    socket.write(
      `GET /api/v1/changes/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
    )
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    const other = await listen('')
    const data = { text: 'x'.repeat(100_000) }
    // The kernel's own buffers take up to 10 MB before anything waits in the controller.
    for (let message = 0; message < 12; message += 1) {
      await record(...new Array<{ data: { text: string } }>(20).fill({ data }))
      const newest = await api.store.lastSeq()
      await waitFor('the other one is told', () => other.lastId() === String(newest))
    }
    let received = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (received = (received + chunk).slice(-200)))
    socket.resume()
    await waitFor('the answer is over', () => received.endsWith('0\r\n\r\n'))
    socket.destroy()
    other.cut()

    expect(received).toContain('event:reset\nid:\ndata:{"reason":"slow"}')
    expect(other.events.every(({ name }) => name === 'changes')).toBe(true)
  })

  it('is resumed without loss or repetition over 60 random cuts', async () => {
    const result = await checkResuming({
      store: api.store,
      url: api.url,
      token: TOKEN,
      cuts: 60,
      readers: 12,
      seed: 'a',
    })

    expect(result.cuts).toBe(60)
    expect(result.entries).toBeGreaterThan(100)
    // Cuts of every kind: before the first event, and after some.
    expect(result.cutBeforeFirstEvent).toBeGreaterThan(0)
    expect(result.cutBeforeFirstEvent).toBeLessThan(60)
  })

  it('ends when the controller ends, so that it is not held up', async () => {
    const other = await startApi()
    const stream = await openStream({ url: `${other.url}/api/v1/changes/stream`, token: TOKEN })
    await other.close()
    await stream.closed

    expect(stream.events).toEqual([])
  })
})
