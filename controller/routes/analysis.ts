// What is asked of a sweep as a whole: /sweeps/REF/outlook, /importance, /surface, /curves.
import { Router } from 'express'
import { RefParams } from '../../sweeps/api-schema.ts'
import type { ApiServices } from '../api-services.ts'
import { resolveSweep } from '../resolve-ref.ts'
import { sendJson } from './send-json.ts'

export function createAnalysisRoutes({ store, outlooks }: ApiServices): Router {
  const router = Router()
  const findSweep = (params: unknown) => resolveSweep(store, RefParams.parse(params).ref)

  router.get('/sweeps/:ref/outlook', async (request, response) => {
    sendJson(response, await outlooks.outlookOf(await findSweep(request.params)))
  })

  return router
}
