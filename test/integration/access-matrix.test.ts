// Every route, as the app has it, against everybody who may knock: who is refused, how, and who is let in. A real
// controller answers; a route that is added without saying who may use it fails here.
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Express } from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccess } from '../../controller/access/access.ts'
import {
  PAGE_ROUTES,
  WANDB_PAGE_ROUTES,
  WANDB_ROUTES,
  UPGRADE_PATHS,
  type RouteAccess,
} from '../../controller/access/route-access.ts'
import { startController, type RunningController } from '../../controller/main.ts'
import { createAccessControl } from '../../controller/middleware/access-control.ts'
import { createErrorHandler } from '../../controller/middleware/error-handler.ts'
import { API_ROUTES } from '../../controller/openapi.ts'
import { openSqliteStore } from '../../controller/store/sqlite.ts'
import { systemClock } from '../../runtime/clock.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { ACCESS_ROLES, type Role } from '../../sweeps/access.ts'
import { createSecret, hashSecret } from '../../sweeps/access-token.ts'
import { API_PREFIX } from '../../sweeps/api-schema.ts'
import { openTemporaryStore } from '../support/store.ts'
import { GRID, startApi } from './api-harness.ts'

interface Principal {
  readonly name: string
  /** Of what it shows, when that is good. */
  readonly role: Role | null
  readonly shows: 'nothing' | 'token' | 'cookie'
  readonly secret?: string
  readonly origin: 'none' | 'right' | 'wrong'
}

const draw = (n: number) => randomInt(n)
const ADMIN = createSecret('token', draw)
const AGENT_KEY = 'k'.repeat(64)
const ROUTES: readonly RouteAccess[] = [...API_ROUTES, ...PAGE_ROUTES, ...WANDB_PAGE_ROUTES]

const token = (name: string, role: Role | null, secret = createSecret('token', draw)): Principal => ({
  name,
  role,
  shows: 'token',
  secret,
  origin: 'none',
})
const viewer = token('viewer', 'viewer')
const agent = token('agent', 'agent')
const admin = token('admin', 'admin')
const revoked = token('a revoked admin token', null)
const expired = token('an expired admin token', null)
const cookie = (of: Principal, origin: Principal['origin']): Principal => ({
  ...of,
  name: `${of.name}'s cookie, ${origin} Origin`,
  shows: 'cookie',
  origin,
})
const nobody: Principal = { name: 'nobody', role: null, shows: 'nothing', origin: 'none' }

const PRINCIPALS: readonly Principal[] = [
  nobody,
  token('a wrong token', null),
  revoked,
  expired,
  token("an agent's own key", null, AGENT_KEY),
  viewer,
  agent,
  admin,
  token("the data folder's token", 'admin', ADMIN),
  { ...nobody, name: 'a page of another site', origin: 'wrong' },
  { ...admin, name: 'admin, from a page of another site', origin: 'wrong' },
  ...[viewer, admin, revoked].flatMap((of) => [cookie(of, 'right'), cookie(of, 'wrong'), cookie(of, 'none')]),
]

type Answer = 401 | 403 | 'let in'

/** What the rules say, written down once more and not taken from the code under test. */
function expected({ method, access, isTokenOnly }: RouteAccess, principal: Principal): Answer {
  const isChange = method !== 'get'
  if (isChange && principal.origin === 'wrong') return 403
  if (access === 'open') return 'let in'
  if (access === 'login') {
    if (principal.shows !== 'token' || principal.role === null) return 401
    return principal.role === 'agent' ? 403 : 'let in'
  }
  if (principal.role === null) return 401
  if (principal.shows === 'cookie' && isChange && principal.origin === 'none') return 403
  if (principal.shows === 'cookie' && isTokenOnly === true) return 403
  const roles: readonly Role[] = ACCESS_ROLES[access]
  return roles.includes(principal.role) ? 'let in' : 403
}

