// What Bayesian search promises at length: regret over seeds, replay of a whole sweep, and large histories. The short
// tests are in test/unit/optimizers/bayesian.test.ts.
import { describe, expect, it } from 'vitest'
import { createBayesianSearch } from '../../optimizers/bayesian.ts'
import { equalLevels } from '../../optimizers/optimizer.ts'
import type { OptimizerOptions } from '../../optimizers/optimizer.ts'
import { createRng } from '../../optimizers/rng.ts'
import { bowl, CONTINUOUS, expectInside, MIXED, optimise, ordered, Taken } from '../support/optimise.ts'

describe('Bayesian search', () => {
  it('comes within 1e-3 of the least value of a mixed bowl in 40 proposals, from any of five seeds', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { values } = optimise({ dimensions: MIXED, seed }, 40, bowl)
      expect(Math.min(...values), `seed ${seed}`).toBeLessThan(1e-3 + 0.0001)
    }
  })

  it('replays each of 100 proposals from its record, in a fresh process, bit for bit', () => {
    const options: OptimizerOptions = { dimensions: MIXED, seed: 7 }
    const { asked } = optimise(options, 100, (point) => bowl(point) + 0.05 * Math.sin(40 * point[3]!), 4)
    for (const { proposal, told } of asked.filter((_, index) => index % 3 === 0)) {
      const fresh = createBayesianSearch(options)
      const taken = new Taken(options)
      for (const { point } of told) taken.add(point)
      fresh.observe(told)
      expect(fresh.suggest(proposal.index, taken)).toEqual(proposal)
    }
  })

  it('takes 10,000 observations, a million levels and 200 dimensions', { timeout: 60_000 }, () => {
    const rng = createRng(1, 'many')
    const many = createBayesianSearch({ dimensions: [CONTINUOUS, ordered(1e6), equalLevels(4)], seed: 1 })
    many.observe(
      Array.from({ length: 10_000 }, (_, i) => {
        const point = [rng(), rng(), rng()]
        return { id: `${i}`, index: i, point, state: 'done' as const, value: bowl(point) }
      }),
    )
    expectInside(many, 10_000, 3)
    const wide = createBayesianSearch({
      dimensions: Array.from({ length: 200 }, (_, j) => (j % 3 === 0 ? equalLevels(3) : CONTINUOUS)),
      seed: 1,
    })
    wide.observe(
      Array.from({ length: 30 }, (_, i) => {
        const point = Array.from({ length: 200 }, () => rng())
        return { id: `${i}`, index: i, point, state: 'done' as const, value: bowl(point) }
      }),
    )
    expectInside(wide, 30, 200)
  })
})
