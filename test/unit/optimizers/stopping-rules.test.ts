import { describe, expect, it } from 'vitest'
import { createMedianStopping } from '../../../optimizers/median-stopping.ts'
import { OrderStatistics } from '../../../optimizers/order-statistics.ts'
import { createRng } from '../../../optimizers/rng.ts'
import { geometricRungs } from '../../../optimizers/rung-rule.ts'
import { stableShare } from '../../../optimizers/stable-share.ts'
import { bracketShares, createSuccessiveHalving } from '../../../optimizers/successive-halving.ts'

describe('order statistics', () => {
  it('are those of a sorted list, under insertions and removals', () => {
    const rng = createRng(1, 'order')
    const order = new OrderStatistics()
    const list: number[] = []
    for (let i = 0; i < 2000; i++) {
      if (list.length > 0 && rng() < 0.3) {
        const [removed = NaN] = list.splice(rng.integer(list.length), 1)
        expect(order.remove(removed)).toBe(true)
      } else {
        const value = rng.integer(50)
        list.push(value)
        order.insert(value)
      }
    }
    const sorted = [...list].sort((a, b) => a - b)
    expect(sorted.map((_, index) => order.at(index))).toEqual(sorted)
    expect(order.count).toBe(list.length)
    expect(order.countBelow(25)).toBe(list.filter((value) => value < 25).length)
    expect([order.remove(0.5), order.at(list.length)]).toEqual([false, Infinity])
  })

  it('have linear quantiles between neighbours', () => {
    const order = new OrderStatistics()
    expect(order.quantile(0.5)).toBeNaN()
    for (const value of [4, 1, 3, 2]) order.insert(value)
    // numpy 1.24.2: np.quantile([1, 2, 3, 4], [0, 1/3, 0.5, 0.9, 1])
    expect([0, 1 / 3, 0.5, 0.9, 1].map((q) => order.quantile(q))).toEqual([1, 2, 2.5, 3.7, 4])
  })
})

describe('successive halving', () => {
  const rule = () => createSuccessiveHalving({ eta: 2, firstRung: 2, minRuns: 3, bracketCount: 1 })

  it('stops a curve on reaching a rung when it is not among the best 1/eta, and not later', () => {
    const halving = rule()
    const reach = (id: string, value: number) => {
      expect(halving.report(id, { progress: 1, value: 9 })).toEqual([])
      return halving.report(id, { progress: 2, value })
    }
    expect(reach('a', 5)).toMatchObject([{ stop: false, threshold: Infinity }]) // min_runs
    expect(reach('b', 1)).toMatchObject([{ stop: false, threshold: Infinity }])
    expect(reach('c', 4)).toMatchObject([{ stop: false, threshold: 4, rank: 2, of: 3 }]) // the median of 5, 1, 4
    expect(reach('d', 2)).toMatchObject([{ stop: false, threshold: 3 }])
    expect(reach('e', 4.5)).toMatchObject([{ stop: true, threshold: 4, rank: 4, of: 5 }])
    expect(halving.report('a', { progress: 3, value: 5 })).toEqual([]) // worse than the rung's best half by now
  })

  it('gives brackets to curves as Hyperband does, the same whenever asked', () => {
    expect(bracketShares(3, 3).map((share) => share * 17)).toEqual([9, 5, 3]) // 9, ceil(9 / 2), 3
    const halving = createSuccessiveHalving({ eta: 3, firstRung: 1, minRuns: 2 })
    const firstRungs = new Map<number, number>()
    for (let index = 0; index < 1700; index++) {
      const [verdict] = halving.report(`run${index}`, { progress: 9, value: 1 })
      const [first] = halving.marksOf(`run${index}`)
      firstRungs.set(first?.band ?? 0, (firstRungs.get(first?.band ?? 0) ?? 0) + 1)
      expect(verdict?.band).toBe(9)
    }
    expect([...firstRungs.keys()].sort((a, b) => a - b)).toEqual([1, 3, 9])
    expect(firstRungs.get(1)).toBeGreaterThan(830)
    expect(firstRungs.get(1)).toBeLessThan(970)
    expect(halving.thresholds().map(({ band, bracket }) => [band, bracket])).toEqual([
      ...[[1, 0]],
      ...[
        [3, 0],
        [3, 1],
      ],
      ...[
        [9, 0],
        [9, 1],
        [9, 2],
      ],
    ])
  })
})

describe('the median rule', () => {
  it("stops a curve whose best value is worse than the median of the others' means", () => {
    const rule = createMedianStopping({ firstRung: 2, factor: 2, minRuns: 2 })
    const tell = (id: string, values: readonly number[]) =>
      values.flatMap((value, index) => [...rule.report(id, { progress: index + 1, value })])
    tell('a', [4, 2]) // mean 3
    tell('b', [8, 6]) // mean 7
    expect(tell('c', [9, 6])).toMatchObject([{ value: 6, threshold: 5, stop: true }])
    expect(tell('d', [6, 9])).toMatchObject([{ value: 6, threshold: 7, stop: false }]) // 3, 7, 7.5
  })
})

it('rungs grow by the factor, in whole numbers', () => {
  expect(geometricRungs(1, 1.5).slice(0, 5)).toEqual([1, 2, 3, 5, 7])
  expect(geometricRungs(4, 3).slice(0, 4)).toEqual([4, 12, 36, 108])
})

it('a share depends on the text and the purpose alone, and is uniform', () => {
  expect(stableShare('q8x2m4wz', 'audit')).toBe(stableShare('q8x2m4wz', 'audit'))
  expect(stableShare('q8x2m4wz', 'audit')).not.toBe(stableShare('q8x2m4wz', 'bracket'))
  const shares = Array.from({ length: 10_000 }, (_, index) => stableShare(`run-${index}`, 'audit'))
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = shares.filter((share) => Math.floor(share * 10) === tenth).length
    expect(Math.abs(count - 1000)).toBeLessThan(150) // 5 standard deviations
  }
})
