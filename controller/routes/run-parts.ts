// Parts of one run: its curves, media, events and what its client says, and the wish that it ends.
import { Router } from 'express'
import { RefParams } from '../../sweeps/api-schema.ts'
import {
  ChangeRunRequest,
  ListRunEventsQuery,
  ReadCurvesQuery,
  ReadMediaQuery,
  RUN_ACTIONS,
} from '../../sweeps/run-parts-schema.ts'
import type { ListRunEventsResponse, ReadReportedResponse } from '../../sweeps/run-parts-schema.ts'
import type { ClientRunRecord } from '../../sweeps/client-run.ts'
import type { ApiServices } from '../api-services.ts'
import { presentChange } from '../live/change-messages.ts'
import { isoTime, presentRun } from '../present.ts'
import { resolveRun } from '../resolve-ref.ts'
import { createRunCurves, readMedia } from '../run-curves.ts'
import { changeRun } from '../run-wishes.ts'
import { sendJson } from './send-json.ts'

export function createRunPartRoutes(services: ApiServices): Router {
  const { store, runs } = services
  const router = Router()
  const curves = createRunCurves(store)
  const findRun = (params: unknown) => resolveRun(store, RefParams.parse(params).ref)

  for (const action of RUN_ACTIONS)
    router.post(`/runs/:ref/${action}`, async (request, response) => {
      const { reason } = ChangeRunRequest.parse(request.body ?? {})
      const { id } = await findRun(request.params)
      const { run, changed } = await changeRun(services, id, action, reason ?? null)
      sendJson(response, { run: presentRun(await runs.viewRun(run)), changed })
    })

  router.get('/runs/:ref/curves', async (request, response) => {
    const { key, points } = ReadCurvesQuery.parse(request.query)
    const run = await findRun(request.params)
    sendJson(response, await curves.read(run, { key: key ?? null, points }))
  })

  router.get('/runs/:ref/media', async (request, response) => {
    const { perKey } = ReadMediaQuery.parse(request.query)
    sendJson(response, await readMedia(store, await findRun(request.params), perKey))
  })

  router.get('/runs/:ref/events', async (request, response) => {
    const { limit } = ListRunEventsQuery.parse(request.query)
    const { id } = await findRun(request.params)
    const events = await store.readRunChanges(id, limit)
    sendJson(response, { events: events.map(presentChange) } satisfies ListRunEventsResponse)
  })

  router.get('/runs/:ref/reported', async (request, response) => {
    const { id } = await findRun(request.params)
    const client = (await store.clientRuns.find([id])).get(id) ?? null
    sendJson(response, { client: client === null ? null : presentClient(client) })
  })

  return router
}

function presentClient(client: ClientRunRecord): ReadReportedResponse['client'] {
  const { entity, name, program, commit, repo, host, heardAt, summary } = client
  return {
    entity,
    name,
    program,
    commit,
    repo,
    host,
    heardAt: isoTime(heardAt),
    summary: JSON.parse(summary) as Record<string, unknown>, // written by us as an object
  }
}
