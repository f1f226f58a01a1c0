// Connections to the deployment's Redis: through the controller's WebSocket, or directly where the agent's
// environment has an address. One client per blocking command; each reconnects for ever, a second apart at most. While the
// controller is away one client of the agent tries for all: a thousand agents knock a thousand times a second, not thrice.
import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { Duplex } from 'node:stream'
import { WebSocket, createWebSocketStream } from 'ws'
import { SweepError } from '../sweeps/errors.ts'
import { TUNNEL_PATH } from '../sweeps/protocol.ts'

/** What every client of one agent needs. The login changes when the agent registers again. */
export interface RedisAccess {
  readonly server: string
  readonly agentId: string
  readonly agentKey: string
  login: { username: string; password: string }
  /** Connect there instead of through the controller. */
  readonly redisUrl: string | undefined
  /** The try to open a tunnel that is under way, of whichever client; with why it failed, or null. */
  opening?: Promise<Error | null> | undefined
}

export interface RedisClientOptions {
  /**
   * wait: commands wait until Redis is there (BullMQ, blocking reads);
   * fail: they fail at once when it is not, and the caller decides what to send again
   */
  readonly whenAway: 'wait' | 'fail'
  readonly onError: (error: Error) => void
}

const CONNECT_TIMEOUT_MS = 10_000
const MAX_RETRY_DELAY_MS = 1_000
/** Above the longest blocking time (10 s): a silently dead network is noticed after it. */
const SOCKET_TIMEOUT_MS = 15_000

/** @throws SweepError USAGE when redisUrl is no address of a Redis */
export function createRedisClient(access: RedisAccess, options: RedisClientOptions): Redis {
  const client = new Redis({
    ...(access.redisUrl === undefined ? tunnelOptions(access) : parseRedisUrl(access.redisUrl)),
    replyMapping: 'legacy',
    username: access.login.username,
    password: access.login.password,
    // The agent's user may not ask INFO, HELLO or CLIENT.
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: (times) => Math.min(50 * times, MAX_RETRY_DELAY_MS) * (1 - Math.random() / 2),
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    ...(options.whenAway === 'wait'
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 0, enableOfflineQueue: false, autoResendUnfulfilledCommands: false }),
  })
  client.on('error', options.onError)
  return client
}

/** Whoever connects from now on logs in with this. */
export function changeLogin(clients: readonly Redis[], login: { username: string; password: string }): void {
  for (const client of clients) {
    client.options.username = login.username
    client.options.password = login.password
  }
}

function parseRedisUrl(address: string): RedisOptions {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    throw badRedisUrl()
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') throw badRedisUrl()
  const db = Number(url.pathname.slice(1) || '0')
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || '6379'),
    db: Number.isInteger(db) ? db : 0,
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  }
}

function badRedisUrl(): SweepError {
  return new SweepError('USAGE', 'REDIS_URL is no address of a Redis', {
    hint: 'Write it as redis://HOST:6379/0.',
  })
}

function tunnelOptions(access: RedisAccess): RedisOptions {
  const address = new URL(TUNNEL_PATH, access.server)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  address.searchParams.set('agent', access.agentId)
  const headers = { authorization: `Bearer ${access.agentKey}` }

  // ioredis takes a class: it makes one for each client, with that client's options.
  class TunnelConnector {
    firstError?: Error
    private stream: Duplex | null = null
    private socket: WebSocket | null = null
    private isWanted = false

    check(): boolean {
      return true
    }

    disconnect(): void {
      this.isWanted = false
      this.socket?.terminate()
      this.stream?.destroy()
    }

    /** Never rejects while the client is wanted: ioredis gives up for good on a rejection, and retries on a dead stream. */
    async connect(): Promise<Duplex> {
      this.isWanted = true
      const othersFailure = (await access.opening) ?? null
      const failure = this.isWanted ? (othersFailure ?? (await this.open())) : null
      if (!this.isWanted) {
        this.socket?.terminate()
        throw new Error('Connection is closed.')
      }
      if (failure !== null || this.socket === null) {
        this.firstError = failure ?? new Error('no tunnel')
        return (this.stream = deadStream())
      }
      const { socket } = this
      const stream = asSocket(createWebSocketStream(socket))
      // Alone, the stream would only end its readable side, and ioredis would wait for its time-out.
      socket.once('close', () => stream.destroy())
      return (this.stream = stream)
    }

    private async open(): Promise<Error | null> {
      const socket = new WebSocket(address, {
        headers,
        handshakeTimeout: CONNECT_TIMEOUT_MS,
        perMessageDeflate: false,
      })
      this.socket = socket
      const opening = new Promise<Error | null>((resolve) => {
        socket.once('open', () => resolve(null))
        socket.on('error', resolve)
        socket.once('close', () => resolve(new Error('the controller closed the tunnel')))
      })
      access.opening ??= opening
      const failure = await opening
      if (access.opening === opening) access.opening = undefined
      return failure
    }
  }
  // A WebSocket stream lacks the parts of net.Socket that the type names and ioredis does not use on it.
  return { Connector: TunnelConnector as unknown as NonNullable<RedisOptions['Connector']> }
}

/** The calls that ioredis makes on a socket and that mean nothing here. */
function asSocket(stream: Duplex): Duplex {
  return Object.assign(stream, { setNoDelay() {}, setKeepAlive() {}, setTimeout() {} })
}

function deadStream(): Duplex {
  const stream = asSocket(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }))
  stream.destroy()
  return stream
}
