// The tunnel: a WebSocket through which an agent speaks the Redis protocol with its own Redis user, so that it needs
// one URL and one token. Bytes are passed on as they are.
import type { IncomingMessage } from 'node:http'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { SweepError } from '../../sweeps/errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import { silentMeter } from '../meter.ts'
import type { DispatchMeter } from '../meter.ts'
import type { AgentRegistry } from './agent-registry.ts'
import type { RedisPlace } from './redis-clients.ts'

/** Largest WebSocket message: more than the largest entry an agent sends. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

/** Bytes on their way to an agent that does not read, above which Redis is not read for it either. */
const MAX_BUFFERED_BYTES = 1024 * 1024

/** A look at an agent is good for so long: a Redis that forgot the user meanwhile refuses the login, and the agent comes again. */
const ADMISSION_MS = 2_000

/** What is answered to a client at fault, by the error's code. */
const REFUSALS: Readonly<Record<string, string>> = {
  UNAUTHORIZED: '401 Unauthorized',
  TOO_MANY_REQUESTS: '429 Too Many Requests',
}

export interface AgentTunnel {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends every tunnel. */
  close(): void
}

export function createAgentTunnel(options: {
  readonly registry: AgentRegistry
  readonly redis: RedisPlace
  readonly log: Logger
  /** @throws SweepError TOO_MANY_REQUESTS to answer that instead. @default nobody counts */
  readonly countWrongKey?: ((request: IncomingMessage) => Promise<void>) | undefined
  /** @default silentMeter */
  readonly meter?: DispatchMeter
}): AgentTunnel {
  const { registry, log, meter = silentMeter } = options
  const { url, socketPath = null } = options.redis
  const target = new URL(url)
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  })
  const open = new Set<WebSocket>()
  const admissions = new Map<string, Promise<void>>()

  const connectRedis = (): Socket => {
    if (socketPath !== null) return connect({ path: socketPath })
    const port = Number(target.port || 6379)
    const host = target.hostname.replace(/^\[|\]$/g, '')
    return target.protocol === 'rediss:'
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) }) // SNI names no IP
      : connect({ host, port })
  }

  /**
   * Knows the agent and makes its Redis user. An agent comes with several connections within a moment: they share one
   * look, which a thousand agents that come back after a restart make dear.
   */
  function admit(agentId: string, key: string): Promise<void> {
    const name = `${agentId} ${key}`
    const known = admissions.get(name)
    if (known !== undefined) return known
    const admission = registry.authenticate(agentId, key).then((agent) => registry.ensureRedisUser(agent))
    admissions.set(name, admission)
    const forget = () => admissions.delete(name)
    admission.then(() => setTimeout(forget, ADMISSION_MS).unref(), forget)
    return admission
  }

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const agentId = new URL(request.url ?? '/', 'http://controller').searchParams.get('agent') ?? ''
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    await admit(agentId, key).catch(async (error: unknown) => {
      if (error instanceof SweepError && error.code === 'UNAUTHORIZED') await options.countWrongKey?.(request)
      throw error
    })
    server.handleUpgrade(request, socket, head, (webSocket) => {
      open.add(webSocket)
      meter.tunnelOpened()
      webSocket.once('close', () => {
        open.delete(webSocket)
        meter.tunnelClosed()
      })
      join(webSocket, connectRedis(), meter)
    })
  }

  return {
    handleUpgrade(request, socket, head) {
      socket.on('error', () => socket.destroy())
      accept(request, socket, head).catch((error: unknown) => {
        const status = REFUSALS[error instanceof SweepError ? error.code : '']
        if (status === undefined) log.warn('tunnel.failed', { reason: (error as Error).message })
        else meter.tunnelRefused()
        socket.end(
          `HTTP/1.1 ${status ?? '503 Service Unavailable'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
        )
      })
    },
    close() {
      for (const webSocket of open) webSocket.terminate()
      server.close()
    },
  }
}

/**
 * Passes bytes on in both directions until either side is gone. By events instead of `createWebSocketStream` and
 * pipes: every byte between agents and Redis passes here, and the streams take as long as all of the scheduling
 * (docs/decisions/0006-lean-tunnel.md).
 */
function join(webSocket: WebSocket, redis: Socket, meter: DispatchMeter): void {
  const closeBoth = () => {
    webSocket.terminate()
    redis.destroy()
  }
  for (const side of [webSocket, redis]) side.on('error', closeBoth).on('close', closeBoth)
  redis.setNoDelay(true)
  webSocket.on('message', (bytes: Buffer) => {
    meter.tunnelPassed('in', bytes.length)
    if (redis.writable && !redis.write(bytes)) webSocket.pause()
  })
  redis.on('drain', () => webSocket.resume())
  redis.on('data', (bytes) => {
    meter.tunnelPassed('out', bytes.length)
    webSocket.send(bytes, () => {
      if (redis.isPaused() && webSocket.bufferedAmount <= MAX_BUFFERED_BYTES) redis.resume()
    })
    if (webSocket.bufferedAmount > MAX_BUFFERED_BYTES) redis.pause()
  })
}
