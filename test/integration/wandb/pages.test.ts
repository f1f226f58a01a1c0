// The pages behind the addresses that W&B's client prints: who may look, what they show, and that no text of a run
// becomes markup.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, TOKEN } from '../api-harness.ts'
import type { ApiHarness } from '../api-harness.ts'

const HOSTILE = '<script>alert("x")</script>\u202e"\'><img src=x onerror=alert(1)>'
const SWEEP = `
name: '${HOSTILE.replaceAll("'", "''")}'
project: digits
method: random
metric: {name: loss, goal: minimize}
parameters: {lr: {min: 0.1, max: 1.0}}
command: [python3, train.py]
`

describe("the pages of W&B's addresses", () => {
  let api: ApiHarness
  let sweepId: string
  beforeAll(async () => {
    api = await startApi()
    const config = { lr: 0.5, [HOSTILE]: HOSTILE, model: { name: 'mlp' } }
    await graphql('mutation U($input: UpsertBucketInput!) { upsertBucket(input: $input) { inserted } }', {
      input: {
        name: 'own-run 1',
        modelName: 'digits',
        host: 'h',
        displayName: HOSTILE,
        notes: `${HOSTILE}${'n'.repeat(10_000)}`,
        tags: [HOSTILE],
        groupName: HOSTILE,
        config: JSON.stringify(
          Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }])),
        ),
      },
    })
    const rows = [0, 1, 2].map((step) =>
      JSON.stringify({
        loss: 1 / (step + 1),
        [HOSTILE]: step,
        word: HOSTILE,
        _step: step,
        _timestamp: 1.8e9,
        _runtime: step,
      }),
    )
    await api.post('/files/sweep/digits/own-run%201/file_stream', {
      files: {
        'wandb-history.jsonl': { offset: 0, content: rows },
        'wandb-summary.json': {
          offset: 0,
          content: [JSON.stringify({ loss: 1 / 3, acc: { max: 0.75 }, word: HOSTILE })],
        },
        'output.log': { offset: 0, content: [`2026-11-22T00:00:00.000000 ${HOSTILE}`] },
      },
      complete: true,
      exitcode: 0,
    })
    const made = await api.post('/api/v1/sweeps', { text: SWEEP })
    sweepId = (made.json as { sweep: { id: string } }).sweep.id
  })
  afterAll(() => api?.close())

  async function graphql(query: string, variables: object): Promise<void> {
    const { text } = await api.post('/graphql', { query, variables })
    expect(text).not.toContain('errors')
  }

  const PAGES = () => [
    '/anyone/digits',
    '/anyone/digits/workspace',
    '/anyone/digits/runs/own-run%201',
    '/anyone/digits/runs/own-run%201/overview',
    `/anyone/digits/sweeps/${sweepId}`,
    `/anyone/digits/groups/${encodeURIComponent(HOSTILE)}`,
  ]

  test('open, and show no text as markup', async () => {
    for (const path of PAGES()) {
      const { status, text, headers } = await api.get(path)
      expect(status, path).toBe(200)
      expect(headers.get('content-type')).toContain('text/html')
      expect(headers.get('content-security-policy')).toContain("script-src 'self'")
      expect(headers.get('cache-control')).toBe('no-store')
      expect(text).toContain('&lt;script&gt;')
      expect(text).not.toMatch(/<script|<img|<style|<[^>]*\s(style|on\w+)=/i)
      expect(text.length).toBeLessThan(60_000)
    }
  })

  test('show state, config, summary, values and the log of a run', async () => {
    const { text } = await api.get('/anyone/digits/runs/own-run%201')
    const words = text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
    expect(words).toContain('state finished')
    expect(words).toContain('lr 0.5')
    expect(words).toContain('model.name mlp')
    expect(words).toContain('acc.max 0.75')
    expect(words).toMatch(/step loss .* 0 1 0 .* 1 0.5 1 .* 2 0.333333 2/)
    expect(words).toMatch(/Log .*alert/)
    expect(words).toContain('more characters')
  })

  test('show how a sweep stands', async () => {
    const { text } = await api.get(`/anyone/digits/sweeps/${sweepId}`)
    expect(text).toContain('running')
    expect(text).toContain('loss')
    expect(text).toContain('method: random')
  })

  test('what is not there is 404, in words', async () => {
    for (const path of [
      '/a/nowhere',
      '/a/digits/runs/none',
      '/a/digits/sweeps/none',
      '/a/b/c/d',
      '/a/digits/runs/%FF',
    ])
      expect((await api.get(path)).status, path).toBeGreaterThanOrEqual(400)
    expect((await api.get('/a/nowhere')).text).toContain('nothing of this name')
  })

  test('ask for a token first, and go on to where one wanted to go', async () => {
    const path = '/anyone/digits/runs/own-run%201?x="><b>'
    const asked = await fetch(api.url + path)
    expect(asked.status).toBe(401)
    const form = await asked.text()
    expect(form).toContain('<form method="post" action="/login">')
    expect(form).not.toContain('alert')
    expect(form).not.toContain('"><b>')
    const opened = await logIn({ token: TOKEN, next: '/anyone/digits/runs/own-run%201' })
    expect(opened.status).toBe(303)
    expect(opened.headers.get('location')).toBe('/anyone/digits/runs/own-run%201')
    const cookie = opened.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    const shown = await fetch(api.url + '/anyone/digits', { headers: { cookie: cookie.split(';')[0] ?? '' } })
    expect(shown.status).toBe(200)
    await shown.text()
  })

  test('a wrong token opens nothing', async () => {
    const answer = await logIn({ token: 'x'.repeat(48), next: '/a/b' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(await answer.text()).toContain('not known')
  })

  test('logging in leads to no other site', async () => {
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/\t/evil',
      '',
    ]) {
      const answer = await logIn({ token: TOKEN, next })
      expect(answer.headers.get('location'), next).toBe('/')
    }
  })

  test('a token of role agent opens no page', async () => {
    const { json } = await api.post('/api/v1/tokens', { role: 'agent', ttlSeconds: 600 })
    const { secret } = json as { secret: string }
    const answer = await fetch(`${api.url}/anyone/digits`, { headers: { authorization: `Bearer ${secret}` } })
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('role agent')
  })

  function logIn(form: Record<string, string>): Promise<Response> {
    return fetch(`${api.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: api.url },
      body: new URLSearchParams(form),
    })
  }
})
