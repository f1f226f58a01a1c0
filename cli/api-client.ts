// HTTP to the controller: one request at a time, answers as text (a run's config must not be rewritten), refusals
// as SweepError. node:http and not fetch, which costs 30 ms of start-up. Knows addresses and tokens, no commands.
import type { IncomingMessage } from 'node:http'
import { describeCertificateFailure, TRUST_HINT } from '../runtime/certificate-failures.ts'
import { ERROR_CODES, SweepError } from '../sweeps/errors.ts'
import type { ErrorCode } from '../sweeps/errors.ts'
import type { FoundToken } from './token.ts'

const API_PREFIX = '/api/v1'

export type Query = Readonly<Record<string, string | number | undefined>>

export interface ApiClientOptions {
  readonly server: string
  readonly token: FoundToken | null
  /** Milliseconds without a byte before a request is given up. */
  readonly timeoutMs: number
  /** Told of each request that was answered (`-v`). */
  readonly onRequest?: ((line: string) => void) | undefined
  /** Pauses between the tries to connect. @default [1000, 2500] */
  readonly retryDelaysMs?: readonly number[]
}

export interface ApiClient {
  readonly server: string
  /** The answer's text. @throws SweepError */
  get(path: string, query?: Query): Promise<string>
  /** @throws SweepError */
  post(path: string, body: Readonly<Record<string, unknown>>): Promise<string>
  /** @throws SweepError */
  patch(path: string, body: Readonly<Record<string, unknown>>): Promise<string>
  /** @throws SweepError */
  delete(path: string): Promise<string>
  /** The answer as it comes. @throws SweepError */
  stream(path: string, query?: Query): Promise<IncomingMessage>
}

export function createApiClient(options: ApiClientOptions): ApiClient {
  const delays = options.retryDelaysMs ?? [1000, 2500]

  /** Tries again while nothing listens; what was perhaps received is only repeated when it changes nothing. */
  async function request(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    query?: Query,
    body?: string,
  ): Promise<IncomingMessage> {
    const url = buildUrl(options.server, path, query)
    const startedAt = performance.now()
    for (let tries = 1; ; tries++) {
      try {
        const response = await sendOnce(method, url, body, options)
        options.onRequest?.(
          `${method} ${url.pathname}${url.search} ${response.statusCode} ${Math.round(performance.now() - startedAt)} ms`,
        )
        if ((response.statusCode ?? 500) < 300) return response
        throw refusal(response, await readText(response), options)
      } catch (error) {
        if (error instanceof SweepError) throw error
        const distrust = describeCertificateFailure(codeOf(error))
        if (distrust !== null) throw untrusted(options.server, distrust, error)
        const mayRepeat = method === 'GET' || NOTHING_SENT.has(codeOf(error))
        const delay = delays[tries - 1]
        if (mayRepeat && delay !== undefined) await pause(delay)
        else throw unreachable(options.server, error, tries, performance.now() - startedAt)
      }
    }
  }

  return {
    server: options.server,
    get: async (path, query) => readBody(await request('GET', path, query), options.server),
    post: async (path, body) =>
      readBody(await request('POST', path, undefined, JSON.stringify(body)), options.server),
    patch: async (path, body) =>
      readBody(await request('PATCH', path, undefined, JSON.stringify(body)), options.server),
    delete: async (path) => readBody(await request('DELETE', path), options.server),
    stream: (path, query) => request('GET', path, query),
  }
}

/** Encodes a sweep's or run's reference for a path. */
export function refPath(kind: 'sweeps' | 'runs' | 'agents', ref: string, rest = ''): string {
  return `/${kind}/${encodeURIComponent(ref)}${rest}`
}

/** Is a controller alive at this address? Never throws. */
export async function answersHealth(server: string, timeoutMs = 2000): Promise<boolean> {
  try {
    const url = new URL(`${server}/healthz`)
    const response = await sendOnce('GET', url, undefined, { server, token: null, timeoutMs })
    response.resume()
    return response.statusCode === 200
  } catch {
    return false
  }
}

const NOTHING_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function buildUrl(server: string, path: string, query: Query = {}): URL {
  const url = new URL(`${server}${API_PREFIX}${path}`)
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(key, String(value))
  return url
}

