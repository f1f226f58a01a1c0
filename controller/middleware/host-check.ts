// Against DNS rebinding and cross-site requests: a controller bound to loopback answers only to loopback names, and
// a browser page of another origin changes nothing.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { RequestHandler } from 'express'
import { SweepError } from '../../sweeps/errors.ts'

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/**
 * Why a request is refused, in words; null when it may pass. Also for WebSocket upgrades.
 * @param boundHost the address that the controller listens on
 */
export function findForeignOrigin(request: IncomingMessage, boundHost: string): string | null {
  const host = request.headers.host ?? ''
  const name = hostNameOf(host)
  if (name === null) return 'the Host header is missing or not a host name'
  // Any port: through `ssh -L` it differs from ours. Other names would be another site's, pointed at this machine.
  if (isLoopbackHost(boundHost) && !isLoopbackHost(name))
    return `the Host header "${host}" is not this machine's`
  const origin = request.headers.origin
  if (origin !== undefined && isChange(request) && originHost(origin) !== host.toLowerCase()) {
    return `a page of ${origin.slice(0, 200)} may not do this`
  }
  return null
}

export function createHostCheck(boundHost: string): RequestHandler {
  return (request, _response, next) => {
    const reason = findForeignOrigin(request, boundHost)
    if (reason !== null) {
      throw new SweepError('FORBIDDEN', reason, { hint: 'Use the address that `sweep up` printed.' })
    }
    next()
  }
}

function isChange(request: IncomingMessage): boolean {
  const isUpgrade = request.headers.upgrade !== undefined
  return isUpgrade || !['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '')
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host
  } catch {
    return null // "null" and rubbish
  }
}

/** The name without the port and the brackets of IPv6. */
function hostNameOf(host: string): string | null {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,255}))(?::\d{1,5})?$/.exec(host)
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null
}
