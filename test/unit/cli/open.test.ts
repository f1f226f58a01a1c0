import { afterEach, describe, expect, it } from 'vitest'
import { cli, runJson, serve } from './cli-world.ts'
import type { FakeServer } from './cli-world.ts'

let server: FakeServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

/** @param ticket the answer of the route that gives out tickets, from the server's own address */
async function open(words: readonly string[], ticket: (url: string) => { status: number; text: string }) {
  server = await serve(({ method, path }) => {
    if (method === 'POST' && path === '/api/v1/session/ticket') return ticket(server?.url ?? '')
    if (path === '/api/v1/resolve/q8x') return JSON.stringify({ kind: 'run', id: 'q8x2m4kd', name: 'r' })
    return JSON.stringify({ run: runJson({ sweepId: null }) })
  })
  const result = await cli(['open', ...words], { env: { SWEEP_SERVER: server.url } })
  return { ...result, url: server.url, requests: server.requests }
}

const refused = (status: number, code: string) => () => ({
  status,
  text: JSON.stringify({ error: { code, message: 'no', hint: null } }),
})

describe('sweep open', () => {
  it('prints a link with a ticket where the server gives one out', async () => {
    const result = await open(['q8x'], (url) => ({
      status: 201,
      text: JSON.stringify({ ticket: 'swt_1', url: `${url}/r/q8x2m4kd#ticket=swt_1` }),
    }))
    expect(result).toMatchObject({ code: 0, stdout: `${result.url}/r/q8x2m4kd#ticket=swt_1\n` })
    expect(JSON.parse(result.requests.at(-1)?.body ?? '')).toEqual({ path: '/r/q8x2m4kd' })
  })

  it.each([
    ['has no such route', refused(404, 'NOT_FOUND')],
    ['refuses this token a ticket', refused(403, 'FORBIDDEN')],
    ['names another host', () => ({ status: 201, text: '{"url":"http://evil.example/#ticket=swt_1"}' })],
  ])('prints the plain address where the server %s', async (_, ticket) => {
    const { code, stdout, url } = await open([], ticket)
    expect([code, stdout]).toEqual([0, `${url}/\n`])
  })

  it('ends with 4 when the token is not known', async () => {
    expect((await open([], refused(401, 'UNAUTHORIZED'))).code).toBe(4)
  })

  it('answers programs with the address', async () => {
    const { stdout, url } = await open(['--json'], refused(404, 'NOT_FOUND'))
    expect(JSON.parse(stdout)).toEqual({ schema: 'sweep.open/1', url: `${url}/` })
  })
})
