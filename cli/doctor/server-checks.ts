// The way from here to the controller, layer by layer: name, route, port, TLS, HTTP, clock, version, token. The first
// layer that fails is named; what lies behind it is not guessed.
import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { createApiClient } from '../api-client.ts'
import { formatDuration } from '../durations.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { findToken } from '../token.ts'
import type { TokenSearch } from '../token.ts'
import { fail, ok, SERVER, TOKEN, warn } from './check.ts'
import type { Check } from './check.ts'

const LAYER_LIMIT_MS = 4000

export interface ServerFacts {
  readonly checks: readonly Check[]
  /** Of the sweep that answers; null when none does. */
  readonly version: string | null
}

/** @param clientVersion ours, to compare with the server's */
export async function checkServer(search: TokenSearch, clientVersion: string): Promise<ServerFacts> {
  const url = new URL(search.server)
  const broken = (await checkName(url)) ?? (await checkPort(url))
  if (broken !== null) return { checks: [broken, skipped(TOKEN)], version: null }
  const answer = await askHealth(search.server)
  if (answer instanceof Error)
    return { checks: [describeHttpFailure(url, answer), skipped(TOKEN)], version: null }
  const clock = answer.serverTime === null ? [] : [judgeClock(answer.serverTime - answer.localTime)]
  if (answer.version === null) {
    const check = fail(
      SERVER,
      `${search.server} answers, but it is no sweep server (HTTP ${answer.status})`,
      'Take the address that  sweep up  printed:  export SWEEP_SERVER=http://HOST:8765',
    )
    return { checks: [check, skipped(TOKEN), ...clock], version: null }
  }
  const server = ok(SERVER, `${search.server} answers in ${answer.tookMs} ms`)
  const versions = judgeVersions(clientVersion, answer.version)
  return { checks: [server, await checkToken(search), ...clock, versions], version: answer.version }
}

function skipped(name: string): Check {
  return warn(name, 'not tried: no sweep server answers', 'First the server.')
}

async function checkName(url: URL): Promise<Check | null> {
  try {
    await lookup(hostOf(url))
    return null
  } catch {
    return fail(
      SERVER,
      `DNS: the name ${url.hostname} is not known here`,
      `Look:  getent hosts ${url.hostname}`,
    )
  }
}

/** A TCP connection: refused is the port's fault, silence or "unreachable" the route's. */
function checkPort(url: URL): Promise<Check | null> {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  return new Promise((resolve) => {
    const socket = connect({ host: hostOf(url), port, timeout: LAYER_LIMIT_MS })
    const settle = (check: Check | null) => {
      socket.destroy()
      resolve(check)
    }
    socket.once('connect', () => settle(null))
    socket.once('timeout', () => settle(noRoute(url, port, `no answer within ${LAYER_LIMIT_MS / 1000} s`)))
    socket.once('error', (error) => {
      const code = codeOf(error)
      settle(code === 'ECONNREFUSED' ? nobodyListens(url, port) : noRoute(url, port, code || error.message))
    })
  })
}

function nobodyListens(url: URL, port: number): Check {
  return fail(
    SERVER,
    `port: nothing listens on port ${port} of ${url.hostname} (connection refused)`,
    isLoopback(url.hostname)
      ? 'Start one here:  sweep up'
      : `On ${url.hostname}:  sweep up --host 0.0.0.0 --port ${port}`,
  )
}

function noRoute(url: URL, port: number, why: string): Check {
  return fail(
    SERVER,
    `route: port ${port} of ${url.hostname} cannot be reached (${why})`,
    `A firewall or a missing VPN? Look:  curl -v --max-time 5 ${url.origin}/healthz`,
  )
}

interface HealthAnswer {
  readonly status: number
  /** null: it is no sweep. */
  readonly version: string | null
  /** Epoch ms of its Date header; null without one. */
  readonly serverTime: number | null
  /** Epoch ms here, in the middle of the exchange. */
  readonly localTime: number
  readonly tookMs: number
}

