// What posts of a W&B client do to a run, without the client: repeated, overlapping, out of order, cut off, compressed,
// with numbers that JSON does not have, and with keys that may not.
import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { createPoster, historyLine } from './client-posts.ts'
import type { Poster } from './client-posts.ts'
import { readRows, readRun } from './read-run.ts'

describe('posts of a W&B client', () => {
  let cluster: Cluster
  let poster: Poster
  beforeAll(async () => {
    cluster = await startCluster()
    poster = createPoster(cluster.server, cluster.token)
  })
  afterAll(() => cluster?.close())

  test('store each row once, however often and in whatever overlap they come', async () => {
    const run = await poster.begin('overlaps')
    const lines = Array.from({ length: 300 }, (_, step) => historyLine(step, { loss: 1000 - step }))
    let seed = 7
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n
    let end = 0
    for (let i = 0; i < 200; i++) {
      const offset = i < 150 ? random(Math.min(end + 1, 299)) : end
      const length = Math.min(1 + random(20), 300 - offset)
      if (length <= 0) continue
      const post = {
        files: { 'wandb-history.jsonl': { offset, content: lines.slice(offset, offset + length) } },
      }
      await Promise.all(random(4) === 0 ? [run.post(post), run.post(post)] : [run.post(post)])
      end = Math.max(end, offset + length)
    }
    await run.post({ files: { 'wandb-history.jsonl': { offset: 0, content: lines } } })
    const rows = await readRows(cluster, run.id)
    expect(rows.map(({ step }) => step)).toEqual(lines.map((_, step) => step))
    expect((await readRun(cluster, run.id)).summary['loss']).toMatchObject({
      steps: 300,
      last: 701,
      max: 1000,
    })
  })

  test('fill in what was left out before', async () => {
    const run = await poster.begin('gaps')
    await run.post({
      files: { 'wandb-history.jsonl': { offset: 4, content: [4, 5].map((n) => historyLine(n, { a: n })) } },
    })
    await run.post({
      files: { 'wandb-history.jsonl': { offset: 1, content: [1, 2].map((n) => historyLine(n, { a: n })) } },
    })
    await run.post({
      files: {
        'wandb-history.jsonl': { offset: 0, content: [0, 1, 2, 3].map((n) => historyLine(n, { a: n })) },
      },
    })
    expect((await readRows(cluster, run.id)).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('may hold NaN and Infinity, and lines that are no JSON', async () => {
    const run = await poster.begin('odd')
    const content = [
      '{"_step":0,"_timestamp":1700000000,"_runtime":1,"a":NaN,"b":-Infinity,"text":"NaN is not a number: Infinity"}',
      'not json',
      '{"_step":1,"a":Infinity,"b":2,"nested":{"x":1,"media":{"_type":"image-file","path":"p"},"list":[1,NaN]}}',
    ]
    await run.post({
      files: {
        'wandb-history.jsonl': { offset: 0, content },
        'wandb-summary.json': { offset: 0, content: ['{"a":NaN,"only":{"max":Infinity}}'] },
      },
    })
    const rows = await readRows(cluster, run.id)
    expect(rows.map(({ metrics }) => metrics)).toEqual([
      { a: 'NaN', b: '-Infinity' },
      { a: 'Infinity', b: 2, 'nested.x': 1 },
    ])
    expect((await readRun(cluster, run.id)).values).toMatchObject({
      text: 'NaN is not a number: Infinity',
      'nested.media': { _type: 'image-file', path: 'p' },
      'nested.list': [1, 'NaN'],
      only: { max: 'Infinity' },
    })
  })

  test('may be compressed', async () => {
    const run = await poster.begin('compressed')
    const body = { files: { 'wandb-history.jsonl': { offset: 0, content: [historyLine(0, { a: 1 })] } } }
    const response = await fetch(run.url, {
      method: 'POST',
      headers: { ...poster.headers, 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(body)),
    })
    expect(response.status).toBe(200)
    expect(await readRows(cluster, run.id)).toHaveLength(1)
  })

  test('that are cut off store nothing, and everything when they come again', async () => {
    const run = await poster.begin('cut')
    const content = Array.from({ length: 1000 }, (_, step) => historyLine(step, { a: step }))
    const body = JSON.stringify({ files: { 'wandb-history.jsonl': { offset: 0, content } } })
    await new Promise<void>((resolve) => {
      const request = httpRequest(run.url, {
        method: 'POST',
        headers: { ...poster.headers, 'content-length': Buffer.byteLength(body) },
      })
      request.on('error', () => resolve())
      request.write(body.slice(0, body.length / 2), () => request.destroy())
    })
    expect(await readRows(cluster, run.id)).toEqual([])
    await run.post(JSON.parse(body) as object)
    expect(await readRows(cluster, run.id)).toHaveLength(1000)
  })

  test('end the run by its exit code', async () => {
    for (const [exitcode, state] of [
      [0, 'finished'],
      [1, 'failed'],
      [255, 'failed'],
    ] as const) {
      const run = await poster.begin(`exit-${exitcode}`)
      await run.post({ complete: true, exitcode })
      const { attempts, ...ended } = await readRun(cluster, run.id)
      expect(ended.state).toBe(state)
      expect(attempts).toMatchObject([{ exitCode: exitcode }])
    }
  })

  test('of a preempted process leave the run waiting for the next one', async () => {
    const run = await poster.begin('preempted')
    await run.post({ preempting: true })
    await run.post({ complete: true, exitcode: 1 })
    expect((await readRun(cluster, run.id)).state).toBe('preempted')
    const again = await poster.begin('preempted')
    expect(again.id).toBe(run.id)
    expect(await readRun(cluster, run.id)).toMatchObject({ state: 'running', attempt: 2 })
  })

  test('of a process that was replaced are not credited, and it is told to stop', async () => {
    const run = await poster.begin('replaced')
    const old = (offset: number) => ({
      files: {
        'wandb-history.jsonl': {
          offset,
          content: [historyLine(offset, { who: 1 }, { startedAt: 1_700_000_000 })],
        },
      },
    })
    const young = (offset: number) => ({
      files: {
        'wandb-history.jsonl': {
          offset,
          content: [historyLine(offset, { who: 2 }, { startedAt: 1_700_000_500 })],
        },
      },
    })
    expect(await run.post(old(0))).toEqual({})
    await poster.begin('replaced')
    expect(await run.post(old(1))).toEqual({ stopped: true })
    expect(await run.post(young(1))).toEqual({})
    expect(await run.post(old(2))).toEqual({ stopped: true })
    expect(await run.post(young(2))).toEqual({})
    expect((await readRows(cluster, run.id)).map(({ step, metrics }) => [step, metrics['who']])).toEqual([
      [0, 1],
      [1, 2],
      [2, 2],
    ])
  })

  test('are answered with stopped once a person wants the end', async () => {
    const run = await poster.begin('unwanted')
    expect(await run.post({})).toEqual({})
    const stopped = await poster.graphql(
      'mutation StopRun($id: ID!) { stopRun(input: {id: $id}) { success } }',
      {
        id: run.nodeId,
      },
    )
    expect(stopped).toEqual({ data: { stopRun: { success: true } } })
    const asked = await poster.graphql(
      'query RunStoppedStatus($p: String, $e: String, $r: String!) { project(name: $p, entityName: $e) { run(name: $r) { stopped } } }',
      { p: 'posts', e: null, r: 'unwanted' },
    )
    expect(asked).toEqual({ data: { project: { run: { stopped: true } } } })
    expect(await run.post({})).toEqual({ stopped: true })
    await run.post({ complete: true, exitcode: 255 })
    expect((await readRun(cluster, run.id)).state).toBe('cancelled')
  })

  test('of a run that nobody began are refused in words', async () => {
    const response = await fetch(`${cluster.server}/files/sweep/posts/nothing/file_stream`, {
      method: 'POST',
      headers: poster.headers,
      body: '{}',
    })
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('nothing')
  })

  test('need a key that may report', async () => {
    const run = await poster.begin('guarded')
    const made = (await cluster.sweepJson([
      'token',
      'new',
      '--role',
      'viewer',
      '--name',
      'looker',
      '--json',
    ])) as { secret?: string; token?: string }
    const viewer = createPoster(cluster.server, String(made.secret ?? made.token))
    const post = { method: 'POST', body: JSON.stringify({ complete: true, exitcode: 0 }) }
    expect((await fetch(run.url, { ...post, headers: viewer.headers })).status).toBe(403)
    expect(
      (
        await fetch(run.url, {
          ...post,
          headers: { ...viewer.headers, authorization: `Basic ${btoa(`api:${'x'.repeat(40)}`)}` },
        })
      ).status,
    ).toBe(401)
    for (const refused of [
      await viewer.upsert({ name: 'guarded', modelName: 'posts', displayName: 'mine' }),
      await viewer.upsert({ id: run.nodeId, tags: ['mine'] }),
      await viewer.graphql('mutation StopRun($id: ID!) { stopRun(input: {id: $id}) { success } }', {
        id: run.nodeId,
      }),
    ])
      expect(JSON.stringify(refused)).toContain('a token of role viewer may not do this')
    expect(await readRun(cluster, run.id)).toMatchObject({ state: 'running', tags: [], attempt: 1 })
  })
})
