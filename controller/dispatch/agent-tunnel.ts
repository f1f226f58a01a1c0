// The tunnel: a WebSocket through which an agent speaks the Redis protocol with its own Redis user, so that it needs
// one URL and one token. Bytes are passed on as they are.
import type { IncomingMessage } from 'node:http'
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { WebSocketServer, createWebSocketStream } from 'ws'
import { SweepError } from '../../sweeps/errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { AgentRegistry } from './agent-registry.ts'

/** Largest WebSocket message: more than the largest entry an agent sends. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

export interface AgentTunnel {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends every tunnel. */
  close(): void
}

export function createAgentTunnel(options: {
  readonly registry: AgentRegistry
  readonly redisUrl: string
  readonly log: Logger
}): AgentTunnel {
  const { registry, log } = options
  const target = new URL(options.redisUrl)
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  })
  const open = new Set<Duplex>()

  const connectRedis = (): Socket => {
    const port = Number(target.port || 6379)
    const host = target.hostname.replace(/^\[|\]$/g, '')
    return target.protocol === 'rediss:'
      ? connectTls({ host, port, servername: host })
      : connectTcp({ host, port })
  }

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const agentId = new URL(request.url ?? '/', 'http://controller').searchParams.get('agent') ?? ''
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const agent = await registry.authenticate(agentId, key)
    await registry.ensureRedisUser(agent)
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const client = createWebSocketStream(webSocket)
      const redis = connectRedis()
      redis.setNoDelay(true)
      const closeBoth = () => {
        open.delete(client)
        client.destroy()
        redis.destroy()
      }
      open.add(client)
      for (const stream of [client, redis]) stream.on('error', closeBoth).on('close', closeBoth)
      client.pipe(redis).pipe(client)
    })
  }

  return {
    handleUpgrade(request, socket, head) {
      socket.on('error', () => socket.destroy())
      accept(request, socket, head).catch((error: unknown) => {
        const isRefused = error instanceof SweepError && error.code === 'UNAUTHORIZED'
        if (!isRefused) log.warn('tunnel.unavailable', { message: (error as Error).message })
        const status = isRefused ? '401 Unauthorized' : '503 Service Unavailable'
        socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      })
    },
    close() {
      for (const stream of open) stream.destroy()
      server.close()
    },
  }
}
