// A door to the controller's private Redis that only tests use: its login, read from the data folder, and FLUSHALL.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'

export interface RedisLogin {
  readonly host: string
  readonly port: number
  readonly password: string
}

/** @param redisFolder `redis` in the controller's data folder */
export function readRedisLogin(redisFolder: string): RedisLogin {
  const address: unknown = JSON.parse(readFileSync(join(redisFolder, 'address.json'), 'utf8'))
  if (typeof address === 'object' && address !== null && 'port' in address && 'password' in address) {
    return { host: '127.0.0.1', port: Number(address.port), password: String(address.password) }
  }
  throw new Error(`no port and password in ${redisFolder}/address.json`)
}

/** One try; false while Redis does not answer. */
export async function tryFlushRedis(login: RedisLogin): Promise<boolean> {
  const redis = new Redis({ ...login, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  redis.on('error', () => {}) // it may be down just now: the caller tries again
  try {
    await redis.connect()
    return (await redis.flushall()) === 'OK'
  } catch {
    return false
  } finally {
    redis.disconnect()
  }
}
