// What W&B's client asks for: which requests, put together from the parts beside this file. They translate; what they
// ask of sweeps and runs is answered by the services that answer everybody else.
import express, { Router } from 'express'
import type { GraphQLSchema } from 'graphql'
import type { Logger } from '../../runtime/logger.ts'
import { rememberWhoAsks } from '../middleware/attribution.ts'
import type { ApiServices } from '../api-services.ts'
import { connectionsPart } from './connections.ts'
import { createAlertsPart } from './alerts.ts'
import { createArtifactEditsPart } from './artifact-edits.ts'
import { createArtifactReadsPart } from './artifact-reads.ts'
import { createArtifactUploadsPart } from './artifact-uploads.ts'
import { createFilePart } from './file-node.ts'
import { createAgentsPart } from './agents.ts'
import { createSweepsPart } from './sweeps.ts'
import { createGraphqlRoute } from './graphql-route.ts'
import { createSchema } from './graphql-schema.ts'
import { createFileStreamRoute, FILE_STREAM_PATH } from './file-stream.ts'
import { createProjectPart } from './project-fields.ts'
import { registryPart } from './registry.ts'
import { createResumePart } from './resume.ts'
import { createRunFilesPart } from './run-files.ts'
import { createRunHistoryPart } from './run-history-fields.ts'
import { createRunPart } from './run-node.ts'
import { createRunOutlinePart } from './run-outline-fields.ts'
import { createStorageRoutes } from './storage-routes.ts'
import { createUpsertBucketPart } from './upsert-bucket.ts'
import { createUpsertSweepPart } from './upsert-sweep.ts'
import { viewerPart } from './viewer.ts'

/** A config, or a file_stream batch with a large table in its rows. */
const MAX_BODY = '64mb'

export interface WandbDeps {
  readonly services: ApiServices
  readonly log: Logger
}

/** All that can be asked by GraphQL. */
export function createWandbSchema(services: ApiServices): GraphQLSchema {
  return createSchema([
    viewerPart,
    connectionsPart,
    createSweepsPart(services),
    createAgentsPart(services.pollingAgents),
    createUpsertSweepPart(services),
    createRunPart(services),
    createRunOutlinePart(services),
    createRunHistoryPart(services),
    createProjectPart(services),
    createUpsertBucketPart(services),
    createResumePart(services),
    createFilePart(services),
    createRunFilesPart(services),
    createArtifactReadsPart(services),
    createArtifactUploadsPart(services),
    createArtifactEditsPart(services),
    createAlertsPart(services),
    registryPart,
  ])
}

export function createWandbRoutes({ services, log }: WandbDeps): Router {
  const schema = createWandbSchema(services)
  const readJson = express.json({ limit: MAX_BODY, type: () => true })
  const router = Router()
  router.use(createStorageRoutes(services))
  router.post(
    FILE_STREAM_PATH,
    readJson,
    rememberWhoAsks,
    createFileStreamRoute(services.clientRuns, services.clock),
  )
  router.post('/graphql', readJson, rememberWhoAsks, createGraphqlRoute(schema, log))
  return router
}
