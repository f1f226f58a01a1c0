// The pages behind the addresses that W&B's client prints, and the form by which one logs in to them. They only look.
import express, { Router } from 'express'
import type { Request, Response } from 'express'
import type { Clock } from '../../runtime/clock.ts'
import { mayAccess } from '../../sweeps/access.ts'
import { ERROR_CODES, SweepError } from '../../sweeps/errors.ts'
import type { AccessServices } from '../access/access.ts'
import { RESERVED_NAMES } from '../access/route-access.ts'
import { readCredentials, readSessionCookie } from '../access/credentials.ts'
import type { ApiServices } from '../api-services.ts'
import { countWrong } from '../middleware/access-control.ts'
import { endSessionCookie, setSessionCookie } from '../middleware/session-cookie.ts'
import { STYLE, STYLE_PATH } from './html.ts'
import { keyPage, loginPage, problemPage } from './login-page.ts'
import { projectPage } from './project-page.ts'
import { runPage } from './run-page.ts'
import { sweepPage } from './sweep-page.ts'

type PageDeps = { readonly services: ApiServices; readonly clock: Clock } & Pick<
  AccessServices,
  'authenticator' | 'sessions' | 'guesses'
>

export function createPageRoutes(deps: PageDeps): Router {
  const { services, authenticator, sessions, guesses, clock } = deps
  const router = Router()

  /** Shows a page to whom may look, and the form to whom is not known. @param find null: there is no such thing */
  function show(
    path: string | string[],
    find: (name: (part: string) => string) => Promise<string | null>,
  ): void {
    router.get(path, async (request, response, next) => {
      if (RESERVED_NAMES.has(String(request.params['entity']))) return next()
      const problem = await refusalOf(request, response)
      if (problem !== null) return
      const text = await find((part) => String(request.params[part] ?? ''))
      if (text === null) send(response, 404, problemPage('Not found', 'There is nothing of this name here.'))
      else send(response, 200, text)
    })
  }

  /** Answers whoever may not look. @returns null when the page may be shown */
  async function refusalOf(request: Request, response: Response): Promise<SweepError | null> {
    try {
      const credentials = readCredentials(request)
      if (credentials === null) throw new SweepError('UNAUTHORIZED', 'log in first')
      const asked =
        'token' in credentials
          ? authenticator.byToken(credentials.token)
          : authenticator.bySession(credentials.session)
      const principal = await countWrong(guesses, request, asked)
      if (principal.run === null && mayAccess(principal.role, 'read')) return null
      throw new SweepError('FORBIDDEN', `a token of role ${principal.role} opens no page`)
    } catch (error) {
      if (!(error instanceof SweepError)) throw error
      const { status } = ERROR_CODES[error.code]
      if (error.code !== 'UNAUTHORIZED') {
        send(response, status, problemPage('Not for you', error.message))
        return error
      }
      const hadSession = readSessionCookie(request) !== null
      if (hadSession) endSessionCookie(request, response)
      send(response, status, loginPage(request.originalUrl, hadSession ? error.message : null))
      return error
    }
  }

  router.get(STYLE_PATH, (_request, response) => {
    response.type('text/css').setHeader('Cache-Control', 'public, max-age=300')
    response.send(STYLE)
  })

  router.post('/login', express.urlencoded({ extended: false, limit: '16kb' }), async (request, response) => {
    const { token, next } = readForm(request.body)
    try {
      const principal = await countWrong(guesses, request, authenticator.byToken(token))
      const opened = await sessions.open(principal, readSessionCookie(request))
      setSessionCookie(request, response, opened.secret, (opened.principal.expiresAt ?? 0) - clock.now())
      response.redirect(303, next)
    } catch (error) {
      if (!(error instanceof SweepError)) throw error
      send(response, ERROR_CODES[error.code].status, loginPage(next, error.message))
    }
  })

  router.get('/authorize', (_request, response) => send(response, 200, keyPage()))
  show(['/:entity/:project/runs/:name', '/:entity/:project/runs/:name/:tab'], (part) =>
    runPage(services, { entity: part('entity'), project: part('project'), name: part('name') }),
  )
  show(['/:entity/:project/sweeps/:sweep', '/:entity/:project/sweeps/:sweep/:tab'], (part) =>
    sweepPage(services, { entity: part('entity'), sweepId: part('sweep') }),
  )
  show(['/:entity/:project/groups/:group', '/:entity/:project/groups/:group/:tab'], (part) =>
    projectPage(services, { entity: part('entity'), project: part('project'), group: part('group') }),
  )
  show(['/:entity/:project', '/:entity/:project/workspace', '/:entity/:project/table'], (part) =>
    projectPage(services, { entity: part('entity'), project: part('project') }),
  )
  return router
}

function send(response: Response, status: number, text: string): void {
  response.status(status).type('text/html').send(text)
}

/** `next` is a path of this server and nothing else. */
function readForm(body: unknown): { token: string; next: string } {
  const { token, next } = (body ?? {}) as { token?: unknown; next?: unknown }
  const isOurs =
    typeof next === 'string' && /^\/(?![/\\])[^\u0000-\u0020\\]*$/.test(next) && next.length < 2_000
  return { token: typeof token === 'string' ? token.trim().slice(0, 1_024) : '', next: isOurs ? next : '/' }
}
