// Tokens with roles, and the page's session, over HTTP on a real store.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashSecret } from '../../sweeps/access-token.ts'
import { waitFor } from '../support/wait.ts'
import { GRID, startApi, TOKEN, type Answer, type ApiHarness } from './api-harness.ts'

const DAY_MS = 86_400_000

let api: ApiHarness
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api.close())

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
/** Without the token that the harness sends by itself. */
const bare = async (method: string, path: string, headers: Record<string, string> = {}, body?: object) => {
  const response = await fetch(api.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, json: (await response.json()) as never }
}

async function makeToken(role: string, ttlSeconds = 3600): Promise<{ id: string; secret: string }> {
  const { status, json } = await api.post('/api/v1/tokens', { role, ttlSeconds, name: `my ${role}` })
  expect(status).toBe(201)
  return { id: json.token.id, secret: json.secret }
}

const whoami = (token: string): Promise<Answer> => api.get('/api/v1/whoami', bearer(token))
const listed = async (id: string) =>
  (await api.get('/api/v1/tokens')).json.tokens.find((token: { id: string }) => token.id === id)

describe('tokens', () => {
  it('are shown once, and kept as a hash', async () => {
    const { id, secret } = await makeToken('viewer')

    expect(secret).toMatch(/^swp_[A-Za-z0-9]{54}$/)
    const { text, json } = await api.get('/api/v1/tokens')
    expect(text).not.toContain(secret)
    expect(json.tokens[0]).toMatchObject({ id, role: 'viewer', state: 'good', createdBy: 'admin-token' })
    expect(json.tokens[0]).not.toHaveProperty('hash')
    expect(JSON.stringify(await api.store.access.listTokens())).not.toContain(secret)
  })

  it('say who they are', async () => {
    const { id, secret } = await makeToken('agent')
    expect((await whoami(secret)).json).toMatchObject({ name: 'my agent', role: 'agent', tokenId: id })
    expect((await whoami(TOKEN)).json).toEqual({
      name: 'admin-token',
      role: 'admin',
      tokenId: null,
      expiresAt: null,
    })
  })

  it('say in words whether they are wrong, revoked, expired, or of another role', async () => {
    const { id, secret } = await makeToken('viewer')
    const short = await makeToken('viewer', 60)

    expect((await api.post('/api/v1/sweeps', {}, bearer(secret))).json.error).toMatchObject({
      code: 'FORBIDDEN',
      message: 'a token of role viewer may not do this: it takes admin',
    })
    api.pass(61_000)
    expect((await whoami(short.secret)).json.error).toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringMatching(/^the token \w{8} "my viewer" expired at 2026-01-01T/) as string,
    })
    await api.post(`/api/v1/tokens/${id}/revoke`)
    expect((await whoami(secret)).json.error.message).toMatch(/"my viewer" was revoked at 2026-01-01T/)
    expect((await whoami('b'.repeat(48))).json.error.message).toBe('this token is not known here')
    expect(await listed(id)).toMatchObject({ state: 'revoked' })
    expect(await listed(short.id)).toMatchObject({ state: 'expired' })
  })

  it('are revoked at once, by any unique start of their id, and once', async () => {
    const { id, secret } = await makeToken('admin')
    expect((await whoami(secret)).status).toBe(200)

    const first = await api.post(`/api/v1/tokens/${id.slice(0, 5)}/revoke`)
    expect((await whoami(secret)).status).toBe(401)
    const second = await api.post(`/api/v1/tokens/${id}/revoke`)

    expect([first.json.changed, second.json.changed]).toEqual([true, false])
    expect(second.json.token.revokedAt).toBe(first.json.token.revokedAt)
    expect((await api.post('/api/v1/tokens/zzzzzzzz/revoke')).json.error.code).toBe('NOT_FOUND')
    expect((await api.post('/api/v1/tokens//revoke')).status).toBe(404)
  })

  it('remember their last use to the minute', async () => {
    const { id, secret } = await makeToken('viewer')
    const usedAt = async () => ((await listed(id)) as { lastUsedAt: string | null }).lastUsedAt
    expect(await usedAt()).toBeNull()

    await whoami(secret)
    const first = await waitFor('the first use is stored', usedAt)
    for (let uses = 0; uses < 20; uses += 1) await whoami(secret)
    expect(await usedAt()).toBe(first)

    api.pass(60_000)
    await whoami(secret)
    await waitFor('the later use is stored', async () => (await usedAt()) !== first)
  })

  it.each([
    [{ role: 'root', ttlSeconds: 60 }, /role/],
    [{ role: 'viewer', ttlSeconds: 0 }, /ttlSeconds/],
    [{ role: 'viewer', ttlSeconds: 1e9 }, /ttlSeconds/],
    [{ role: 'viewer', ttlSeconds: 60, name: 'two\nlines' }, /name/],
    [{ role: 'viewer' }, /ttlSeconds/],
  ])('are not made of %j', async (body, problem) => {
    const { status, json } = await api.post('/api/v1/tokens', body)
    expect(status).toBe(400)
    expect(json.error.message).toMatch(problem)
  })
})

