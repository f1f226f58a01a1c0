// Whether the process lives, whether it can work and why not, and its figures for Prometheus.
import { Router } from 'express'
import type { HealthResponse, ReadyResponse } from '../../sweeps/api-schema.ts'
import { ERROR_CODES } from '../../sweeps/errors.ts'
import type { ApiServices } from '../api-services.ts'
import { errorBody } from '../middleware/error-handler.ts'
import { isoTime } from '../present.ts'
import type { Figures } from '../prometheus.ts'
import type { Readiness } from '../readiness.ts'
import { sendJson } from './send-json.ts'

/** /healthz and /readyz: open without a token. */
export function createHealthRoutes(version: string, readReadiness: () => Promise<Readiness>): Router {
  const router = Router()

  router.get('/healthz', (_request, response) => {
    sendJson(response, { status: 'ok', version } satisfies HealthResponse)
  })

  router.get('/readyz', async (_request, response) => {
    const readiness = await readReadiness()
    const status = readiness.problem === null ? 200 : ERROR_CODES[readiness.problem.code].status
    sendJson(response, presentReadiness(readiness, version), status)
  })

  return router
}

/** /metrics: for those with a token. The database being away is one of the figures, not an error. */
export function createFigureRoutes(figures: Figures, { store, dispatcher }: ApiServices): Router {
  const router = Router()
  router.get('/metrics', async (_request, response) => {
    const [counts, dispatch] = await Promise.all([
      store.countStates().catch(() => null),
      dispatcher.figures(),
    ])
    const text = await figures.render({ counts, health: dispatcher.health(), figures: dispatch })
    response.type(figures.contentType).send(text)
  })
  return router
}

function presentReadiness({ leader, parts, problem }: Readiness, version: string): ReadyResponse {
  const present = (part: keyof typeof parts) => ({
    status: parts[part].problem === null ? ('ok' as const) : ('failing' as const),
    reason: parts[part].problem,
    since: isoTime(parts[part].since),
  })
  return {
    status: problem === null ? 'ok' : 'unavailable',
    version,
    leader,
    components: {
      database: present('database'),
      redis: present('redis'),
      leader: present('leader'),
      ingest: present('ingest'),
      disk: present('disk'),
    },
    ...(problem === null ? {} : { error: errorBody(problem).error }),
  }
}
