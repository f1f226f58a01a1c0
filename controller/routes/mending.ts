// What mends one sweep while it is worked: /sweeps/REF/edit, extend, enqueue, retry, and the versions of its file.
import { Router } from 'express'
import {
  EditSweepRequest,
  EnqueueRequest,
  ExtendSweepRequest,
  RetryRequest,
  type ListSpecVersionsResponse,
} from '../../sweeps/sweep-schema.ts'
import { RefParams } from '../../sweeps/api-schema.ts'
import type { SweepRecord } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { isoTime, presentSweep } from '../present.ts'
import { resolveSweep } from '../resolve-ref.ts'
import { baseUrlOf, sendJson } from './send-json.ts'

export function createMendingRoutes({ store, sweeps, mending }: ApiServices): Router {
  const router = Router()
  const findSweep = (params: unknown) => resolveSweep(store, RefParams.parse(params).ref)
  const present = async (sweep: SweepRecord, baseUrl: string) =>
    presentSweep(await sweeps.viewSweep(sweep), baseUrl)

  router.post('/sweeps/:ref/edit', async (request, response) => {
    const edit = EditSweepRequest.parse(request.body)
    const { id } = await findSweep(request.params)
    const { sweep, ...outcome } = await mending.editSweep(id, edit)
    sendJson(response, { sweep: await present(sweep, baseUrlOf(request)), ...outcome })
  })

  router.post('/sweeps/:ref/extend', async (request, response) => {
    const extend = ExtendSweepRequest.parse(request.body)
    const { id } = await findSweep(request.params)
    const { sweep, ...outcome } = await mending.extendSweep(id, extend)
    sendJson(response, { sweep: await present(sweep, baseUrlOf(request)), ...outcome })
  })

  router.post('/sweeps/:ref/enqueue', async (request, response) => {
    const enqueue = EnqueueRequest.parse(request.body)
    const { id } = await findSweep(request.params)
    const { sweep, enqueued, known, warnings } = await mending.enqueue(id, enqueue)
    sendJson(response, {
      sweep: await present(sweep, baseUrlOf(request)),
      enqueued,
      known: known.map((run) => ({ runId: run.id, state: run.state, configText: run.configText })),
      warnings,
    })
  })

  router.post('/sweeps/:ref/retry', async (request, response) => {
    const retry = RetryRequest.parse(request.body)
    const { id } = await findSweep(request.params)
    const { sweep, retried, notRetried } = await mending.retry(id, retry)
    sendJson(response, {
      sweep: await present(sweep, baseUrlOf(request)),
      retried,
      notRetried: notRetried.map((run) => ({ runId: run.id, state: run.state })),
    })
  })

  router.get('/sweeps/:ref/versions', async (request, response) => {
    const { id } = await findSweep(request.params)
    const versions = await store.listSpecVersions(id)
    const answer: ListSpecVersionsResponse = {
      versions: versions.map(({ version, configText, createdAt }) => ({
        version,
        config: configText,
        createdAt: isoTime(createdAt),
      })),
    }
    sendJson(response, answer)
  })

  return router
}
