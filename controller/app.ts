// createApp: the express app without listening. The order of what stands here is the order of defence: who asks
// (host, token, role), what was sent (body), the route, and the one place for errors.
import express, { type Express } from 'express'
import helmet from 'helmet'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { API_PREFIX } from '../sweeps/api-schema.ts'
import type { SweepStore } from '../sweeps/store.ts'
import { createAnalysisService } from './analysis/analysis-service.ts'
import { createCurveService } from './analysis/curve-service.ts'
import { createOutlookService } from './analysis/outlook-service.ts'
import { createArtifactChanges } from './artifacts/artifact-changes.ts'
import { createArtifactService } from './artifacts/artifact-service.ts'
import { createRunFileService } from './artifacts/run-file-service.ts'
import type { BlobCleaner } from './blobs/blob-cleaner.ts'
import type { BlobStore } from './blobs/blob-store.ts'
import { createUrlSigner } from './blobs/signed-url.ts'
import type { AccessServices } from './access/access.ts'
import { PAGE_ROUTES, WANDB_PAGE_ROUTES, WANDB_ROUTES } from './access/route-access.ts'
import type { ApiServices } from './api-services.ts'
import { attributeChanges, rememberWhoAsks } from './middleware/attribution.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { createAccessControl } from './middleware/access-control.ts'
import type { ChangeFeed } from './live/change-feed.ts'
import { createSnapshots } from './live/snapshots.ts'
import { createErrorHandler, handleUnknownPath } from './middleware/error-handler.ts'
import { createHostCheck, type HostRules } from './middleware/host-check.ts'
import { createJsonBody } from './middleware/json-body.ts'
import { createRequestContext } from './middleware/request-context.ts'
import { API_ROUTES, createOpenApiDocument } from './openapi.ts'
import { createAccessRoutes } from './routes/access.ts'
import { createFigures } from './prometheus.ts'
import type { Figures } from './prometheus.ts'
import { StoreCondition, createReadiness } from './readiness.ts'
import { createAgentRoutes } from './routes/agents.ts'
import { createAnalysisRoutes } from './routes/analysis.ts'
import { createChangeRoutes } from './routes/changes.ts'
import { createFleetRoutes } from './routes/fleet.ts'
import { createFigureRoutes, createHealthRoutes } from './routes/health.ts'
import { createMendingRoutes } from './routes/mending.ts'
import { createProvenanceRoutes } from './routes/provenance.ts'
import { createRunFileRoutes } from './routes/run-files.ts'
import { createRunPartRoutes } from './routes/run-parts.ts'
import { createRunRoutes } from './routes/runs.ts'
import { createSnapshotRoutes } from './routes/snapshots.ts'
import { createSweepRoutes } from './routes/sweeps.ts'
import { createAgentService } from './agent-service.ts'
import { createPollingAgentService } from './polling-agent-service.ts'
import { createClientRunService } from './client-runs/client-run-service.ts'
import { createMendingService } from './mending-service.ts'
import { createDashboardRoutes, findDashboard } from './pages/dashboard.ts'
import { createProjectBoards } from './project-board.ts'
import { createProjectService } from './project-service.ts'
import { createRemovalService } from './removal-service.ts'
import { createRunService } from './run-service.ts'
import type { Standings } from './standings.ts'
import { createSweepBoards } from './sweep-board.ts'
import { createSweepOutlines } from './sweep-outlines.ts'
import { createStopService } from './stop-service.ts'
import { createSweepService } from './sweep-service.ts'
import { createWandbRoutes } from './wandb/routes.ts'

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
  readonly access: AccessServices
  readonly hostRules: HostRules
  /** The connections are TLS's. @default false */
  readonly isTls?: boolean
  readonly version: string
  /** @default new ones, into which the requests alone are counted */
  readonly figures?: Figures
  /** What the store says of itself. @default it is asked only */
  readonly storeCondition?: StoreCondition
  /** Folder whose disk is watched. @default none */
  readonly dataDir?: string
  /** Content of files, on disk. */
  readonly blobs: BlobStore
  readonly cleaner: Pick<BlobCleaner, 'noteDeletion'>
  /** Folder of the built dashboard. @default dist/web */
  readonly dashboard?: string
}

