// What changed since a place in the change log, and what a short name stands for.
import { Router } from 'express'
import { ReadChangesQuery, RefParams, type ReadChangesResponse } from '../../sweeps/api-schema.ts'
import type { ApiServices } from '../api-services.ts'
import { isoTime } from '../present.ts'
import { resolveRef } from '../resolve-ref.ts'
import { sendJson } from './send-json.ts'

export function createChangeRoutes({ store }: ApiServices): Router {
  const router = Router()

  router.get('/resolve/:ref', async (request, response) => {
    sendJson(response, await resolveRef(store, RefParams.parse(request.params).ref, ['sweep', 'run']))
  })

  router.get('/changes', async (request, response) => {
    const { since, limit } = ReadChangesQuery.parse(request.query)
    const changes = await store.readChanges(since, limit)
    const answer: ReadChangesResponse = {
      changes: changes.map((change) => ({ ...change, at: isoTime(change.at) })),
      next: changes.at(-1)?.seq ?? since,
    }
    sendJson(response, answer)
  })

  return router
}
