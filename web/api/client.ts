// The door to the server: requests typed by the OpenAPI document, answers or an ApiError. The session's cookie says who
// asks; a write carries the Origin that the server wants.
import createClient from 'openapi-fetch'
import type { components, paths } from './openapi.d.ts'

/** A refusal or a failure, in the server's words; `code` 'UNREACHABLE': no answer came. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | null
  readonly details: unknown

  constructor(status: number, problem: components['schemas']['ErrorResponse']['error']) {
    super(problem.message)
    this.name = 'ApiError'
    this.status = status
    this.code = problem.code
    this.hint = problem.hint
    this.details = problem.details
  }
}

/** `await answer(api.GET('/api/v1/sweeps'))` */
export const api = createClient<paths>({ credentials: 'same-origin' })

interface FetchResult<T> {
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}

/** What a request answers. @throws ApiError */
export async function answer<T>(request: Promise<FetchResult<T>>): Promise<T> {
  let result: FetchResult<T>
  try {
    result = await request
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable()
  }
  if (result.response.ok && result.data !== undefined) return result.data
  throw problemOf(result.response.status, result.error)
}

export function unreachable(): ApiError {
  return new ApiError(0, {
    code: 'UNREACHABLE',
    message: 'the server does not answer',
    hint: 'What is shown stays; it is tried again by itself.',
  })
}

/** @param body what came instead of an answer: the server's error, or a proxy's page */
export function problemOf(status: number, body: unknown): ApiError {
  const problem = (body as Partial<components['schemas']['ErrorResponse']> | undefined)?.error
  if (problem !== undefined && typeof problem.message === 'string') return new ApiError(status, problem)
  return new ApiError(status, { code: 'INTERNAL', message: `the server answered ${status}`, hint: null })
}
