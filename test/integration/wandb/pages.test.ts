// The addresses that W&B's client prints: the dashboard is there for everybody, and holds nothing of what it shows.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi } from '../api-harness.ts'
import type { ApiHarness } from '../api-harness.ts'

describe("the dashboard at W&B's addresses", () => {
  let api: ApiHarness
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api?.close())

  test.each([
    '/anyone/digits',
    '/anyone/digits/workspace',
    '/anyone/digits/table',
    '/anyone/digits/runs/kept-run%201',
    '/anyone/digits/runs/kept-run%201/overview',
    '/anyone/digits/sweeps/mn7w2xbq',
    '/anyone/digits/groups/a%22%3E%3Cscript%3E',
    '/authorize',
  ])('%s is the page, without a token and without what it would show', async (path) => {
    const answer = await fetch(api.url + path)
    const text = await answer.text()
    expect([200, 503]).toContain(answer.status) // 503: the dashboard was not built
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(text).not.toMatch(/digits|kept-run|mn7w2xbq|<script>/)
  })

  test('what begins with a name of ours is no project', async () => {
    for (const path of ['/api/nothing', '/assets/none.js', '/api/v1/runs/x/y/z', '/a/b/c/d', '/a/b/runs/%FF'])
      expect((await fetch(api.url + path)).status, path).toBeGreaterThanOrEqual(400)
  })
})