let folder: string
let controller: RunningController
const sessions = new Map<string, string>()
const sessionKey = (principal: Principal, route: RouteAccess) =>
  `${principal.name} ${route.method} ${route.path}`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sweep-matrix-'))
  const store = await openSqliteStore({ file: join(folder, 'sweep.db') })
  const now = Date.now()
  await store.write(async (tx) => {
    for (const [index, principal] of [viewer, agent, admin, revoked, expired].entries()) {
      await tx.access.insertToken({
        id: `tkn0000${index}`,
        name: principal.name,
        role: principal.role ?? 'admin',
        hash: hashSecret(principal.secret ?? ''),
        createdBy: 'admin-token',
        createdAt: now - 10_000,
        expiresAt: principal === expired ? now - 1 : now + 3_600_000,
        revokedAt: principal === revoked ? now - 1 : null,
        lastUsedAt: null,
      })
    }
    // One for each cell, because some cells end it.
    for (const principal of PRINCIPALS.filter(({ shows }) => shows === 'cookie')) {
      for (const route of ROUTES) {
        const secret = createSecret('session', draw)
        sessions.set(sessionKey(principal, route), secret)
        await tx.access.insertSession({
          hash: hashSecret(secret),
          tokenHash: hashSecret(principal.secret ?? ''),
          createdAt: now,
          lastSeenAt: now,
          expiresAt: now + 3_600_000,
        })
      }
    }
  })
  await store.close()
  controller = await startController({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    leaseMs: 10_000,
    adminToken: ADMIN,
    log: silentLogger,
  })
})
afterAll(async () => {
  await controller.stop()
  await rm(folder, { recursive: true })
})

let knocks = 0

/** Each from an address of its own, so that the limit on guesses is never reached. @returns status and words */
function knock(
  principal: Principal,
  route: RouteAccess,
  more: Readonly<Record<string, string>> = {},
  from?: string,
): Promise<{ status: number; message: string }> {
  knocks += 1
  const secret = principal.shows === 'cookie' ? sessions.get(sessionKey(principal, route)) : principal.secret
  const path = route.path.replace(/\{\w+\}/g, 'zzzzzzzz').replace('*', 'x')
  return new Promise((resolve, reject) => {
    const asked = request(controller.url + path, {
      method: route.method.toUpperCase(),
      localAddress: from ?? `127.1.${Math.floor(knocks / 250)}.${(knocks % 250) + 1}`,
      agent: false,
      headers: {
        ...(principal.shows === 'token' ? { authorization: `Bearer ${secret}` } : {}),
        ...(principal.shows === 'cookie' ? { cookie: `sweep_session_${controller.port}=${secret}` } : {}),
        ...(principal.origin === 'right' ? { origin: controller.url } : {}),
        ...(principal.origin === 'wrong' ? { origin: 'http://evil.example' } : {}),
        ...more,
      },
    })
    asked.on('error', reject)
    asked.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, message: '' })
    })
    asked.on('response', (response) => {
      const status = response.statusCode ?? 0
      if (status < 400) {
        response.destroy() // some answers never end
        return resolve({ status, message: '' })
      }
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ status, message: text }))
    })
    asked.end()
  })
}

describe(`${ROUTES.length} routes x ${PRINCIPALS.length} principals = ${ROUTES.length * PRINCIPALS.length} cells`, () => {
  it.each(ROUTES.map((route) => [route.method, route.path, route.access, route] as const))(
    '%s %s is for "%s" and nobody else',
    async (_method, _path, _access, route) => {
      for (const principal of PRINCIPALS) {
        const { status, message } = await knock(principal, route)
        const got = status === 401 || status === 403 ? status : 'let in'
        expect({ principal: principal.name, got, message }).toEqual({
          principal: principal.name,
          got: expected(route, principal),
          message: expect.any(String) as string,
        })
        expect(status).toBeLessThan(500)
      }
    },
  )
})

const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'MTIzNDU2Nzg5MDEyMzQ1Ng==',
}

