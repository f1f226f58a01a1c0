// Before every route: who asks, and may they? Refuses what is not in the table of routes.
import type { Request, RequestHandler, Response } from 'express'
import { ACCESS_ROLES, mayAccess } from '../../sweeps/access.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { AccessServices } from '../access/access.ts'
import type { Principal } from '../access/authenticator.ts'
import { readCredentials } from '../access/credentials.ts'
import { createRouteTable } from '../access/route-access.ts'
import type { RouteAccess } from '../access/route-access.ts'
import { unknownPath } from './error-handler.ts'
import { isChange } from './host-check.ts'
import { endSessionCookie } from './session-cookie.ts'

export function createAccessControl(
  services: Pick<AccessServices, 'authenticator' | 'guesses'>,
  routes: readonly RouteAccess[],
): RequestHandler {
  const findRoute = createRouteTable(routes)
  return async (request, response, next) => {
    const route = findRoute(request.method, request.path)
    if (route?.access === 'open') return next()
    response.setHeader('Cache-Control', 'no-store')
    if (route?.access === 'login') return next()
    const principal = await identify(services, request, response)
    if (route === null) throw unknownPath(request)
    checkAccess(principal, route)
    response.locals['principal'] = principal
    return next()
  }
}

/** Who asks; null on an open route and at the login. */
export function principalOf(response: Response): Principal | null {
  return (response.locals['principal'] as Principal | undefined) ?? null // set above and nowhere else
}

/** On a route that is neither open nor the login. @throws Error on another one */
export function requirePrincipal(response: Response): Principal {
  const principal = principalOf(response)
  if (principal === null) throw new Error('this route lets everybody in: nobody is known to ask')
  return principal
}

/** @throws SweepError UNAUTHORIZED, TOO_MANY_REQUESTS; FORBIDDEN when a page of another origin may be asking */
async function identify(
  { authenticator, guesses }: Pick<AccessServices, 'authenticator' | 'guesses'>,
  request: Request,
  response: Response,
): Promise<Principal> {
  const credentials = readCredentials(request)
  if (credentials === null) throw missingToken()
  if ('token' in credentials) return countWrong(guesses, request, authenticator.byToken(credentials.token))
  try {
    const principal = await countWrong(guesses, request, authenticator.bySession(credentials.session))
    // A browser sends a cookie by itself; that the page itself asks is told by Origin, which host-check.ts compares.
    if (isChange(request) && request.headers.origin === undefined) throw missingOrigin()
    return principal
  } catch (error) {
    if (error instanceof SweepError && error.code === 'UNAUTHORIZED') endSessionCookie(request, response)
    throw error
  }
}

/** Passes the outcome on; a wrong secret counts against the address that sent it. */
export async function countWrong<T>(
  guesses: AccessServices['guesses'],
  request: Request,
  outcome: Promise<T>,
): Promise<T> {
  try {
    return await outcome
  } catch (error) {
    if (error instanceof SweepError && error.code === 'UNAUTHORIZED')
      await guesses.countWrong(request.ip ?? '')
    throw error
  }
}

function checkAccess(principal: Principal, route: RouteAccess): void {
  if (principal.run !== null && route.isForRuns !== true) {
    throw new SweepError('FORBIDDEN', "a run's own key may only report that run", {
      hint: 'Use a token:  sweep token new',
    })
  }
  if (!mayAccess(principal.role, route.access)) {
    const roles = ACCESS_ROLES[route.access].join(' or ')
    throw new SweepError(
      'FORBIDDEN',
      `a token of role ${principal.role} may not do this: it takes ${roles}`,
      {
        hint: 'Ask an admin for a token of that role:  sweep token new --role ROLE',
      },
    )
  }
  if (route.isTokenOnly === true && principal.sessionHash !== null) {
    throw new SweepError('FORBIDDEN', 'a session may not do this: it takes the token itself', {
      hint: 'Use the command, or send the token in the Authorization header.',
    })
  }
}

export function missingToken(): SweepError {
  return new SweepError('UNAUTHORIZED', 'a token is needed', {
    hint: "Send `Authorization: Bearer TOKEN`. The admin token is in the controller's data folder (admin-token).",
  })
}

function missingOrigin(): SweepError {
  return new SweepError('FORBIDDEN', 'a change by cookie needs an Origin header', {
    hint: 'Send the token in the Authorization header instead of the cookie.',
  })
}
