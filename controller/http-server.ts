// The listening socket: limits against slow and malformed clients, upgrades to the tunnel, and an orderly end.
import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { isIP, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ERROR_CODES, SweepError } from '../sweeps/errors.ts'
import { UPGRADE_PATHS } from './access/route-access.ts'
import { STORAGE_PREFIX } from './blobs/signed-url.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { errorBody } from './middleware/error-handler.ts'
import { findForeignOrigin, type HostRules } from './middleware/host-check.ts'
import { limitRequestTimes } from './request-limits.ts'

export interface HttpServerOptions {
  readonly app: RequestListener
  readonly handleUpgrade: Dispatcher['handleUpgrade']
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** @default those of an address without further names and without a proxy */
  readonly hostRules?: HostRules
  /** @default no TLS */
  readonly tls?: TlsFiles
}

/** Certificate (with its chain) and key, both PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface HttpServer {
  readonly url: string
  readonly port: number
  /** Takes nothing new, and resolves when every request in flight was answered. */
  drain(): Promise<void>
  /** Cuts off what is left, tunnels included. */
  destroy(): void
  /** Shows another certificate from the next connection on. @throws Error when the pair is none; the old one stays */
  changeCertificate(tls: TlsFiles): void
  /** Resolves with what broke the server after it had listened; never otherwise. */
  readonly failed: Promise<Error>
}

const HEADERS_LIMIT_MS = 10_000
const REQUEST_LIMIT_MS = 30_000
/** A file that is uploaded may take as long as it keeps coming. */
const UPLOAD_SILENCE_MS = 60_000
const KEEP_ALIVE_MS = 65_000
const MAX_HEADER_BYTES = 16_384
const TLS_SETTINGS = { minVersion: 'TLSv1.2' } as const

/** @throws SweepError ADDRESS_IN_USE when the port is taken, USAGE when the address cannot be listened on */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const limits = {
    headersTimeout: HEADERS_LIMIT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: MAX_HEADER_BYTES,
  }
  const tlsServer =
    options.tls === undefined
      ? null
      : createTlsServer({ ...limits, ...options.tls, ...TLS_SETTINGS }, options.app)
  const server = tlsServer ?? createServer(limits, options.app)
  server.maxHeadersCount = 100
  limitRequestTimes(server, {
    wholeMs: REQUEST_LIMIT_MS,
    silentMs: UPLOAD_SILENCE_MS,
    isUpload: ({ method, url }) => method === 'PUT' && url?.startsWith(`${STORAGE_PREFIX}/`) === true,
    refuse: ({ socket }) =>
      answerBadClient(Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket),
  })
  const inFlight = countRequests(server)
  const upgraded = routeUpgrades(server, options)
  server.on('clientError', answerBadClient)
  await listen(server, options)
  const { port } = server.address() as AddressInfo // listening on TCP
  return {
    port,
    url: `${tlsServer === null ? 'http' : 'https'}://${shownHost(options.host)}:${port}`,
    async drain() {
      server.close()
      server.closeIdleConnections()
      await inFlight.untilNone()
    },
    destroy() {
      server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
    },
    changeCertificate: (tls) => tlsServer?.setSecureContext({ ...tls, ...TLS_SETTINGS }),
    failed: new Promise((resolve) => server.on('error', resolve)),
  }
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port))
    server.once('error', refuse)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', refuse)
      resolve()
    })
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): SweepError {
  if (error.code === 'EADDRINUSE') {
    return new SweepError('ADDRESS_IN_USE', `port ${port} of ${host} is taken by another program`, {
      hint: 'Choose another one with --port, or --port 0 for a free one.',
      cause: error,
    })
  }
  const why = error.code === 'EACCES' ? 'this user may not use that port' : error.message
  return new SweepError('USAGE', `cannot listen on ${host}:${port}: ${why}`, {
    hint: 'Choose another --host or --port.',
    cause: error,
  })
}

function countRequests(server: Server): { untilNone(): Promise<void> } {
  let count = 0
  let wake = () => {}
  server.on('request', (_request, response) => {
    count += 1
    response.once('close', () => {
      count -= 1
      if (count === 0) wake()
    })
  })
  return {
    untilNone: () => new Promise((resolve) => (count === 0 ? resolve() : (wake = resolve))),
  }
}

/** @returns the open upgraded sockets, which the server itself no longer knows */
function routeUpgrades(server: Server, options: HttpServerOptions): ReadonlySet<Duplex> {
  const { handleUpgrade, hostRules = { boundHost: options.host } } = options
  const open = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const refusal = UPGRADE_PATHS.includes(request.url?.split('?')[0] ?? '')
      ? findForeignOrigin(request, hostRules)
      : 'nothing here speaks that protocol'
    if (refusal !== null) {
      answerSocket(socket, new SweepError('FORBIDDEN', refusal))
      return
    }
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    handleUpgrade(request, socket, head)
  })
  return open
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, `the headers are larger than ${MAX_HEADER_BYTES / 1024} KiB`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
}

function answerBadClient(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || (socket as Partial<Socket>).bytesWritten !== 0) {
    socket.destroy()
    return
  }
  const [status, message] = CLIENT_ERRORS[error.code ?? ''] ?? [400, 'this is not valid HTTP']
  answerSocket(socket, new SweepError('REQUEST_INVALID', message), status)
}

/** An answer without a request object: the connection ends with it. */
function answerSocket(
  socket: Duplex,
  error: SweepError,
  status: number = ERROR_CODES[error.code].status,
): void {
  const body = JSON.stringify(errorBody(error))
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/** As it can be typed on this machine: a wildcard address is no destination, IPv6 needs brackets. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return isIP(host) === 6 ? `[${host}]` : host
}