async function sendOnce(
  method: string,
  url: URL,
  body: string | undefined,
  options: ApiClientOptions,
): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        agent: false,
        timeout: options.timeoutMs,
        headers: {
          accept: 'application/json',
          ...(options.token ? { authorization: `Bearer ${options.token.token}` } : {}),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      },
      resolve,
    )
    outgoing.on('timeout', () =>
      outgoing.destroy(
        Object.assign(new Error(`no answer in ${options.timeoutMs / 1000} s`), { code: 'ETIMEDOUT' }),
      ),
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(Buffer.from(part as Uint8Array)) // no encoding set: bytes come
  return Buffer.concat(parts).toString('utf8')
}

async function readBody(response: IncomingMessage, server: string): Promise<string> {
  let text: string
  try {
    text = await readText(response)
  } catch (error) {
    throw new SweepError('SERVER_UNREACHABLE', `${server} broke off in the middle of its answer`, {
      hint: 'Try again.',
      cause: error,
    })
  }
  if (!text.trimStart().startsWith('{')) throw notASweepServer(server)
  return text
}

function refusal(response: IncomingMessage, text: string, options: ApiClientOptions): SweepError {
  const status = response.statusCode ?? 500
  const error = parseErrorBody(text)
  if (error === null) {
    if (status === 404 || status === 405) return notASweepServer(options.server)
    return new SweepError(codeOfStatus(status), `${options.server} answered ${status}`, {
      hint: status >= 500 ? 'Look at the log of the controller.' : undefined,
    })
  }
  const code = isErrorCode(error.code) ? error.code : codeOfStatus(status)
  return new SweepError(code, error.message, {
    hint: code === 'UNAUTHORIZED' ? tokenHint(options) : (error.hint ?? undefined),
    at: error.at,
    ...(error.details === undefined ? {} : { details: error.details }),
  })
}

function tokenHint({ token }: ApiClientOptions): string {
  return token === null
    ? 'No token was found. `sweep login`, or set SWEEP_TOKEN_FILE to the `admin-token` in the data folder of `sweep up`.'
    : `The token from ${token.origin} was used. Use another one: \`sweep login\`, SWEEP_TOKEN or SWEEP_TOKEN_FILE.`
}

interface ErrorBody {
  code: string
  message: string
  hint?: string | null
  at?: string
  details?: Record<string, unknown>
}

function parseErrorBody(text: string): ErrorBody | null {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null || !('error' in body)) return null
    const error = body.error as Partial<ErrorBody> | null // an answer from outside: checked member by member below
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return null
    return { ...error, code: error.code, message: error.message }
  } catch {
    return null // a proxy's HTML page, for instance
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHORIZED'
  if (status === 403) return 'FORBIDDEN'
  if (status === 404) return 'NOT_FOUND'
  if (status === 409) return 'ILLEGAL_TRANSITION'
  if (status === 413) return 'BODY_TOO_LARGE'
  if (status === 429) return 'TOO_MANY_REQUESTS'
  if (status === 502 || status === 503 || status === 504) return 'SERVER_UNREACHABLE'
  return status < 500 ? 'REQUEST_INVALID' : 'INTERNAL'
}

function notASweepServer(server: string): SweepError {
  return new SweepError('SERVER_UNREACHABLE', `${server} answers, but it is no sweep server`, {
    hint: 'Point SWEEP_SERVER at the address that `sweep up` printed.',
  })
}

function untrusted(server: string, why: string, error: unknown): SweepError {
  const message = `${server} is not trusted: ${why}`
  return new SweepError('SERVER_UNREACHABLE', message, { hint: TRUST_HINT, cause: error })
}

function unreachable(server: string, error: unknown, tries: number, elapsedMs: number): SweepError {
  const why = REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error))
  const effort = tries > 1 ? `, tried ${tries} times in ${Math.max(1, Math.round(elapsedMs / 1000))} s` : ''
  return new SweepError('SERVER_UNREACHABLE', `No server at ${server} (${why}${effort}).`, {
    hint: 'Start one here:     sweep up\nOr point at yours:  export SWEEP_SERVER=http://HOST:8765',
    cause: error,
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'host name could not be looked up',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ECONNRESET: 'connection reset',
  ETIMEDOUT: 'no answer',
}

/** The system's code; of a failure to reach any of several addresses of a name, the first one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
