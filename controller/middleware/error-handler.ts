// The one place where an error becomes an HTTP answer: status by its code, a body in words, never a stack trace.
import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import { ZodError } from 'zod'
import type { Logger } from '../../runtime/logger.ts'
import { ERROR_CODES, SweepError } from '../../sweeps/errors.ts'
import { writeJson } from '../../sweeps/raw-json.ts'
import { API_PREFIX } from '../../sweeps/api-schema.ts'
import type { ErrorResponse } from '../../sweeps/api-schema.ts'
import { requestIdOf } from './request-context.ts'

export function createErrorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const known = toSweepError(error, requestIdOf(response))
    const { status } = ERROR_CODES[known.code]
    if (status >= 500) {
      const stack = known.code === 'INTERNAL' && error instanceof Error ? error.stack : undefined
      log.error('http.failed', {
        requestId: requestIdOf(response),
        method: request.method,
        path: request.path,
        code: known.code,
        reason: known.message,
        ...(stack === undefined ? {} : { stack }),
      })
    }
    if (response.headersSent) {
      response.destroy() // a stream broke half-way: a cut-off answer must not look whole
      return
    }
    const retryAfter = known.details?.['retryAfterSeconds']
    if (typeof retryAfter === 'number') response.setHeader('Retry-After', retryAfter)
    if (known.code === 'UNAUTHORIZED') response.setHeader('WWW-Authenticate', 'Bearer')
    response
      .status(status)
      .type('application/json')
      .send(writeJson(bodyFor(request, known)))
  }
}

/** W&B's client, which asks outside of our API, shows people what it finds in a list `errors`. */
function bodyFor(request: Request, error: SweepError): object {
  const body = errorBody(error)
  if (request.path.startsWith(`${API_PREFIX}/`)) return body
  const message = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`
  return { ...body, errors: [{ message }] }
}

/** For paths that nobody serves. */
export const handleUnknownPath: RequestHandler = (request) => {
  throw unknownPath(request)
}

export function unknownPath(request: Request): SweepError {
  return new SweepError('NOT_FOUND', `nothing answers ${request.method} ${request.path.slice(0, 200)}`, {
    hint: 'GET /api/v1/openapi.json lists what there is.',
  })
}

export function errorBody(error: SweepError): ErrorResponse {
  return {
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      ...(error.at === undefined ? {} : { at: error.at }),
      ...(error.details === undefined ? {} : { details: { ...error.details } }),
    },
  }
}

function toSweepError(error: unknown, requestId: string): SweepError {
  if (error instanceof SweepError) return error
  if (error instanceof ZodError) return fromZodError(error)
  const { type, status, limit } = (typeof error === 'object' && error !== null ? error : {}) as HttpErrorFacts
  if (type === 'entity.too.large') {
    const size = typeof limit === 'number' ? `${limit / 1_048_576} MiB` : 'is taken'
    return new SweepError('BODY_TOO_LARGE', `the body is larger than ${size}`, {
      hint: 'Send less in one request.',
    })
  }
  if (type === 'encoding.unsupported') {
    return new SweepError('REQUEST_INVALID', 'a compressed body is not taken', {
      hint: 'Send it without Content-Encoding.',
    })
  }
  if (error instanceof URIError) {
    return new SweepError('REQUEST_INVALID', 'the path is not valid percent-encoding')
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new SweepError('REQUEST_INVALID', 'the request could not be read', {
      hint: 'It was cut off, or its length and body differ.',
    })
  }
  return new SweepError('INTERNAL', 'something went wrong in the controller', {
    hint: `This is a bug. The controller's log has it under request ${requestId}.`,
    cause: error,
  })
}

/** What express and body-parser put on their errors. */
interface HttpErrorFacts {
  readonly type?: unknown
  readonly status?: unknown
  readonly limit?: unknown
}

function fromZodError(error: ZodError): SweepError {
  const problems = error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message:
      issue.code === 'unrecognized_keys'
        ? `unknown field${issue.keys.length > 1 ? 's' : ''} ${issue.keys.map((key) => `"${key}"`).join(', ')}`
        : issue.message,
  }))
  const [first] = problems
  const at = first?.path || undefined
  return new SweepError(
    'REQUEST_INVALID',
    `${at ? `${at}: ` : ''}${first?.message ?? 'the request is not valid'}`,
    {
      at,
      hint: 'GET /api/v1/openapi.json describes every request.',
      details: { problems },
    },
  )
}
