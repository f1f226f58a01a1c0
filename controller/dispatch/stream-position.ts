// Entry ids of the report stream (`<ms>-<n>`, by Redis' clock) and how far behind a position the stream goes.
import type { Redis } from 'ioredis'

/** Epoch milliseconds at which the entry came to Redis. */
export function entryTimeMs(entryId: string): number {
  return Number(entryId.slice(0, entryId.indexOf('-')))
}

/** The smallest id above this one. */
export function entryIdAfter(entryId: string): string {
  const [ms = '0', n = '0'] = entryId.split('-')
  return `${ms}-${Number(n) + 1}`
}

export interface StreamLag {
  /** Entries that are not stored; those stored since the stream was last trimmed (a second ago) may be among them. */
  readonly entryCount: number
  /** Age of the oldest one, by Redis' clock alone. */
  readonly seconds: number
}

/** What stands behind `entryId`. One small read, however long the stream is. */
export async function readStreamLag(redis: Redis, stream: string, entryId: string): Promise<StreamLag> {
  const [[first] = [], entryCount, [seconds]] = await Promise.all([
    redis.xrange(stream, `(${entryId}`, '+', 'COUNT', 1),
    redis.xlen(stream),
    redis.time(),
  ])
  if (first === undefined) return { entryCount: 0, seconds: 0 }
  return { entryCount, seconds: Math.max(0, Number(seconds) - entryTimeMs(first[0]) / 1000) }
}
