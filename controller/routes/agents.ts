// Agents: their registration, and how they stand.
import { Router } from 'express'
import { ListAgentsQuery, type ListAgentsResponse } from '../../sweeps/api-schema.ts'
import { RegisterAgentRequest } from '../../sweeps/protocol.ts'
import { listAgentOverviews } from '../agent-overview.ts'
import type { ApiServices } from '../api-services.ts'
import { resolveSweep } from '../resolve-ref.ts'
import { sendJson } from './send-json.ts'

export function createAgentRoutes({ store, dispatcher, clock }: ApiServices): Router {
  const router = Router()

  router.post('/agent/register', async (request, response) => {
    sendJson(response, await dispatcher.registerAgent(RegisterAgentRequest.parse(request.body)))
  })

  router.get('/agents', async (request, response) => {
    const { sweep } = ListAgentsQuery.parse(request.query)
    const agents = await listAgentOverviews(
      { store, dispatcher, clock },
      sweep === undefined ? null : await resolveSweep(store, sweep),
    )
    sendJson(response, { agents } satisfies ListAgentsResponse)
  })

  return router
}
