// The page's cookie: not readable by scripts, sent to this site alone, over TLS alone where there is TLS.
import type { CookieOptions, Request, Response } from 'express'
import { sessionCookieName } from '../access/credentials.ts'

export function setSessionCookie(
  request: Request,
  response: Response,
  secret: string,
  maxAgeMs: number,
): void {
  response.cookie(sessionCookieName(request), secret, { ...attributes(request), maxAge: maxAgeMs })
}

export function endSessionCookie(request: Request, response: Response): void {
  response.clearCookie(sessionCookieName(request), attributes(request))
}

function attributes(request: Request): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure: request.secure, path: '/' }
}
