// The controller's connections to Redis and the options that every one of them needs.
import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import type { Logger } from '../../runtime/logger.ts'

/**
 * 50 ms steps up to 0.5 s: with ioredis' own back-off (to 20 s) work flowed 18 s after a 40 s outage, with this
 * 0.4 s. `enableOfflineQueue: false`: a command fails at once while Redis is away, and its caller tries again.
 */
const COMMON = {
  retryStrategy: (times: number) => Math.min(50 * times, 500),
  enableOfflineQueue: false,
  lazyConnect: true,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0, // with null and no resending, a command under way at a disconnect is never answered
} satisfies RedisOptions

/** Longest blocking read; the socket is given up after SOCKET_TIMEOUT_MS without a byte (a silently dead network). */
export const BLOCK_MS = 1_000
const SOCKET_TIMEOUT_MS = 15_000

export interface RedisPlace {
  readonly url: string
  /** Where the same server is reached by programs of this machine, without a network. @default null: nowhere */
  readonly socketPath?: string | null
}

export interface RedisClients {
  /** Short commands: answers to agents, ACL, generation, recall. */
  readonly control: Redis
  /** Blocking reads of the report stream, one at a time. */
  readonly reading: Redis
  /** BullMQ's queues. */
  readonly queues: Redis
  connect(): void
  close(): void
}

/** Clients that keep reconnecting by themselves; `connect` returns at once. */
export function createRedisClients(url: string, log: Logger): RedisClients {
  const make = (name: string, extra: Pick<RedisOptions, 'commandTimeout' | 'socketTimeout'>): Redis => {
    const client = new Redis(url, { ...COMMON, ...extra, connectionName: `sweep-${name}` })
    let isDown = false
    client.on('error', (error: Error) => {
      if (!isDown) log.warn('redis.connection_lost', { connection: name, reason: error.message })
      isDown = true
    })
    client.on('ready', () => {
      if (isDown) log.info('redis.connected', { connection: name })
      isDown = false
    })
    return client
  }
  const control = make('control', { commandTimeout: 5_000 })
  const reading = make('reading', { socketTimeout: SOCKET_TIMEOUT_MS })
  const queues = make('queues', {})
  const all = [control, reading, queues]
  return {
    control,
    reading,
    queues,
    connect() {
      for (const client of all) client.connect().catch(() => {}) // the 'error' listener has told; it keeps trying
    },
    close() {
      for (const client of all) client.disconnect()
    },
  }
}
