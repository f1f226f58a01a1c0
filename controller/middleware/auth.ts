// Who may ask: holders of the admin token. After 10 wrong tokens a minute an address gets 429 for further wrong
// ones; the right token always passes, so that nobody can lock its owner out by guessing beside him.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import { SweepError } from '../../sweeps/errors.ts'

export const TOKEN_PATTERN = /^[A-Za-z0-9_]{48,}$/
export const WRONG_TOKENS_PER_MINUTE = 10

export function createAuth(adminToken: string): RequestHandler {
  const expected = digest(adminToken)
  const limitGuesses = rateLimit({
    windowMs: 60_000,
    limit: WRONG_TOKENS_PER_MINUTE,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: () => {
      throw new SweepError('TOO_MANY_REQUESTS', 'too many wrong tokens from this address', {
        hint: "Wait a minute, then use the token in the controller's data folder (admin-token).",
      })
    },
  })
  return (request, response, next) => {
    const given = bearerToken(request.headers.authorization)
    if (given === null) throw missingToken()
    // Digests are compared: equal lengths, and no time that depends on the token.
    if (timingSafeEqual(digest(given), expected)) return next()
    return limitGuesses(request, response, (error?: unknown) => next(error ?? wrongToken()))
  }
}

function bearerToken(header: string | undefined): string | null {
  return /^Bearer ([^\s]{1,1024})$/i.exec(header ?? '')?.[1] ?? null
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function missingToken(): SweepError {
  return new SweepError('UNAUTHORIZED', 'a token is needed', {
    hint: "Send `Authorization: Bearer TOKEN`. The admin token is in the controller's data folder (admin-token).",
  })
}

function wrongToken(): SweepError {
  return new SweepError('UNAUTHORIZED', 'this token is not known here', {
    hint: "Check SWEEP_TOKEN. The admin token is in the controller's data folder (admin-token).",
  })
}