/** Never throws: what stands in the way is the answer. */
export async function askHealth(server: string): Promise<HealthAnswer | Error> {
  const url = new URL(`${server}/healthz`)
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const sentAt = Date.now()
  const startedAt = performance.now()
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(url, { agent: false, timeout: LAYER_LIMIT_MS }, resolve)
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${LAYER_LIMIT_MS / 1000} s`)))
      outgoing.on('error', reject)
      outgoing.end()
    })
    const tookMs = performance.now() - startedAt
    const version = readVersion(await readStart(response))
    const date = Date.parse(response.headers.date ?? '')
    return {
      status: response.statusCode ?? 0,
      version,
      serverTime: Number.isNaN(date) ? null : date,
      localTime: sentAt + tookMs / 2,
      tookMs: Math.round(tookMs),
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function readStart(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of response.setEncoding('utf8')) {
    text += String(part)
    if (text.length > 4096) break // a page of something else
  }
  return text
}

function readVersion(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text)
    const isSweep = typeof body === 'object' && body !== null && 'status' in body && body.status === 'ok'
    return isSweep && 'version' in body && typeof body.version === 'string' ? body.version : null
  } catch {
    return null // not JSON: not a sweep
  }
}

function describeHttpFailure(url: URL, error: Error): Check {
  const code = codeOf(error)
  if (url.protocol === 'https:') {
    return fail(
      SERVER,
      `TLS: ${error.message}${code === '' ? '' : ` (${code})`}`,
      `Look:  openssl s_client -connect ${url.hostname}:${url.port || 443} </dev/null   or name its authority:  export NODE_EXTRA_CA_CERTS=ca.pem`,
    )
  }
  return fail(
    SERVER,
    `HTTP: ${url.host} takes connections and does not answer (${error.message})`,
    `Is it HTTPS, or another program? Look:  curl -v --max-time 5 ${url.origin}/healthz`,
  )
}

async function checkToken(search: TokenSearch): Promise<Check> {
  let token
  try {
    token = findToken(search)
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return fail(TOKEN, error.message, error.hint ?? 'Where it is looked for:  sweep help tokens')
  }
  if (token === null) {
    return fail(
      TOKEN,
      'none was found',
      'export SWEEP_TOKEN_FILE=DATA/admin-token   or see:  sweep help tokens',
    )
  }
  const client = createApiClient({
    server: search.server,
    token,
    timeoutMs: LAYER_LIMIT_MS,
    retryDelaysMs: [],
  })
  try {
    await client.get('/agents')
    return ok(TOKEN, `taken; from ${token.origin}`)
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    // Known, with fewer rights than this question needs: an agent's, for instance.
    if (error.code === 'FORBIDDEN') return ok(TOKEN, `taken, with limited rights; from ${token.origin}`)
    if (error.code !== 'UNAUTHORIZED') {
      return warn(TOKEN, `not known: ${error.message}`, error.hint ?? 'Try again.')
    }
    return fail(
      TOKEN,
      `${search.server} does not take the one from ${token.origin}: ${error.message}`,
      'export SWEEP_TOKEN_FILE=DATA/admin-token  with the data folder of that server;  sweep help tokens',
    )
  }
}

const CLOCK_WARN_MS = 10_000
const CLOCK_FAIL_MS = 120_000

/** @param aheadMs server's time minus ours; its header counts whole seconds */
export function judgeClock(aheadMs: number): Check {
  const apart = Math.abs(aheadMs)
  if (apart < CLOCK_WARN_MS) return ok('clock', 'within seconds of the server’s')
  const found = `this machine is ${formatDuration(apart)} ${aheadMs > 0 ? 'behind' : 'ahead of'} the server`
  const hint = 'On the machine that is wrong:  sudo timedatectl set-ntp true'
  return apart < CLOCK_FAIL_MS ? warn('clock', found, hint) : fail('clock', found, hint)
}

export function judgeVersions(client: string, server: string): Check {
  if (client === server) return ok('versions', `${client} here and there`)
  return warn('versions', `${client} here, ${server} on the server`, 'Take the same version on both.')
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