export function createApp(given: AppDeps): Express {
  const deps = { ...given, store: attributeChanges(given.store) }
  const boards = createSweepBoards(deps.store)
  const projectBoards = createProjectBoards(deps.store)
  const stops = createStopService(deps)
  const services: ApiServices = {
    ...deps,
    sweeps: createSweepService(deps),
    runs: createRunService({ ...deps, boards, projectBoards }),
    clientRuns: createClientRunService(deps),
    projects: createProjectService(deps),
    projectBoards,
    outlooks: createOutlookService({ ...deps, boards }),
    stops,
    outlines: createSweepOutlines({ ...deps, stops }),
    analysis: createAnalysisService({ ...deps, boards }),
    curves: createCurveService({ ...deps, boards }),
    removal: createRemovalService(deps),
    mending: createMendingService(deps),
    agents: createAgentService(deps),
    pollingAgents: createPollingAgentService(deps),
    snapshots: createSnapshots(deps.store, boards),
    runFiles: createRunFileService(deps),
    artifacts: createArtifactService(deps),
    artifactChanges: createArtifactChanges(deps),
    urls: createUrlSigner(deps.store, deps.clock),
  }
  const figures = deps.figures ?? createFigures(deps.version)
  const readReadiness = createReadiness({
    ...deps,
    storeCondition: deps.storeCondition ?? new StoreCondition(deps.clock),
    dataDir: deps.dataDir ?? null,
  })

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple') // nested query objects are nobody's business here
  app.use(createRequestContext(deps.log, figures.meter))
  if (deps.hostRules.isBehindProxy === true) app.set('trust proxy', 'loopback')
  app.use(secureHeaders(deps.isTls === true))
  app.use(createHostCheck(deps.hostRules))
  app.use(
    createAccessControl(deps.access, [...API_ROUTES, ...WANDB_ROUTES, ...PAGE_ROUTES, ...WANDB_PAGE_ROUTES]),
  ) // nothing is served that is not in them
  app.use(createHealthRoutes(deps.version, readReadiness))
  app.use(createFigureRoutes(figures, services))
  let openApi: object | null = null // it takes 0.15 s, which every start would wait for
  app.get(`${API_PREFIX}/openapi.json`, (_request, response) => {
    response.json((openApi ??= createOpenApiDocument(deps.version)))
  })
  app.use(createWandbRoutes({ services, log: deps.log }))
  app.use(API_PREFIX, ...createJsonBody(), rememberWhoAsks)
  app.use(API_PREFIX, createAccessRoutes({ ...deps.access, clock: deps.clock }))
  app.use(API_PREFIX, createFleetRoutes(services))
  app.use(API_PREFIX, createSweepRoutes(services))
  app.use(API_PREFIX, createMendingRoutes(services))
  app.use(API_PREFIX, createRunRoutes(services))
  app.use(API_PREFIX, createRunPartRoutes(services))
  app.use(API_PREFIX, createRunFileRoutes(services))
  app.use(API_PREFIX, createProvenanceRoutes(services))
  app.use(API_PREFIX, createSnapshotRoutes(services))
  app.use(API_PREFIX, createAnalysisRoutes(services))
  app.use(API_PREFIX, createAgentRoutes(services))
  app.use(API_PREFIX, createChangeRoutes(services))
  app.use(createDashboardRoutes(deps.dashboard ?? findDashboard()))
  app.use(handleUnknownPath)
  app.use(createErrorHandler(deps.log))
  return app
}

const HSTS_SECONDS = 180 * 86_400

function secureHeaders(isTls: boolean) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'], // pictures of charts that a page saves
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
      },
    },
    // Where TLS ends at a proxy, it is the one that knows whether the name is served by HTTPS alone.
    strictTransportSecurity: isTls && { maxAge: HSTS_SECONDS, includeSubDomains: false },
  })
}
