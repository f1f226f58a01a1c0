// What is asked of a sweep as a whole: /sweeps/REF/outlook, /importance, /surface, /curves.
import { Router } from 'express'
import { CurvesQuery, ImportanceQuery, SurfaceQuery } from '../../sweeps/analysis-schema.ts'
import { RefParams } from '../../sweeps/api-schema.ts'
import type { ApiServices } from '../api-services.ts'
import { resolveSweep } from '../resolve-ref.ts'
import { sendJson } from './send-json.ts'

export function createAnalysisRoutes({ store, outlooks, analysis, curves }: ApiServices): Router {
  const router = Router()
  const findSweep = (params: unknown) => resolveSweep(store, RefParams.parse(params).ref)

  router.get('/sweeps/:ref/outlook', async (request, response) => {
    sendJson(response, await outlooks.outlookOf(await findSweep(request.params)))
  })

  router.get('/sweeps/:ref/importance', async (request, response) => {
    const query = ImportanceQuery.parse(request.query)
    sendJson(response, await analysis.importanceOf(await findSweep(request.params), query))
  })

  router.get('/sweeps/:ref/surface', async (request, response) => {
    const query = SurfaceQuery.parse(request.query)
    sendJson(response, await analysis.surfaceOf(await findSweep(request.params), query))
  })

  router.get('/sweeps/:ref/curves', async (request, response) => {
    const query = CurvesQuery.parse(request.query)
    sendJson(response, await curves.curvesOf(await findSweep(request.params), query))
  })

  return router
}
