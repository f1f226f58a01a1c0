// createApp: the express app without listening. The order of what stands here is the order of defence: who asks
// (host, token), what was sent (body), the route, and the one place for errors.
import express, { type Express } from 'express'
import helmet from 'helmet'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { API_PREFIX } from '../sweeps/api-schema.ts'
import type { SweepStore } from '../sweeps/store.ts'
import type { ApiServices } from './api-services.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { createHttpMetrics } from './http-metrics.ts'
import type { ChangeFeed } from './live/change-feed.ts'
import { createSnapshots } from './live/snapshots.ts'
import { createAuth } from './middleware/auth.ts'
import { createErrorHandler, handleUnknownPath } from './middleware/error-handler.ts'
import { createHostCheck } from './middleware/host-check.ts'
import { createJsonBody } from './middleware/json-body.ts'
import { createRequestContext } from './middleware/request-context.ts'
import { createOpenApiDocument } from './openapi.ts'
import { createAgentRoutes } from './routes/agents.ts'
import { createChangeRoutes } from './routes/changes.ts'
import { createHealthRoutes } from './routes/health.ts'
import { createRunRoutes } from './routes/runs.ts'
import { createSnapshotRoutes } from './routes/snapshots.ts'
import { createSweepRoutes } from './routes/sweeps.ts'
import { createRunService } from './run-service.ts'
import type { Standings } from './standings.ts'
import { createSweepBoards } from './sweep-board.ts'
import { createSweepService } from './sweep-service.ts'

export interface AppDeps {
  readonly store: SweepStore
  readonly dispatcher: Dispatcher
  readonly standings: Standings
  /** Closed by its owner, so that open streams do not hold up the end. */
  readonly changes: ChangeFeed
  readonly clock: Clock
  readonly log: Logger
  /** Uniform integer in [0, n). */
  readonly randomInt: (n: number) => number
  readonly adminToken: string
  /** The address that is listened on: a loopback one answers to loopback names only. */
  readonly boundHost: string
  readonly version: string
}

export function createApp(deps: AppDeps): Express {
  const boards = createSweepBoards(deps.store)
  const services: ApiServices = {
    ...deps,
    sweeps: createSweepService(deps),
    runs: createRunService({ ...deps, boards }),
    snapshots: createSnapshots(deps.store, boards),
  }
  const metrics = createHttpMetrics(deps.store, deps.dispatcher)
  const openApi = createOpenApiDocument(deps.version)

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple') // nested query objects are nobody's business here
  app.use(createRequestContext(deps.log, (facts) => metrics.observe(facts)))
  app.use(secureHeaders())
  app.use(createHostCheck(deps.boundHost))
  app.use(createHealthRoutes(services))

  app.use(createAuth(deps.adminToken)) // everything below needs a token
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.render())
  })
  app.get(`${API_PREFIX}/openapi.json`, (_request, response) => {
    response.json(openApi)
  })
  app.use(API_PREFIX, ...createJsonBody())
  app.use(API_PREFIX, createSweepRoutes(services))
  app.use(API_PREFIX, createRunRoutes(services))
  app.use(API_PREFIX, createSnapshotRoutes(services))
  app.use(API_PREFIX, createAgentRoutes(services))
  app.use(API_PREFIX, createChangeRoutes(services))
  app.use(handleUnknownPath)
  app.use(createErrorHandler(deps.log))
  return app
}

function secureHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // TLS ends at a proxy, which is the one that knows whether the name is served by HTTPS alone.
    strictTransportSecurity: false,
  })
}