describe('the change log', () => {
  it('says who made each change, also of changes that share a commit', async () => {
    const tokens = await Promise.all(Array.from({ length: 4 }, () => makeToken('admin')))
    const made = await Promise.all(
      tokens.flatMap(({ id, secret }) =>
        Array.from({ length: 5 }, async () => ({
          by: `my admin (${id})`,
          sweepId: (await api.post('/api/v1/sweeps', { text: GRID }, bearer(secret))).json.id as string,
        })),
      ),
    )
    const { changes } = (await api.get('/api/v1/changes')).json
    const madeBy = changes.map((change: { entityId: string; data: { by: string } }) => [
      change.entityId,
      change.data.by,
    ])
    expect(madeBy.sort()).toEqual(made.map(({ sweepId, by }) => [sweepId, by]).sort())

    await api.post(`/api/v1/sweeps/${made[0]?.sweepId}/pause`)
    const last = (await api.get('/api/v1/changes')).json.changes.at(-1)
    expect(last).toMatchObject({ event: 'sweep.paused', data: { by: 'admin-token', from: 'running' } })
  })
})

/** `name=value` of the cookie that an answer sets, and its attributes. */
function cookieOf({ headers }: { headers: Headers }): { pair: string; attributes: string[] } {
  const [pair = '', ...attributes] = (headers.get('set-cookie') ?? '').split('; ')
  return { pair, attributes }
}

const hashOf = (pair: string) => hashSecret(pair.split('=')[1] ?? '')

