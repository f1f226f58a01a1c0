import { expect, it } from 'vitest'
import { createRedisComparison } from '../../../../controller/dispatch/same-redis.ts'

/** A comparison at a time and with generations that the test sets; undefined: cannot be read. */
function aComparison() {
  const world = { nowMs: 0, inSql: 'g1' as string | null, inRedis: 'g1' as string | null | undefined }
  const comparison = createRedisComparison({
    store: {
      readCursor: async () => (world.inSql === null ? null : { generation: world.inSql, entryId: '0-0' }),
      readLeadership: async () => ({ epoch: 3, holder: 'head pid 7', beat: 1 }),
    },
    control: {
      get: async () => {
        if (world.inRedis === undefined) throw new Error('away')
        return world.inRedis
      },
    },
    deployment: 'd',
    clock: { now: () => 0, monotonicMs: () => world.nowMs },
  })
  const checkAt = (nowMs: number) => {
    world.nowMs = nowMs
    return comparison.check()
  }
  return { world, checkAt }
}

it('has nothing against the same Redis', async () => {
  const { checkAt } = aComparison()
  expect([await checkAt(0), await checkAt(60_000)]).toEqual([null, null])
})

it('refuses another one after 10 s, naming who leads', async () => {
  const { world, checkAt } = aComparison()
  world.inRedis = null
  expect([await checkAt(0), await checkAt(9_999)]).toEqual([null, null])
  expect(await checkAt(10_000)).toMatchObject({
    code: 'REDIS_DIFFERS',
    message: expect.stringContaining('head pid 7') as string,
  })
})

it('begins anew after they agreed, as after a FLUSHALL', async () => {
  const { world, checkAt } = aComparison()
  world.inRedis = 'g2'
  await checkAt(0)
  world.inSql = 'g2'
  await checkAt(5_000)
  world.inRedis = 'g3'
  expect([await checkAt(6_000), await checkAt(15_000)]).toEqual([null, null])
})

it('decides nothing while Redis cannot be read, or nobody has led yet', async () => {
  const { world, checkAt } = aComparison()
  world.inRedis = undefined
  expect([await checkAt(0), await checkAt(60_000)]).toEqual([null, null])
  Object.assign(world, { inRedis: 'g1', inSql: null })
  expect([await checkAt(61_000), await checkAt(90_000)]).toEqual([null, null])
})
