// Who asks: /whoami, /tokens, and the page's /session.
import { Router } from 'express'
import {
  CreateSessionRequest,
  CreateTicketRequest,
  CreateTokenRequest,
  type CreateTicketResponse,
  type CreateTokenResponse,
  type EndSessionResponse,
  type ListTokensResponse,
  type RevokeTokenResponse,
  type TokenJson,
  type WhoamiResponse,
} from '../../sweeps/access-schema.ts'
import type { TokenRecord } from '../../sweeps/access.ts'
import { RefParams } from '../../sweeps/api-schema.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { AccessServices } from '../access/access.ts'
import type { Principal } from '../access/authenticator.ts'
import { readCredentials, readSessionCookie } from '../access/credentials.ts'
import { countWrong, missingToken, requirePrincipal } from '../middleware/access-control.ts'
import { endSessionCookie, setSessionCookie } from '../middleware/session-cookie.ts'
import { isoTime } from '../present.ts'
import { baseUrlOf, sendJson } from './send-json.ts'

export function createAccessRoutes(services: AccessServices & { readonly clock: Clock }): Router {
  const { authenticator, sessions, tokens, guesses, clock } = services
  const router = Router()

  router.get('/whoami', (_request, response) => {
    sendJson(response, presentPrincipal(requirePrincipal(response)))
  })

  router.post('/session', async (request, response) => {
    const { token, ticket } = CreateSessionRequest.parse(request.body)
    const credentials = readCredentials(request)
    const given = token ?? (credentials !== null && 'token' in credentials ? credentials.token : undefined)
    if (ticket === undefined && given === undefined) throw missingToken()
    const asked = ticket === undefined ? authenticator.byToken(given ?? '') : sessions.redeemTicket(ticket)
    const opened = await sessions.open(await countWrong(guesses, request, asked), readSessionCookie(request))
    setSessionCookie(request, response, opened.secret, (opened.principal.expiresAt ?? 0) - clock.now())
    sendJson(response, presentPrincipal(opened.principal), 201)
  })

  router.delete('/session', async (request, response) => {
    const { sessionHash } = requirePrincipal(response)
    const ended = sessionHash !== null && (await sessions.end(sessionHash))
    endSessionCookie(request, response)
    sendJson(response, { ended } satisfies EndSessionResponse)
  })

  router.post('/session/ticket', async (request, response) => {
    const { path } = CreateTicketRequest.parse(request.body)
    const { ticket, expiresAt } = await sessions.makeTicket(requirePrincipal(response))
    const url = pageLink(`${baseUrlOf(request)}${path}`, ticket)
    sendJson(response, { ticket, url, expiresAt: isoTime(expiresAt) } satisfies CreateTicketResponse, 201)
  })

  router.get('/tokens', async (_request, response) => {
    const list = (await tokens.listTokens()).map((token) => presentToken(token, clock.now()))
    sendJson(response, { tokens: list } satisfies ListTokensResponse)
  })

  router.post('/tokens', async (request, response) => {
    const create = CreateTokenRequest.parse(request.body)
    const { token, secret } = await tokens.createToken(create, requirePrincipal(response))
    const answer: CreateTokenResponse = { token: presentToken(token, clock.now()), secret }
    sendJson(response, answer, 201)
  })

  router.post('/tokens/:ref/revoke', async (request, response) => {
    const { token, changed } = await tokens.revokeToken(RefParams.parse(request.params).ref)
    const answer: RevokeTokenResponse = { token: presentToken(token, clock.now()), changed }
    sendJson(response, answer)
  })

  return router
}

/** Behind the #: browsers send that part to no server, so that it is in no log. */
export function pageLink(page: string, ticket: string): string {
  return `${page}#ticket=${ticket}`
}

function presentPrincipal({ name, role, tokenId, expiresAt }: Principal): WhoamiResponse {
  return { name, role, tokenId, expiresAt: expiresAt === null ? null : isoTime(expiresAt) }
}

function presentToken(token: TokenRecord, now: number): TokenJson {
  const { hash: _, ...facts } = token
  return {
    ...facts,
    state: token.revokedAt !== null ? 'revoked' : token.expiresAt <= now ? 'expired' : 'good',
    createdAt: isoTime(token.createdAt),
    expiresAt: isoTime(token.expiresAt),
    revokedAt: token.revokedAt === null ? null : isoTime(token.revokedAt),
    lastUsedAt: token.lastUsedAt === null ? null : isoTime(token.lastUsedAt),
  }
}
