// Controllers that share a database must share a Redis: agents at another one would wait for ever. The leader's Redis
// is told by the generation of its report stream, which is kept in SQL.
import type { Redis } from 'ioredis'
import { SweepError } from '../../sweeps/errors.ts'
import { redisNames } from '../../sweeps/protocol.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { Clock } from '../../runtime/clock.ts'

/** After a FLUSHALL the leader makes a new generation and stores it within a second or two. */
const DIFFERENCE_LIMIT_MS = 10_000

export interface RedisComparison {
  /**
   * To be asked again and again while another controller leads. Never rejects: what cannot be read now is compared
   * next time.
   * @returns the error after which this controller cannot go on
   */
  check(): Promise<SweepError | null>
}

export function createRedisComparison(options: {
  readonly store: Pick<SweepStore, 'readCursor' | 'readLeadership'>
  readonly control: Pick<Redis, 'get'>
  readonly deployment: string
  readonly clock: Clock
}): RedisComparison {
  const { store, control, clock } = options
  const names = redisNames(options.deployment)
  let differentSinceMs: number | null = null

  async function isDifferent(): Promise<boolean | null> {
    try {
      const [cursor, generation] = await Promise.all([store.readCursor(), control.get(names.generation)])
      return cursor === null ? null : cursor.generation !== generation
    } catch {
      return null
    }
  }

  return {
    async check() {
      const different = await isDifferent()
      if (different === false) differentSinceMs = null
      if (different !== true) return null
      differentSinceMs ??= clock.monotonicMs()
      if (clock.monotonicMs() - differentSinceMs < DIFFERENCE_LIMIT_MS) return null
      const holder = (await store.readLeadership().catch(() => null))?.holder ?? 'another controller'
      return new SweepError(
        'REDIS_DIFFERS',
        `this controller has another Redis than the one that leads (${holder})`,
        {
          hint: 'Controllers that share a database share a Redis: give all of them the same REDIS_URL.',
        },
      )
    },
  }
}
