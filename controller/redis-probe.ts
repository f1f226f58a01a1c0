// Short questions to a Redis: who answers, and is it ready. Keeps no connection.
import { Redis } from 'ioredis'

/**
 * ours      answers to our password (perhaps still loading)
 * nobody    the port is closed
 * silent    takes connections and says nothing: a stopped Redis, or something else
 * stranger  answers, and is not ours
 */
export type ProbeResult = 'ours' | 'nobody' | 'silent' | 'stranger'

const PROBE_TIMEOUT_MS = 1500

export interface LoopbackAddress {
  readonly port: number
  readonly password: string
}

export async function probeRedis(address: LoopbackAddress): Promise<ProbeResult> {
  return withShortConnection({ host: '127.0.0.1', ...address }, async (redis) => {
    await redis.ping()
  }).then(
    () => 'ours',
    (error: Error & { code?: string }) => {
      if (error.code === 'ECONNREFUSED') return 'nobody'
      if (error.message.startsWith('LOADING')) return 'ours'
      return /timed out|ETIMEDOUT/.test(error.message) ? 'silent' : 'stranger'
    },
  )
}

/** True when it answers PING with PONG: it has loaded its data. */
export async function isRedisReady(address: LoopbackAddress): Promise<boolean> {
  return withShortConnection({ host: '127.0.0.1', ...address }, (redis) => redis.ping()).then(
    (answer) => answer === 'PONG',
    () => false,
  )
}

/** Tells it to write what is due and exit; its answer is a closed connection. */
export async function requestRedisShutdown(address: LoopbackAddress): Promise<void> {
  await withShortConnection({ host: '127.0.0.1', ...address }, (redis) =>
    redis.call('SHUTDOWN', 'NOSAVE'),
  ).catch(
    () => undefined, // the connection closes instead of an answer
  )
}

type Where = string | { host: string; port: number; password: string }

/**
 * Connects once, asks, and closes. Rejects with what went wrong first, which says more than "Connection is closed".
 * @param limitMs for the connection, and for each command
 */
export async function withShortConnection<T>(
  where: Where,
  ask: (redis: Redis) => Promise<T>,
  limitMs = PROBE_TIMEOUT_MS,
): Promise<T> {
  const options = {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: limitMs,
    commandTimeout: limitMs,
    enableReadyCheck: false,
    disableClientInfo: true,
  }
  const redis = typeof where === 'string' ? new Redis(where, options) : new Redis({ ...where, ...options })
  let first: Error | undefined
  redis.on('error', (error: Error) => {
    first ??= error
  })
  try {
    await redis.connect()
    return await ask(redis)
  } catch (error) {
    throw first ?? error
  } finally {
    redis.disconnect()
  }
}
