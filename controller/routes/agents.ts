// Agents: their registration, and how they stand.
import { Router } from 'express'
import {
  AGENT_ORDER_NAMES,
  ListAgentsQuery,
  OrderAgentRequest,
  RefParams,
  type ListAgentsResponse,
  type OrderAgentResponse,
} from '../../sweeps/api-schema.ts'
import { RegisterAgentRequest } from '../../sweeps/protocol.ts'
import { listAgentOverviews, presentAgents } from '../agent-overview.ts'
import type { ApiServices } from '../api-services.ts'
import { resolveSweep } from '../resolve-ref.ts'
import { sendJson } from './send-json.ts'

export function createAgentRoutes({ store, dispatcher, clock, agents }: ApiServices): Router {
  const router = Router()

  router.post('/agent/register', async (request, response) => {
    sendJson(response, await dispatcher.registerAgent(RegisterAgentRequest.parse(request.body)))
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
