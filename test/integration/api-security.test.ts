import { connect } from 'node:net'
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { API_ROUTES } from '../../controller/openapi.ts'
import { ReadyResponse } from '../../sweeps/api-schema.ts'
import { GRID, startApi, TOKEN, type ApiHarness } from './api-harness.ts'

let api: ApiHarness
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api.close())

/** Sends bytes as they are and gives back all that comes. */
function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
}

const wrongToken = { headers: { authorization: `Bearer ${'b'.repeat(48)}` } }

describe('tokens', () => {
  it.each(API_ROUTES.map((route) => [route.method, route.path, route.access === 'open'] as const))(
    '%s %s is served, and open without a token only when it says so: %s',
    async (method, path, isOpen) => {
      const response = await fetch(api.url + path.replace('{ref}', 'abc'), { method: method.toUpperCase() })
      expect(response.status).toBe(isOpen ? 200 : 401)
      const served = await fetch(api.url + path.replace('{ref}', 'abc'), {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${TOKEN}` },
      })
      // A stream has no end to wait for.
      const isStream = served.headers.get('content-type') === 'text/event-stream'
      if (isStream) await served.body?.cancel()
      else expect(await served.text()).not.toContain('nothing answers')
    },
  )

  it('asks for a token in words', async () => {
    const response = await fetch(`${api.url}/api/v1/sweeps`)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).toMatchObject({
      error: {
        code: 'UNAUTHORIZED',
        message: 'a token is needed',
        hint: expect.stringContaining('admin-token') as string,
      },
    })
  })

  it('answers 429 to the eleventh wrong token, and still serves the right one', async () => {
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await api.get('/api/v1/sweeps', wrongToken)).status).toBe(401)
    }
    expect((await api.get('/api/v1/sweeps', wrongToken)).json.error.code).toBe('TOO_MANY_REQUESTS')
    expect((await api.get('/api/v1/sweeps')).status).toBe(200)
  })
})

describe('foreign pages', () => {
  /** fetch sets Host itself. */
  const statusWith = (headers: Record<string, string>, method = 'GET', path = '/healthz'): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = request({ port: api.port, host: '127.0.0.1', path, method, headers }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      asked.on('error', reject)
      asked.end()
    })

  it.each([
    ['evil.example', 403],
    ['evil.example:8765', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost', 200],
    ['127.0.0.1:9999', 200],
    ['[::1]:8765', 200],
    ['local host', 403],
  ])('a loopback controller answers Host "%s" with %i', async (host, status) => {
    expect(await statusWith({ host })).toBe(status)
  })

  it('another origin changes nothing, even with the token', async () => {
    const path = '/api/v1/sweeps/@last/pause'
    const headers = { host: `localhost:${api.port}`, authorization: `Bearer ${'a'.repeat(48)}` }
    expect(await statusWith({ ...headers, origin: 'http://evil.example' }, 'POST', path)).toBe(403)
    expect(await statusWith({ ...headers, origin: 'null' }, 'POST', path)).toBe(403)
    expect(await statusWith({ ...headers, origin: `http://localhost:${api.port}` }, 'POST', path)).toBe(404)
  })

  it('upgrades of foreign pages and other paths are refused', async () => {
    const upgrade = (path: string, more: string) =>
      sendRaw(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`,
      )
    expect(await upgrade('/api/v1/agent/queue', 'Origin: http://evil.example\r\n')).toMatch(/^HTTP\/1.1 403 /)
    expect(await upgrade('/elsewhere', '')).toMatch(/^HTTP\/1.1 403 /)
    expect(await upgrade('/api/v1/agent/queue?agent=x', '')).toMatch(/^HTTP\/1.1 101 /)
  })

  it('sends the headers that keep a browser in bounds', async () => {
    const { headers } = await api.get('/api/v1/sweeps')
    const changing = ['date', 'connection', 'keep-alive', 'content-length', 'x-request-id']
    expect(Object.fromEntries([...headers].filter(([name]) => !changing.includes(name)))).toEqual({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'self';script-src 'self';img-src 'self' data: blob:;object-src 'none';base-uri 'none';frame-ancestors 'none';form-action 'self'",
      'content-type': 'application/json; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'x-download-options': 'noopen',
      'x-frame-options': 'SAMEORIGIN',
      'x-permitted-cross-domain-policies': 'none',
      'x-xss-protection': '0',
    })
  })
})

describe('bodies', () => {
  const deep = `{"text":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  it.each([
    [
      'a wrong type',
      JSON.stringify({ text: GRID }),
      { 'content-type': 'text/plain' },
      400,
      /application\/json/,
    ],
    ['cut JSON', '{"text":', {}, 400, /not JSON/],
    ['an array', '[1]', {}, 400, /must be a JSON object/],
    ['100,000 levels', deep, {}, 400, /nests deeper/],
    ['__proto__', '{"text":"x","__proto__":{"polluted":1}}', {}, 400, /"__proto__" is reserved/],
    [
      'constructor inside',
      '{"project":"p","config":{"a":{"constructor":1}}}',
      {},
      400,
      /"constructor" is reserved/,
    ],
    ['half a surrogate pair', '{"text":"\\ud800"}', {}, 400, /surrogate/],
    ['NUL', '{"text":"a\\u0000"}', {}, 400, /NUL/],
    ['an unknown field', JSON.stringify({ text: GRID, evil: 1 }), {}, 400, /unknown field "evil"/],
    ['more than 1 MiB', JSON.stringify({ text: 'a'.repeat(1_100_000) }), {}, 413, /larger than 1 MiB/],
  ])('%s is refused in words', async (_what, body, headers, status, message) => {
    const answer = await api.post('/api/v1/sweeps', body, { headers })
    expect(answer.status).toBe(status)
    expect(answer.json.error.message).toMatch(message)
    expect(answer.text).not.toMatch(/\.ts|node_modules|at .*\(/)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('a compressed body and invalid UTF-8 are refused', async () => {
    const send = async (body: Buffer, headers: Record<string, string> = {}) =>
      await api.get('/api/v1/sweeps', {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'content-type': 'application/json', ...headers },
      })
    const zipped = await send(gzipSync(JSON.stringify({ text: GRID })), { 'content-encoding': 'gzip' })
    expect(zipped.status).toBe(400)
    expect(zipped.json.error.message).toMatch(/compressed/)
    const invalid = await send(Buffer.from([0x7b, 0xff, 0x7d]))
    expect(invalid.json.error.message).toMatch(/UTF-8/)
  })

  it.each([
    '../../etc/passwd',
    '%2e%2e%2f%2e%2e%2fetc',
    '%252e%252e%252f',
    'a%00b',
    'C:%5C',
    'x'.repeat(300),
  ])('the name %s finds nothing and breaks nothing', async (name) => {
    const { status } = await api.get(
      `/api/v1/sweeps/${name.startsWith('..') ? encodeURIComponent(name) : name}`,
    )
    expect([400, 404]).toContain(status)
  })

  it('broken percent-encoding and unknown query fields are refused in words', async () => {
    expect(await sendRaw('GET /api/v1/sweeps/%zz HTTP/1.0\r\nHost: localhost\r\n\r\n')).toMatch(/ 401 /)
    expect((await api.get('/api/v1/sweeps/%25zz%')).status).toBe(400)
    expect((await api.get('/api/v1/sweeps?evil=1')).json.error.message).toMatch(/unknown field "evil"/)
    expect((await api.get('/api/v1/nowhere')).json.error.message).toMatch(
      /nothing answers GET \/api\/v1\/nowhere/,
    )
  })
})

describe('bad HTTP', () => {
  it.each([
    ['rubbish', '\u0016\u0003\u0001 hello\r\n\r\n', /^HTTP\/1.1 400 [^]*not valid HTTP/],
    [
      'headers of 100 KB',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
      /^HTTP\/1.1 431 /,
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1.1 400 /,
    ],
  ])('%s gets an answer in words and the process lives', async (_what, bytes, expected) => {
    expect(await sendRaw(bytes)).toMatch(expected)
    expect((await api.get('/healthz')).status).toBe(200)
  })
})

describe('health', () => {
  it('readyz says which part does not answer', async () => {
    const ready = await api.get('/readyz')
    expect(ready.status).toBe(200)
    expect(ready.json).toMatchObject({ status: 'ok', leader: true })
    expect(Object.keys(ready.json.components)).toEqual(['database', 'redis', 'leader', 'ingest', 'disk'])
    api.redisAnswers = false
    const answer = await api.get('/readyz')
    expect(answer.status).toBe(503)
    expect(answer.json).toMatchObject({
      status: 'unavailable',
      components: {
        database: { status: 'ok', reason: null },
        redis: { status: 'failing', reason: expect.stringMatching(/Redis/) as string },
      },
    })
    expect(ReadyResponse.parse(answer.json)).toEqual(answer.json)
    expect(answer.json.error).toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringMatching(/Redis/) as string,
    })
    expect((await api.get('/healthz')).status).toBe(200)
  })

  it('metrics are in the text form of Prometheus', async () => {
    await api.post('/api/v1/sweeps', { text: GRID })
    const { text } = await api.get('/metrics')
    expect(text).toContain('sweep_sweeps{state="running"} 1')
    expect(text).toContain('sweep_leader 1')
    expect(text).toMatch(
      /sweep_http_request_duration_seconds_count\{method="POST",route="\/sweeps",status="201"\} 1/,
    )
  })

  it('the OpenAPI document describes every route with its schemas', async () => {
    const { json } = await api.get('/api/v1/openapi.json')
    expect(json.openapi).toBe('3.1.0')
    expect(Object.keys(json.paths)).toEqual([...new Set(API_ROUTES.map((route) => route.path))])
    expect(Object.keys(json.components.schemas)).toEqual(
      expect.arrayContaining(['Sweep', 'Run', 'ErrorResponse']),
    )
  })
})
