// Short questions to a Redis: who answers on a port, and whether a Redis that was given may be used. Keeps no
// connection.
import { Redis } from 'ioredis'
import { SweepError } from '../sweeps/errors.ts'

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

/**
 * @throws SweepError REDIS_UNAVAILABLE when it does not answer, USAGE when it may throw keys away or the URL is none
 */
export async function checkGivenRedis(url: string): Promise<void> {
  const shown = withoutPassword(url)
  const info = await withShortConnection(url, (redis) => redis.info('memory')).catch((error: Error) => {
    throw new SweepError('REDIS_UNAVAILABLE', `Redis at ${shown} does not answer: ${error.message}`, {
      hint: 'Check REDIS_URL and that this Redis runs, or unset REDIS_URL: then a private one is started.',
      cause: error,
    })
  })
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'unknown'
  if (policy !== 'noeviction') {
    throw new SweepError(
      'USAGE',
      `Redis at ${shown} has maxmemory-policy ${policy}: it may throw away runs and reports when memory is short`,
      { hint: 'Set `maxmemory-policy noeviction` there, or unset REDIS_URL: then a private one is started.' },
    )
  }
}

/** The URL as it may stand in a message or a log. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    return `${parsed.protocol}//${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`
  } catch {
    throw new SweepError('USAGE', 'REDIS_URL is not a URL', { hint: 'Write it as redis://HOST:6379' })
  }
}

type Where = string | { host: string; port: number; password: string }

/** Rejects with what went wrong first, which says more than "Connection is closed". */
async function withShortConnection<T>(where: Where, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const options = {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: PROBE_TIMEOUT_MS,
    commandTimeout: PROBE_TIMEOUT_MS,
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
