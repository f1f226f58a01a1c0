// /sweeps: create, list, show, change, and what belongs to one sweep.
import { Router } from 'express'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { BestRunsQuery, ListSweepRunsQuery, type BestRunsResponse } from '../../sweeps/run-schema.ts'
import {
  ChangeSweepRequest,
  CreateSweepRequest,
  ExportQuery,
  ListSweepsQuery,
  SWEEP_ACTIONS,
  type CreateSweepResponse,
} from '../../sweeps/sweep-schema.ts'
import { RefParams } from '../../sweeps/api-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { writeConfigText } from '../../sweeps/config-text.ts'
import { RawJson } from '../../sweeps/raw-json.ts'
import { configValueOf, readSweepText } from '../../sweeps/sweep-text.ts'
import { SWEEP_STATES, type SweepState } from '../../sweeps/sweep.ts'
import { EXPORT_CONTENT_TYPES, exportRuns } from '../export-runs.ts'
import { presentRun, presentSweep } from '../present.ts'
import { presentStopReport } from '../present-stops.ts'
import { readRequiresNotices } from '../requires-notice.ts'
import { resolveSweep } from '../resolve-ref.ts'
import type { ApiServices } from '../api-services.ts'
import { baseUrlOf, sendJson } from './send-json.ts'

export function createSweepRoutes({ store, sweeps, runs, removal, stops }: ApiServices): Router {
  const router = Router()
  const findSweep = (params: unknown) => resolveSweep(store, RefParams.parse(params).ref)

  router.post('/sweeps', async (request, response) => {
    const { priorRuns = [], ...create } = CreateSweepRequest.parse(request.body)
    const { view, warnings } = await sweeps.createSweep(create, { priorRuns })
    const sweep = presentSweep(view, baseUrlOf(request))
    const answer: CreateSweepResponse = {
      id: sweep.id,
      name: sweep.name,
      url: sweep.url,
      agentCommand: `sweep agent ${sweep.id}`,
      sweep,
      warnings: [...warnings],
    }
    sendJson(response, answer, 201)
  })

  router.get('/sweeps', async (request, response) => {
    const { project, state } = ListSweepsQuery.parse(request.query)
    const views = await sweeps.listSweeps({
      ...(project === undefined ? {} : { project }),
      ...(state === undefined ? {} : { states: parseStates(state) }),
    })
    sendJson(response, { sweeps: views.map((view) => presentSweep(view, baseUrlOf(request))) })
  })

  router.get('/sweeps/:ref', async (request, response) => {
    const sweep = await findSweep(request.params)
    const [view, advice, unmet, notices] = await Promise.all([
      sweeps.viewSweep(sweep),
      sweeps.adviseStop(sweep),
      readRequiresNotices(store, sweep),
      stops.noticesOf(sweep),
    ])
    const shown = presentSweep(view, baseUrlOf(request))
    const configValues = readSweepValues(sweep.configText)
    sendJson(response, { sweep: shown, configValues, advice, notices: [...unmet, ...notices] })
  })

  router.delete('/sweeps/:ref', async (request, response) => {
    const { id } = await findSweep(request.params)
    sendJson(response, await removal.removeSweep(id))
  })

  for (const action of SWEEP_ACTIONS) {
    router.post(`/sweeps/:ref/${action}`, async (request, response) => {
      const { reason } = ChangeSweepRequest.parse(request.body)
      const { id } = await findSweep(request.params)
      const { view, changed } = await sweeps.changeSweep(id, action, reason ?? null)
      sendJson(response, { sweep: presentSweep(view, baseUrlOf(request)), changed })
    })
  }

  router.get('/sweeps/:ref/runs', async (request, response) => {
    const query = ListSweepRunsQuery.parse(request.query)
    const sweep = await findSweep(request.params)
    const { views, total } = await runs.listRuns({ sweep }, query)
    sendJson(response, { runs: views.map(presentRun), total })
  })

  router.get('/sweeps/:ref/best', async (request, response) => {
    const query = BestRunsQuery.parse(request.query)
    const sweep = await findSweep(request.params)
    const { views, notCounted } = await runs.bestRuns(sweep, query)
    const metric = sweep.metric === null ? null : { name: sweep.metric.name, goal: sweep.metric.goal }
    const head: BestRunsResponse['sweep'] = { id: sweep.id, name: sweep.name, metric }
    sendJson(response, { sweep: head, runs: views.map(presentRun), notCounted })
  })

  router.get('/sweeps/:ref/stops', async (request, response) => {
    const sweep = await findSweep(request.params)
    sendJson(response, presentStopReport(sweep, await stops.reportStops(sweep)))
  })

  router.get('/sweeps/:ref/export', async (request, response) => {
    const query = ExportQuery.parse(request.query)
    const sweep = await findSweep(request.params)
    const pieces = await exportRuns({ store, runs }, sweep, query)
    response.setHeader('Content-Type', EXPORT_CONTENT_TYPES[query.format])
    response.setHeader(
      'Content-Disposition',
      `attachment; filename="sweep-${sweep.id}-${query.what}.${query.format}"`,
    )
    await pipeline(Readable.from(pieces), response)
  })

  return router
}

/** The file as JSON, for programs that read no YAML; as written, so that 3 and 3.0 differ in the text. */
function readSweepValues(text: string): RawJson | null {
  const { root } = readSweepText(text)
  return root === null ? null : new RawJson(writeConfigText(configValueOf(root)))
}

function parseStates(text: string): SweepState[] {
  const known: readonly string[] = SWEEP_STATES
  return text.split(',').map((state) => {
    if (!known.includes(state)) {
      throw new SweepError('REQUEST_INVALID', `state: no sweep state "${state}"`, {
        at: 'state',
        hint: `One of ${SWEEP_STATES.join(', ')}, or several separated by commas.`,
      })
    }
    return state as SweepState // found in the list above
  })
}