describe("the page's session", () => {
  const login = (body: object, headers: Record<string, string> = {}) =>
    bare('POST', '/api/v1/session', headers, body)
  const asPage = (cookie: string, path = '/api/v1/whoami', method = 'GET') =>
    bare(method, path, { cookie, origin: api.url })

  it('is a cookie that no script reads and no other site sends', async () => {
    const answer = await login({ token: TOKEN })
    const { pair, attributes } = cookieOf(answer)

    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({ role: 'admin', name: 'admin-token' })
    expect(pair).toMatch(new RegExp(`^sweep_session_${api.port}=sws_[A-Za-z0-9]{54}$`))
    expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/']))
    expect(attributes).not.toContain('Secure') // plain HTTP: a browser would drop it
    expect((await asPage(pair)).json).toMatchObject({ role: 'admin' })
  })

  it('opens with the token in the header too, and with nothing less', async () => {
    const { status } = await bare('POST', '/api/v1/session', { authorization: `Bearer ${TOKEN}` })
    expect(status).toBe(201)
    expect((await login({})).status).toBe(401)
    expect((await login({ token: 'b'.repeat(48) })).status).toBe(401)
    expect((await login({ token: TOKEN, ticket: TOKEN })).status).toBe(400)
    const { secret } = await makeToken('agent')
    expect(await login({ token: secret })).toMatchObject({
      status: 403,
      json: { error: { message: 'a token of role agent opens no page' } },
    })
  })

  it('has the rights of its token, and ends with it', async () => {
    const { id, secret } = await makeToken('viewer')
    const { pair } = cookieOf(await login({ token: secret }))
    expect((await asPage(pair, '/api/v1/sweeps')).status).toBe(200)
    expect((await asPage(pair, '/api/v1/sweeps', 'POST')).status).toBe(403)

    await api.post(`/api/v1/tokens/${id}/revoke`)
    expect((await asPage(pair, '/api/v1/sweeps')).status).toBe(401)
  })

  it('ends when it is logged out, when another one begins in the same browser, and takes the cookie with it', async () => {
    const first = cookieOf(await login({ token: TOKEN })).pair
    const second = cookieOf(await login({ token: TOKEN }, { cookie: first })).pair
    const refused = await asPage(first)
    expect(refused.status).toBe(401)
    expect(cookieOf(refused).attributes.join()).toMatch(/Expires=Thu, 01 Jan 1970/)

    expect((await asPage(second, '/api/v1/session', 'DELETE')).json).toEqual({ ended: true })
    expect((await asPage(second)).status).toBe(401)
  })

  it('ends after 12 hours without use, and after 7 days with use', async () => {
    const idle = cookieOf(await login({ token: TOKEN })).pair
    api.pass(DAY_MS / 2 + 60_000)
    expect((await asPage(idle)).status).toBe(401)

    const busy = cookieOf(await login({ token: TOKEN })).pair
    const seenAt = async () => (await api.store.access.findSession(hashOf(busy)))?.lastSeenAt ?? null
    for (let hours = 11; hours < 7 * 24; hours += 11) {
      const before = await seenAt()
      api.pass(11 * 3_600_000)
      expect((await asPage(busy)).status).toBe(200)
      await waitFor('the use is stored', async () => (await seenAt()) !== before)
    }
    api.pass(11 * 3_600_000)
    expect((await asPage(busy)).json).toMatchObject({ error: { message: 'this session has ended' } })
  })

  it('changes nothing without the Origin of this very address', async () => {
    const { pair: cookie } = cookieOf(await login({ token: TOKEN }))
    const pause = (headers: Record<string, string>) =>
      bare('POST', '/api/v1/sweeps/@last/pause', { cookie, ...headers })
    expect((await pause({})).status).toBe(403)
    expect((await pause({ origin: 'http://evil.example' })).status).toBe(403)
    expect((await pause({ origin: `http://127.0.0.1:${api.port + 1}` })).status).toBe(403)
    expect((await pause({ origin: api.url })).status).toBe(404)
  })

  it('counts wrong secrets together with those sent elsewhere', async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await whoami('b'.repeat(48))).status).toBe(401)
      expect((await login({ token: 'b'.repeat(48) })).status).toBe(401)
    }
    const refused = await login({ ticket: 'c'.repeat(48) })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await asPage(`sweep_session_${api.port}=x`)).status).toBe(429)
    expect((await login({ token: TOKEN })).status).toBe(201)
  })
})

describe('a ticket', () => {
  const redeem = (ticket: string) => bare('POST', '/api/v1/session', {}, { ticket })
  const makeTicket = async (init = {}) => (await api.post('/api/v1/session/ticket', undefined, init)).json

  it('is a link that no server sees, and opens one session with the rights of who made it', async () => {
    const { secret } = await makeToken('viewer')
    const { ticket, url } = await makeTicket(bearer(secret))
    expect(url).toBe(`${api.url}/#ticket=${ticket}`)

    const elsewhere = await api.post('/api/v1/session/ticket', { path: '/s/k3v9r2td' })
    expect(elsewhere.json.url).toMatch(`${api.url}/s/k3v9r2td#ticket=`)
    for (const path of ['//evil.example', 'http://evil.example', '/a#b', '/a?b', ''])
      expect((await api.post('/api/v1/session/ticket', { path })).status).toBe(400)

    const answers = await Promise.all(Array.from({ length: 5 }, () => redeem(ticket)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401, 401])
    const { json } = answers.find(({ status }) => status === 201) ?? {}
    expect(json).toMatchObject({ role: 'viewer' })
  })

  it('is good for five minutes', async () => {
    const { ticket } = await makeTicket()
    api.pass(5 * 60_000)
    expect(await redeem(ticket)).toMatchObject({
      status: 401,
      json: { error: { message: 'this link was used before, or is older than 5 minutes' } },
    })
  })

  it('is worth nothing when its token was revoked meanwhile, and no page makes one', async () => {
    const { id, secret } = await makeToken('admin')
    const { ticket } = await makeTicket(bearer(secret))
    const { pair: cookie } = cookieOf(await bare('POST', '/api/v1/session', {}, { token: secret }))
    const byPage = await bare('POST', '/api/v1/session/ticket', { cookie, origin: api.url })
    expect(byPage.status).toBe(403)

    await api.post(`/api/v1/tokens/${id}/revoke`)
    expect((await redeem(ticket)).status).toBe(401)
  })
})
