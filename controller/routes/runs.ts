// /runs: list, show, edit, create outside a sweep, and a run's logs and metrics.
import { Router } from 'express'
import {
  CreateRunRequest,
  EditRunRequest,
  ListRunsQuery,
  ReadLogsQuery,
  ReadMetricsQuery,
  type ReadLogsResponse,
} from '../../sweeps/run-schema.ts'
import { RefParams } from '../../sweeps/api-schema.ts'
import { parseConfigText, writeConfigText } from '../../sweeps/config-text.ts'
import type { ApiServices } from '../api-services.ts'
import { bodyTextOf } from '../middleware/json-body.ts'
import { isoTime, presentRun, recordOf } from '../present.ts'
import { presentStopCheck } from '../present-stops.ts'
import { resolveRun } from '../resolve-ref.ts'
import { sendJson } from './send-json.ts'

export function createRunRoutes({ store, runs, removal, stops }: ApiServices): Router {
  const router = Router()
  const findRun = (params: unknown) => resolveRun(store, RefParams.parse(params).ref)

  router.get('/runs', async (request, response) => {
    const { project, group, outside, ...query } = ListRunsQuery.parse(request.query)
    const scope = {
      ...(project === undefined ? {} : { project }),
      ...(group === undefined ? {} : { group }),
      isOutside: outside === 'true',
    }
    const { views, total } = await runs.listRuns(scope, query)
    sendJson(response, { runs: views.map(presentRun), total })
  })

  router.post('/runs', async (request, response) => {
    const create = CreateRunRequest.parse(request.body)
    const config = parseConfigText(bodyTextOf(response)).get('config')
    const view = await runs.createRun(create, config === undefined ? '{}' : writeConfigText(config))
    sendJson(response, { run: presentRun(view) }, 201)
  })

  router.get('/runs/:ref', async (request, response) => {
    const run = await findRun(request.params)
    const [view, checks, alerts] = await Promise.all([
      runs.viewRun(run),
      stops.checksOf(run.id),
      store.files.listAlerts(run.id),
    ])
    sendJson(response, {
      run: {
        ...presentRun(view),
        checks: checks.map(presentStopCheck),
        alerts: alerts.map(({ at, level, title, text }) => ({ at: isoTime(at), level, title, text })),
      },
    })
  })

  router.patch('/runs/:ref', async (request, response) => {
    const edit = EditRunRequest.parse(request.body)
    const { id } = await findRun(request.params)
    sendJson(response, { run: presentRun(await runs.editRun(id, edit)) })
  })

  router.delete('/runs/:ref', async (request, response) => {
    const { id } = await findRun(request.params)
    sendJson(response, await removal.removeRun(id))
  })

  router.get('/runs/:ref/logs', async (request, response) => {
    const { after, before, attempt, limit } = ReadLogsQuery.parse(request.query)
    const isFromEnd = after === undefined && before !== undefined
    const { id } = await findRun(request.params)
    const chunks = await store.readLogs(id, {
      limit,
      ...(attempt === undefined ? {} : { attempt }),
      ...(after === undefined ? {} : { after: parsePlace(after) }),
      ...(isFromEnd ? { before: before === 'end' ? before : parsePlace(before) } : {}),
    })
    const last = chunks.at(-1)
    const [first] = chunks
    const answer: ReadLogsResponse = {
      chunks: chunks.map(({ attempt, seq, at, stream, text }) => ({
        attempt,
        seq,
        at: isoTime(at),
        stream,
        text,
      })),
      next: last === undefined ? (after ?? null) : placeText(last),
      ...(isFromEnd
        ? { first: chunks.length === limit && first !== undefined ? placeText(first) : null }
        : {}),
    }
    sendJson(response, answer)
  })

  router.get('/runs/:ref/metrics', async (request, response) => {
    const { key } = ReadMetricsQuery.parse(request.query)
    const { id } = await findRun(request.params)
    const rows = await runs.readMetrics(id, key ?? null)
    sendJson(response, {
      rows: rows.map(({ attempt, row }) => ({
        attempt,
        step: row.step,
        time: isoTime(row.at),
        metrics: recordOf(Object.entries(row.metrics)),
      })),
    })
  })

  return router
}

function placeText({ attempt, seq }: { attempt: number; seq: number }): string {
  return `${attempt}.${seq}`
}

function parsePlace(text: string): { attempt: number; seq: number } {
  const [attempt, seq] = text.split('.').map(Number)
  return { attempt: attempt ?? 0, seq: seq ?? 0 }
}
