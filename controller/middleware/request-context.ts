// Gives each request an id, which its answer and the log carry, and counts and times it.
import { randomBytes } from 'node:crypto'
import type { RequestHandler, Response } from 'express'
import type { Logger } from '../../runtime/logger.ts'
import type { HttpMeter } from '../meter.ts'

const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function createRequestContext(log: Logger, meter: HttpMeter): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now()
    const requestId = randomBytes(8).toString('hex')
    response.locals['requestId'] = requestId
    response.setHeader('X-Request-Id', requestId)
    response.once('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path
      const ms = performance.now() - startedAt
      const facts = {
        method: METHODS.has(request.method) ? request.method : 'other',
        route: typeof route === 'string' ? route : 'none',
        status: response.statusCode,
      }
      meter.requestAnswered({ ...facts, seconds: ms / 1000 })
      const line = { requestId, ...facts, ms: Math.round(ms * 10) / 10 }
      const isChange = facts.status < 400 && !READING_METHODS.has(facts.method)
      if (isChange) log.info('http.answered', line)
      else log.debug('http.answered', line)
    })
    next()
  }
}

export function requestIdOf(response: Response): string {
  return String(response.locals['requestId'] ?? '')
}
