// Where a request carries its token or session: the one place that reads them.
import type { IncomingMessage } from 'node:http'

export type Credentials = { readonly token: string } | { readonly session: string }

const MAX_SECRET_LENGTH = 1024

/** The header wins over the cookie. null: it carries neither. */
export function readCredentials(request: IncomingMessage): Credentials | null {
  const token = readBearer(request.headers.authorization) ?? readBasic(request.headers.authorization)
  if (token !== null) return { token }
  const session = readSessionCookie(request)
  return session === null ? null : { session }
}

/** The cookie's value, whether it is a session or not. */
export function readSessionCookie(request: IncomingMessage): string | null {
  const name = sessionCookieName(request)
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name)
      return pair
        .slice(at + 1)
        .trim()
        .slice(0, MAX_SECRET_LENGTH)
  }
  return null
}

/** With the port that the browser sees: cookies do not know ports, and a machine may have several controllers. */
export function sessionCookieName(request: IncomingMessage): string {
  const port = /:(\d{1,5})$/.exec(request.headers.host ?? '')?.[1]
  return port === undefined ? 'sweep_session' : `sweep_session_${port}`
}

/** As W&B's client sends its key: `api:KEY` in base64. */
function readBasic(header: string | undefined): string | null {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined || encoded.length > 2 * MAX_SECRET_LENGTH) return null
  const secret = /^[^:]*:(\S+)$/.exec(Buffer.from(encoded, 'base64').toString('utf8'))?.[1]
  return secret === undefined || secret.length > MAX_SECRET_LENGTH ? null : secret
}

function readBearer(header: string | undefined): string | null {
  const secret = /^Bearer ([^\s]+)$/i.exec(header ?? '')?.[1]
  return secret === undefined || secret.length > MAX_SECRET_LENGTH ? null : secret
}
