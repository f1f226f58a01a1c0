// Agents: their registration, and how they stand.
import { Router } from 'express'
import {
  AGENT_ORDER_NAMES,
  ListAgentsQuery,
  OrderAgentRequest,
  type ListAgentsResponse,
  type OrderAgentResponse,
} from '../../sweeps/agent-schema.ts'
import { RefParams } from '../../sweeps/api-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { RegisterAgentRequest, type LastMetricResponse } from '../../sweeps/protocol.ts'
import { CLIENT_SEQ_BASE } from '../../sweeps/client-run.ts'
import { listAgentOverviews, presentAgents } from '../agent-overview.ts'
import type { ApiServices } from '../api-services.ts'
import { requirePrincipal } from '../middleware/access-control.ts'
import { resolveSweep } from '../resolve-ref.ts'
import { sendJson } from './send-json.ts'

export function createAgentRoutes({ store, dispatcher, clock, agents }: ApiServices): Router {
  const router = Router()

  router.post('/agent/register', async (request, response) => {
    sendJson(response, await dispatcher.registerAgent(RegisterAgentRequest.parse(request.body)))
  })

  router.get('/agent/last-metric', async (_request, response) => {
    const key = requirePrincipal(response).run
    if (key === null)
      throw new SweepError(
        'REQUEST_INVALID',
        "this asks of the run whose key is shown: it takes a run's own key",
      )
    const chunks = await store.readMetrics(key.runId, {
      after: { attempt: key.attempt, seq: CLIENT_SEQ_BASE - 1 },
    })
    const own = chunks.filter(({ attempt }) => attempt === key.attempt)
    const told = own.flatMap(({ rows }) => rows.filter(({ metrics }) => Object.keys(metrics).length > 0))
    const lastMetricAt = told.reduce((last, { at }) => Math.max(last, at), -Infinity)
    const answer: LastMetricResponse = { lastMetricAt: Number.isFinite(lastMetricAt) ? lastMetricAt : null }
    sendJson(response, answer)
  })

  router.get('/agents', async (request, response) => {
    const { sweep } = ListAgentsQuery.parse(request.query)
    const overviews = await listAgentOverviews(
      { store, dispatcher, clock },
      sweep === undefined ? null : await resolveSweep(store, sweep),
    )
    sendJson(response, { agents: overviews } satisfies ListAgentsResponse)
  })

  for (const order of AGENT_ORDER_NAMES) {
    router.post(`/agents/:ref/${order}`, async (request, response) => {
      const { reason } = OrderAgentRequest.parse(request.body)
      const { ref } = RefParams.parse(request.params)
      const { agents: ordered, changed } = await agents.order(ref, order, reason ?? null)
      const shown = await presentAgents({ store, dispatcher, clock }, ordered)
      sendJson(response, { agents: shown, changed } satisfies OrderAgentResponse)
    })
  }

  return router
}
