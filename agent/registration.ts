// Registers the agent with its controller by HTTP, the only request that is not Redis.
import { RegisterAgentResponse } from '../sweeps/protocol.ts'
import type { RegisterAgentRequest } from '../sweeps/protocol.ts'
import { ERROR_CODES, SweepError } from '../sweeps/errors.ts'
import type { ErrorCode } from '../sweeps/errors.ts'
import { describeCertificateFailure, TRUST_HINT } from '../runtime/certificate-failures.ts'
import { setTimeout as delay } from 'node:timers/promises'

export interface RegistrationOptions {
  /** Address of the controller, e.g. `http://127.0.0.1:8765`. */
  readonly server: string
  readonly token: string
  readonly request: RegisterAgentRequest
  /** Tries before it gives up on a server that does not answer. @default 3 */
  readonly tries?: number
  readonly signal?: AbortSignal
}

const REQUEST_TIMEOUT_MS = 10_000
const PAUSE_BETWEEN_TRIES_MS = 1_500

/**
 * @throws SweepError SERVER_UNREACHABLE when nobody answers or the answer is none of ours; otherwise with the code,
 *   message and hint of the server's answer (UNAUTHORIZED, NOT_FOUND, ...)
 */
export async function registerAgent(options: RegistrationOptions): Promise<RegisterAgentResponse> {
  const tries = options.tries ?? 3
  for (let attempt = 1; ; attempt++) {
    try {
      return await registerOnce(options)
    } catch (error) {
      const mayTryAgain =
        error instanceof SweepError && ERROR_CODES[error.code].status === 503 && error.hint !== TRUST_HINT
      if (!mayTryAgain || attempt >= tries || options.signal?.aborted) throw error
    }
    await delay(PAUSE_BETWEEN_TRIES_MS, undefined, options.signal ? { signal: options.signal } : {})
  }
}

async function registerOnce({
  server,
  token,
  request,
  signal,
}: RegistrationOptions): Promise<RegisterAgentResponse> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  let response: Response
  let body: unknown
  try {
    response = await fetch(new URL('/api/v1/agent/register', server), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(request),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    body = await response.json()
  } catch (error) {
    const distrust = describeCertificateFailure(codeOf(error))
    if (distrust !== null) {
      const message = `${server} is not trusted: ${distrust}`
      throw new SweepError('SERVER_UNREACHABLE', message, { hint: TRUST_HINT, cause: error })
    }
    throw unreachable(server, describeFetchFailure(error), error)
  }
  if (!response.ok) throw toSweepError(server, response.status, body)
  const parsed = RegisterAgentResponse.safeParse(body)
  if (!parsed.success) {
    throw unreachable(
      server,
      'it answered something that no sweep server of this version answers',
      parsed.error,
    )
  }
  return parsed.data
}

function unreachable(server: string, reason: string, cause: unknown): SweepError {
  return new SweepError('SERVER_UNREACHABLE', `no server at ${server} (${reason})`, {
    hint: `Start one with \`sweep up\`, or point SWEEP_SERVER at yours.`,
    cause,
  })
}

function describeFetchFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer in ${REQUEST_TIMEOUT_MS / 1000} s`
  const code = codeOf(error)
  const { message } = error.cause instanceof Error ? error.cause : error
  return code === 'ECONNREFUSED' ? 'connection refused' : code || message || error.message
}

/** fetch hides the system's error behind one of its own. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const cause = error.cause instanceof Error ? error.cause : error
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

function toSweepError(server: string, status: number, body: unknown): SweepError {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    const code = String(error.code)
    const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
    const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'INTERNAL'
    return new SweepError(known, String(error.message), { hint })
  }
  return unreachable(server, `it answered ${status} and no error of ours`, undefined)
}
