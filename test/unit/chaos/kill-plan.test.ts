import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planKills } from '../../chaos/kill-plan.ts'

const options = { kills: 30, cells: 200, agents: 8, seed: 1, withFlushAll: true }

describe('planKills', () => {
  test('gives the same plan for the same seed and another for another', () => {
    expect(planKills(options)).toEqual(planKills(options))
    expect(planKills({ ...options, seed: 2 })).not.toEqual(planKills(options))
  })

  test('plans every kill, in order, within the life of the sweep', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 3, max: 60 }),
        fc.integer({ min: 6, max: 400 }),
        (seed, kills, cells) => {
          const plan = planKills({ kills, cells, agents: 3, seed, withFlushAll: false })
          expect(plan).toHaveLength(kills)
          expect(new Set(plan.map((kill) => kill.target))).toEqual(new Set(['controller', 'redis', 'agent']))
          plan.forEach((kill, index) => {
            expect(kill.afterStarts).toBeGreaterThanOrEqual(plan[index - 1]?.afterStarts ?? 1)
            expect(kill.afterStarts).toBeLessThanOrEqual(Math.ceil(cells * 0.85))
            expect(kill.delayMs).toBeGreaterThanOrEqual(0)
            expect([0, 1, 2]).toContain(kill.agentIndex)
            expect(kill.restartAfterMs).toBeGreaterThanOrEqual(200)
            expect(kill.restartAfterMs).toBeLessThanOrEqual(3000)
          })
        },
      ),
    )
  })

  test('adds one FLUSHALL at half of the cells when asked to', () => {
    const flushes = planKills(options).filter((kill) => kill.target === 'flushall')
    expect(flushes).toEqual([expect.objectContaining({ afterStarts: 100 })])
    expect(planKills({ ...options, withFlushAll: false })).toHaveLength(30)
  })
})