describe('the WebSocket upgrade', () => {
  it('is for agents that show their own key, and for no token and no cookie', async () => {
    const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const response = await fetch(controller.url + API_PREFIX + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await response.json()) as Record<string, unknown>
    }
    const { id: sweepId } = await post('/sweeps', { text: GRID, paused: true })
    const agentFacts = { agentKey: AGENT_KEY, incarnation: 1, host: 'h', pid: 1, slots: 1, version: '0' }
    const { agentId } = await post('/agent/register', { protocol: 1, ...agentFacts, sweepIds: [sweepId] })

    for (const tunnel of UPGRADE_PATHS) {
      const route: RouteAccess = {
        method: 'get',
        path: `${tunnel}?agent=${String(agentId)}`,
        access: 'login',
      }
      for (const principal of PRINCIPALS) {
        if (principal.shows === 'cookie') sessions.set(sessionKey(principal, route), 'x')
        const { status } = await knock(principal, route, upgrade)
        const isItsKey = principal.secret === AGENT_KEY
        expect([principal.name, status]).toEqual([
          principal.name,
          principal.origin === 'wrong' ? 403 : isItsKey ? 101 : 401,
        ])
      }
    }
  })
})

describe('wrong secrets', () => {
  it('count together over API and tunnel, by address, and a right one still passes', async () => {
    const from = '127.2.0.1'
    const tunnel: RouteAccess = { method: 'get', path: `${UPGRADE_PATHS[0]}?agent=x`, access: 'login' }
    const list: RouteAccess = { method: 'get', path: `${API_PREFIX}/sweeps`, access: 'read' }
    const wrong = token('a wrong token', null)
    const tries = async (route: RouteAccess, more = {}) => (await knock(wrong, route, more, from)).status
    for (let round = 0; round < 5; round += 1) {
      expect(await tries(tunnel, upgrade)).toBe(401)
      expect(await tries(list)).toBe(401)
    }
    expect(await tries(tunnel, upgrade)).toBe(429)
    expect(await tries(list)).toBe(429)
    expect((await knock(viewer, list, {}, from)).status).toBe(200)
    expect((await knock(wrong, list)).status).toBe(401)
  })
})

describe('the table of routes', () => {
  it('has every route that the app has, and none that it has not', async () => {
    const api = await startApi()
    try {
      const listed = [...API_ROUTES, ...WANDB_ROUTES, ...PAGE_ROUTES, ...WANDB_PAGE_ROUTES].map(
        (route) => `${route.method} ${route.path}`,
      )
      expect(routesOf(api.app).sort()).toEqual(listed.sort())
    } finally {
      await api.close()
    }
  })

  it('does not cover a route that was forgotten in it: this test finds it, and the app serves it to nobody', async () => {
    const { store, close } = await openTemporaryStore()
    const access = createAccess({ store, clock: systemClock, randomInt: draw, adminToken: ADMIN })
    const app = express()
    app.use(createAccessControl(access, ROUTES))
    app.get(`${API_PREFIX}/forgotten`, (_request, response) => void response.send('secrets'))
    app.use(createErrorHandler(silentLogger))
    expect(routesOf(app)).toEqual([`get ${API_PREFIX}/forgotten`])

    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const response = await fetch(`http://127.0.0.1:${port}${API_PREFIX}/forgotten`, {
      headers: { authorization: `Bearer ${ADMIN}` },
    })
    expect(response.status).toBe(404)
    expect(await response.text()).not.toContain('secrets')
    server.close()
    await close()
  })
})

/** What express keeps of what was given to `use`, `get` and their kin. */
interface Layer {
  readonly route?: { readonly path: string | string[]; readonly methods: Readonly<Record<string, boolean>> }
  readonly handle: { readonly stack?: readonly Layer[] }
  readonly rawPath: string | string[]
}

/** `get /api/v1/sweeps/{ref}`, of every route of the app and of the routers in it. */
function routesOf(app: Express): string[] {
  const walk = (layers: readonly Layer[], prefix: string): string[] =>
    layers.flatMap(({ route, handle, rawPath }) => {
      if (route !== undefined) {
        const paths = [route.path]
          .flat()
          .map((path) => prefix + path.replace(/:(\w+)/g, '{$1}').replace('*path', '*'))
        return Object.keys(route.methods).flatMap((method) => paths.map((path) => `${method} ${path}`))
      }
      const { stack = [] } = handle
      return [rawPath].flat().flatMap((path) => walk(stack, path === '/' ? prefix : prefix + path))
    })
  return walk((app.router as unknown as { stack: readonly Layer[] }).stack, '')
}
