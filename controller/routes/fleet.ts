// Many things at once: sweeps in a list, what agents did when, projects; and a sweep file before it is a sweep.
import { Router } from 'express'
import { RefParams } from '../../sweeps/api-schema.ts'
import { describeSweepFile } from '../../sweeps/describe-sweep-file.ts'
import {
  ListEventsQuery,
  ListOutlinesQuery,
  TimelineQuery,
  ValidateSweepRequest,
  type ListEventsResponse,
  type ListOutlinesResponse,
  type ListProjectsResponse,
  type ValidateSweepResponse,
} from '../../sweeps/fleet-schema.ts'
import type { ApiServices } from '../api-services.ts'
import { presentChange } from '../live/change-messages.ts'
import { listProjectOutlines } from '../project-outlines.ts'
import { resolveSweep } from '../resolve-ref.ts'
import { readTimeline } from '../timeline.ts'
import { sendJson } from './send-json.ts'

export function createFleetRoutes({ store, clock, outlines }: ApiServices): Router {
  const router = Router()

  router.get('/outlines', async (request, response) => {
    const { project } = ListOutlinesQuery.parse(request.query)
    const sweeps = await outlines.list(project === undefined ? {} : { project })
    sendJson(response, { sweeps } satisfies ListOutlinesResponse)
  })

  router.post('/validate', (request, response) => {
    sendJson(response, validate(ValidateSweepRequest.parse(request.body)))
  })

  router.get('/sweeps/:ref/events', async (request, response) => {
    const { limit } = ListEventsQuery.parse(request.query)
    const { id } = await resolveSweep(store, RefParams.parse(request.params).ref)
    const events = (await store.listSweepEvents(id, limit)).map(presentChange)
    sendJson(response, { events } satisfies ListEventsResponse)
  })

  router.get('/agents/timeline', async (request, response) => {
    const { sweep, ...window } = TimelineQuery.parse(request.query)
    const found = sweep === undefined ? null : await resolveSweep(store, sweep)
    sendJson(response, await readTimeline({ store, clock }, { sweep: found, ...window }))
  })

  router.get('/projects', async (_request, response) => {
    const projects = await listProjectOutlines(store)
    sendJson(response, { projects } satisfies ListProjectsResponse)
  })

  return router
}

function validate({ text, samples = 0, seed }: ValidateSweepRequest): ValidateSweepResponse {
  const described = describeSweepFile(text, {
    sampleCount: samples,
    showCommands: true,
    ...(seed === undefined ? {} : { seed }),
  })
  const { config } = described
  const metric = config?.metric ?? null
  const facts = JSON.parse(described.documentText) as Pick<ValidateSweepResponse, 'parameters'> // our own text
  return {
    valid: described.valid,
    errors: [...described.errors],
    warnings: [...described.warnings],
    name: config?.name ?? null,
    method: config?.method ?? null,
    metric: metric === null ? null : { name: metric.name, goal: metric.goal },
    runCap: config?.runCap ?? null,
    size: described.size !== null && Number.isFinite(described.size) ? described.size : null,
    discreteSize: described.discreteSize,
    parameters: facts.parameters,
    samples: described.sampleTexts.map((configText, index) => ({
      configText,
      argv: [...(described.commands[index] ?? [])],
    })),
  }
}
