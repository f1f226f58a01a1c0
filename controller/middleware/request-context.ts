// Gives each request an id, which its answer and the log carry, and counts and times it.
import { randomBytes } from 'node:crypto'
import type { RequestHandler, Response } from 'express'
import type { Logger } from '../../runtime/logger.ts'

export interface RequestFacts {
  readonly method: string
  /** The route's pattern, e.g. `/sweeps/:ref`: of limited number, unlike paths. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

export function createRequestContext(log: Logger, observe: (facts: RequestFacts) => void): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now()
    const requestId = randomBytes(8).toString('hex')
    response.locals['requestId'] = requestId
    response.setHeader('X-Request-Id', requestId)
    response.once('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path
      const facts: RequestFacts = {
        method: request.method,
        route: typeof route === 'string' ? route : 'none',
        status: response.statusCode,
        seconds: (performance.now() - startedAt) / 1000,
      }
      observe(facts)
      log.debug('http.answered', { requestId, ...facts })
    })
    next()
  }
}

export function requestIdOf(response: Response): string {
  return String(response.locals['requestId'] ?? '')
}
