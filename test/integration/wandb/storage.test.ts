// Uploads and downloads at signed addresses, by hand: what breaks off leaves nothing, what is too large is told so, what
// is large costs no memory.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { waitFor } from '../../support/wait.ts'

const MIB = 2 ** 20
const MAX_MIB = 64

describe('files at signed addresses', () => {
  let cluster: Cluster
  let runId = ''
  beforeAll(async () => {
    cluster = await startCluster({ controllerEnv: { SWEEP_MAX_FILE_SIZE: `${MAX_MIB}MiB` } })
    const made = await fetch(`${cluster.server}/api/v1/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ project: 'p' }),
    })
    runId = ((await made.json()) as { run: { id: string } }).run.id
  })
  afterAll(() => cluster?.close())

  async function ask<T>(query: string, variables: object): Promise<T> {
    const response = await fetch(`${cluster.server}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data: T; errors?: object[] }
    expect(errors).toBeUndefined()
    return data
  }

  async function uploadUrl(name: string): Promise<string> {
    const query = `mutation ($input: CreateRunFilesInput!) { createRunFiles(input: $input) { files { uploadUrl } } }`
    const input = { projectName: 'p', runName: runId, files: [name] }
    const { createRunFiles } = await ask<{ createRunFiles: { files: { uploadUrl: string }[] } }>(query, {
      input,
    })
    return createRunFiles.files[0]?.uploadUrl ?? ''
  }

  interface FileFacts {
    readonly name: string
    readonly sizeBytes: number
    readonly md5: string
    readonly directUrl: string
  }
  async function fileOf(name: string): Promise<FileFacts> {
    const query = `query ($run: String!, $names: [String]) {
      project(name: "p") { run(name: $run) { files(names: $names) { edges { node { name sizeBytes md5 directUrl } } } } }
    }`
    const found = await ask<{ project: { run: { files: { edges: { node: FileFacts }[] } } } }>(query, {
      run: runId,
      names: [name],
    })
    return found.project.run.files.edges[0]?.node as FileFacts
  }

  const incoming = () => readdirSync(join(cluster.dataFolder, 'blobs', 'incoming'))
  const blobCount = () =>
    readdirSync(join(cluster.dataFolder, 'blobs'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    ).length

  function startUpload(url: string, headers: Record<string, string | number>): ClientRequest {
    const request = httpRequest(url, { method: 'PUT', headers })
    request.on('error', () => undefined) // its end is the test's own doing
    return request
  }

  test('come back whole, in part, and as headers alone; never as a page', async () => {
    const put = await fetch(await uploadUrl('d/ä b.html'), { method: 'PUT', body: '<b>0123456789</b>' })
    expect(put.status).toBe(200)
    const md5 = createHash('md5').update('<b>0123456789</b>').digest()
    expect(put.headers.get('etag')).toBe(`"${md5.toString('hex')}"`)
    const { directUrl, sizeBytes } = await fileOf('d/ä b.html')
    expect(sizeBytes).toBe(17)

    const whole = await fetch(directUrl)
    expect(await whole.text()).toBe('<b>0123456789</b>')
    expect(whole.headers.get('content-md5')).toBe(md5.toString('base64'))
    expect(whole.headers.get('content-type')).toBe('application/octet-stream')
    expect(whole.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''%C3%A4%20b.html")
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff')
    for (const [range, text, shown] of [
      ['bytes=3-5', '012', 'bytes 3-5/17'],
      ['bytes=13-', '</b>', 'bytes 13-16/17'],
      ['bytes=-4', '</b>', 'bytes 13-16/17'],
      ['bytes=13-99', '</b>', 'bytes 13-16/17'],
    ] as const) {
      const part = await fetch(directUrl, { headers: { range } })
      expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, text, shown])
    }
    expect((await fetch(directUrl, { headers: { range: 'bytes=17-' } })).status).toBe(416)
    expect((await fetch(directUrl, { headers: { range: 'bytes=1-2,4-5' } })).status).toBe(200)
    const head = await fetch(directUrl, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '17'])
  })

  test('of the same content, uploaded at the same time, stand on disk once', async () => {
    const before = blobCount()
    const body = Buffer.alloc(3 * MIB, 'same')
    const urls = await Promise.all(['one', 'two'].map(uploadUrl))
    const answers = await Promise.all(urls.map((url) => fetch(url, { method: 'PUT', body })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(blobCount()).toBe(before + 1)
    expect((await fileOf('one')).md5).toBe((await fileOf('two')).md5)
  })

  test('that break off leave nothing, and the address is good for another try', async () => {
    const before = blobCount()
    const url = await uploadUrl('cut')
    const request = startUpload(url, { 'content-length': 10 * MIB })
    request.write(Buffer.alloc(2 * MIB, 'x'))
    await waitFor('the upload to begin', () => incoming().length === 1)
    request.destroy()
    await waitFor('the draft to be removed', () => incoming().length === 0)

    expect(blobCount()).toBe(before)
    expect((await fileOf('cut')).md5).toBe('0')
    expect((await fetch(url, { method: 'PUT', body: 'whole' })).status).toBe(200)
    expect((await fileOf('cut')).sizeBytes).toBe(5)
  })

  test('that are too large are told so with 413, announced or not, and leave nothing', async () => {
    const before = blobCount()
    for (const headers of [{ 'content-length': 2 ** 41 }, { 'transfer-encoding': 'chunked' }]) {
      const request = startUpload(await uploadUrl('large'), headers as Record<string, string | number>)
      const answered = once(request, 'response') as Promise<[IncomingMessage]>
      const chunk = Buffer.alloc(MIB, 'x')
      for (let sent = 0; sent <= MAX_MIB && !request.destroyed; sent += 1)
        if (!request.write(chunk)) await Promise.race([once(request, 'drain'), answered])
      const [response] = await answered
      let text = ''
      for await (const part of response) text += String(part)
      request.destroy()
      expect(response.statusCode).toBe(413)
      expect(text).toContain('64 MiB')
      expect(text).toContain('SWEEP_MAX_FILE_SIZE')
    }
    await waitFor('the drafts to be removed', () => incoming().length === 0)
    expect(blobCount()).toBe(before)
  })

  test('that differ from the MD5 of their artifact are refused in words', async () => {
    const made = await ask<{ createArtifact: { artifact: { id: string } } }>(
      'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
      { input: { projectName: 'p', artifactTypeName: 't', artifactCollectionName: 'a', digest: 'd' } },
    )
    const md5 = createHash('md5').update('right').digest('base64')
    const files = [{ artifactID: made.createArtifact.artifact.id, name: '../../up', md5 }]
    const found = await ask<{
      createArtifactFiles: { files: { edges: { node: { uploadUrl: string } }[] } }
    }>(
      'mutation ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { uploadUrl } } } } }',
      { input: { artifactFiles: files } },
    )
    const url = found.createArtifactFiles.files.edges[0]?.node.uploadUrl ?? ''
    const wrong = await fetch(url, { method: 'PUT', body: 'wrong' })
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('MD5')])
    expect((await fetch(url, { method: 'PUT', body: 'right' })).status).toBe(200)
    expect(
      (await fetch(url.replace('signature=', 'signature=x'), { method: 'PUT', body: 'right' })).status,
    ).toBe(403)
  })

  test('of 60 MiB cost the controller no memory of that size', async () => {
    const { pid } = cluster.controller()
    const rssMib = () =>
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
    const upload = async (name: string) => {
      let peak = 0
      const chunk = Buffer.alloc(MIB, name)
      async function* content() {
        for (let sent = 0; sent < 60; sent += 1) {
          peak = Math.max(peak, rssMib())
          yield chunk
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const body = Readable.toWeb(Readable.from(content())) as ReadableStream
      const answer = await fetch(await uploadUrl(name), {
        method: 'PUT',
        body,
        duplex: 'half',
      } as RequestInit)
      expect(answer.status).toBe(200)
      return peak
    }
    await upload('warm')
    const before = rssMib()
    expect((await upload('large')) - before).toBeLessThan(40)
    const download = await fetch((await fileOf('large')).directUrl)
    let received = 0
    for await (const part of download.body as unknown as AsyncIterable<Uint8Array>) received += part.length
    expect(received).toBe(60 * MIB)
    expect(rssMib() - before).toBeLessThan(40)
  })
})
