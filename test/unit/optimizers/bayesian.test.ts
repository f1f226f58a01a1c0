import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBayesianSearch } from '../../../optimizers/bayesian.ts'
import { equalLevels } from '../../../optimizers/optimizer.ts'
import type { Observation, OptimizerOptions } from '../../../optimizers/optimizer.ts'
import { bowl, CONTINUOUS, expectInside, MIXED, optimise, ordered, Taken } from '../../support/optimise.ts'

describe('Bayesian search', () => {
  it('begins with the centre, and knows why it proposes what', () => {
    const { asked } = optimise({ dimensions: MIXED, seed: 1 }, 12, bowl)
    expect(asked[0]!.proposal.point).toEqual([0.5, 0.5, equalLevels(3).centre(0), 0.5])
    expect(asked[0]!.proposal.diagnostics).toEqual({ source: 'initial' })
    const last = asked.at(-1)!.proposal
    expect(last.diagnostics).toMatchObject({ source: 'model', n: 11 })
    expect(last.expectation?.lengthScales).toHaveLength(4)
    expect(last.expectation?.std).toBeGreaterThan(0)
  })

  it('asks nothing twice of 64 workers in a space of 65 points, and then says that none is left', () => {
    const options: OptimizerOptions = { dimensions: [ordered(13), equalLevels(5)], seed: 3 }
    const { asked } = optimise(options, 200, (point) => point[0]! + point[1]!, 64)
    expect(asked).toHaveLength(65)
    expect(new Set(asked.map(({ proposal }) => proposal.point.join())).size).toBe(65)
  })

  it('proposes points that can be realised: of ordered levels their own coordinate', () => {
    const { asked } = optimise({ dimensions: MIXED, seed: 2 }, 30, bowl)
    for (const { proposal } of asked) {
      expect(Math.abs(proposal.point[1]! * 5 - 0.5 - Math.round(proposal.point[1]! * 5 - 0.5))).toBeLessThan(
        1e-12,
      )
    }
  })

  it('keeps away from where runs fail', () => {
    const fails = (point: readonly number[]) => point[0]! > 0.5
    const options: OptimizerOptions = { dimensions: [CONTINUOUS, CONTINUOUS], seed: 5 }
    const optimizer = createBayesianSearch(options)
    const taken = new Taken(options)
    const failed: boolean[] = []
    for (let index = 0; index < 40; index++) {
      const { point } = optimizer.suggest(index, taken)!
      failed.push(fails(point))
      // The best values would lie where everything fails
      const value = fails(point) ? null : 1 - point[0]! + (point[1]! - 0.5) ** 2
      optimizer.observe([{ id: `${index}`, index, point, state: value === null ? 'failed' : 'done', value }])
    }
    expect(failed.slice(20).filter(Boolean).length).toBeLessThan(8)
  })

  it('does not tell apart points that differ only in a dimension that does not exist', () => {
    // Dimension 1 exists only at level 1 of dimension 0
    const options: OptimizerOptions = {
      dimensions: [equalLevels(2), CONTINUOUS, CONTINUOUS],
      seed: 4,
      cells: null,
      activity: { parents: [0], existsAt: ([level]) => [true, level === 1, true] },
    }
    const { asked, values } = optimise(options, 40, (point) =>
      point[0]! < 0.5 ? 0.3 + (point[2]! - 0.2) ** 2 : (point[1]! - 0.8) ** 2 + (point[2]! - 0.2) ** 2,
    )
    for (const { proposal } of asked) if (proposal.point[0]! < 0.5) expect(proposal.point[1]).toBe(0.5)
    expect(Math.min(...values)).toBeLessThan(0.01)
  })
})

describe('Bayesian search with bad input', () => {
  const values = fc.oneof(
    fc.double(),
    fc.constantFrom(NaN, Infinity, -Infinity, 1e308, -1e308, 0, null),
    fc.constant(1),
  )
  const coordinates = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(0, 1, 0.5, -3, 7, NaN),
  )
  const state = fc.constantFrom('open', 'done', 'stopped', 'failed', 'void' as const)

  it('always has a point inside the cube', () => {
    const observation = fc.record({
      id: fc.integer({ min: 0, max: 30 }).map(String),
      index: fc.option(fc.nat(40)),
      point: fc.array(coordinates, { minLength: 4, maxLength: 4 }),
      state: state as fc.Arbitrary<Observation['state']>,
      value: values,
    })
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 40 }), fc.nat(60), (observations, index) => {
        const optimizer = createBayesianSearch({ dimensions: MIXED, seed: 1 })
        optimizer.observe(observations)
        expectInside(optimizer, index, 4)
      }),
      { numRuns: 150 },
    )
  })

  it('lives with constant values, one value, failures alone and absurd values', () => {
    const point = (i: number) => Array.from({ length: 4 }, (_, j) => ((i * 7 + j * 3) % 19) / 19)
    const told = (count: number, value: (i: number) => number | null): Observation[] =>
      Array.from({ length: count }, (_, i) => ({
        id: `${i}`,
        index: i,
        point: point(i),
        state: 'done',
        value: value(i),
      }))
    for (const observations of [
      told(1, () => 3),
      told(30, () => 3),
      told(30, () => null),
      told(30, () => NaN),
      told(30, (i) => (i % 2 === 0 ? 1e308 : -1e308)),
      told(30, (i) => 1e-300 * i),
      told(30, (i) => 1e12 + i * 1e-6),
      told(30, (i) => (i === 7 ? -1e300 : i)),
    ]) {
      const optimizer = createBayesianSearch({ dimensions: MIXED, seed: 1 })
      optimizer.observe(observations)
      for (const index of [30, 31, 32, 33]) expectInside(optimizer, index, 4)
    }
  })

  it('has one proposal for a space of one point, and none after it', () => {
    const options: OptimizerOptions = { dimensions: [], seed: 1 }
    const { asked } = optimise(options, 3, () => 1)
    expect(asked.map(({ proposal }) => proposal.point)).toEqual([[]])
  })
})
