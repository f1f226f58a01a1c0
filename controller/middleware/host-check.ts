// Against DNS rebinding and cross-site requests: a controller bound to loopback answers only to loopback names and to
// those that were allowed, and a browser page of another origin changes nothing.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { RequestHandler } from 'express'
import { SweepError } from '../../sweeps/errors.ts'

export interface HostRules {
  /** The address that the controller listens on. */
  readonly boundHost: string
  /** Further names that it may be called by. @default none; then another address than loopback answers to every name */
  readonly allowedHosts?: readonly string[]
  /** A reverse proxy on this machine passes requests on: its X-Forwarded-* headers are believed. @default false */
  readonly isBehindProxy?: boolean
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Why a request is refused, in words; null when it may pass. Also for WebSocket upgrades. */
export function findForeignOrigin(request: IncomingMessage, rules: HostRules): string | null {
  const host = request.headers.host ?? ''
  const name = hostNameOf(host)
  if (name === null) return 'the Host header is missing or not a host name'
  // Any port: through `ssh -L` it differs from ours. Other names would be another site's, pointed at this machine.
  if (!isOurName(name, rules)) return `the Host header "${host}" is not this machine's`
  const { origin } = request.headers
  if (origin !== undefined && isChange(request) && !isSameOrigin(origin, host, schemeOf(request, rules))) {
    return `a page of ${origin.slice(0, 200)} may not do this`
  }
  return null
}

export function createHostCheck(rules: HostRules): RequestHandler {
  return (request, _response, next) => {
    const reason = findForeignOrigin(request, rules)
    if (reason !== null) {
      throw new SweepError('FORBIDDEN', reason, {
        hint: 'Use the address that `sweep up` printed, or start it with --allowed-host NAME.',
      })
    }
    next()
  }
}

/** Might it change something? */
export function isChange(request: IncomingMessage): boolean {
  const isUpgrade = request.headers.upgrade !== undefined
  return isUpgrade || !['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '')
}

/** The address that asks: the proxy's word for it when there is one, else that of the connection. */
export function clientAddress(request: IncomingMessage, rules: HostRules): string {
  const peer = request.socket.remoteAddress ?? ''
  const forwarded = request.headers['x-forwarded-for']
  if (!isFromProxy(request, rules) || typeof forwarded !== 'string') return peer
  return forwarded.split(',').at(-1)?.trim() || peer
}

function isOurName(name: string, { boundHost, allowedHosts = [] }: HostRules): boolean {
  if (isLoopbackHost(name) || allowedHosts.some((allowed) => allowed.toLowerCase() === name)) return true
  if (isLoopbackHost(boundHost)) return false
  // An address cannot be pointed elsewhere, as a name can.
  return allowedHosts.length === 0 || isIP(name) !== 0
}

/** null: not known, a proxy that nobody told us of may speak TLS before us. */
function schemeOf(request: IncomingMessage, rules: HostRules): string | null {
  if (request.socket instanceof TLSSocket) return 'https:'
  const forwarded = request.headers['x-forwarded-proto']
  return isFromProxy(request, rules) && typeof forwarded === 'string' ? `${forwarded.trim()}:` : null
}

function isFromProxy(request: IncomingMessage, { isBehindProxy = false }: HostRules): boolean {
  const peer = request.socket.remoteAddress ?? ''
  return isBehindProxy && isLoopbackHost(peer.replace(/^::ffff:/, ''))
}

function isSameOrigin(origin: string, host: string, scheme: string | null): boolean {
  try {
    const url = new URL(origin)
    return url.host === host.toLowerCase() && (scheme === null || url.protocol === scheme)
  } catch {
    return false // "null" and rubbish
  }
}

/** The name without the port and the brackets of IPv6. */
function hostNameOf(host: string): string | null {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,255}))(?::\d{1,5})?$/.exec(host)
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null
}
