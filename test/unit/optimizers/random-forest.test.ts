import { describe, expect, it } from 'vitest'
import { measureImportance } from '../../../optimizers/forest-importance.ts'
import { assessForest, binCategories, binNumbers } from '../../../optimizers/random-forest.ts'
import { RegressionTree } from '../../../optimizers/regression-tree.ts'
import { createRng } from '../../../optimizers/rng.ts'
import type { Rng } from '../../../optimizers/rng.ts'

const column = (n: number, draw: (row: number) => number) =>
  Float64Array.from({ length: n }, (_, row) => draw(row))

/** Standard normal. */
function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng())) * Math.cos(2 * Math.PI * rng())
}

describe('a regression tree', () => {
  const rows = Int32Array.from({ length: 8 }, (_, row) => row)
  const options = { featuresPerSplit: 2, leafSize: 1, maxDepth: 4 }

  it('finds the two steps of a staircase, and predicts their heights', () => {
    const x = binNumbers(column(8, (row) => row))
    const y = column(8, (row) => (row < 3 ? 0 : row < 6 ? 5 : 7))
    const tree = new RegressionTree([x], y)
    tree.grow(rows, options, createRng(1))
    expect([0, 2, 3, 5, 6, 7].map((row) => tree.predict(row))).toEqual([0, 0, 5, 5, 7, 7])
    expect(tree.predict(0, 0, 7)).toBe(7) // with the x of row 7
  })

  it('splits categories into the sets with the farthest means, whatever their order', () => {
    const codes = binCategories(column(8, (row) => row % 4))
    const y = column(8, (row) => (row % 2 === 0 ? -1 : 1)) // 0 and 2 against 1 and 3
    const tree = new RegressionTree([codes], y)
    tree.grow(rows, { ...options, maxDepth: 1 }, createRng(1))
    expect([0, 1, 2, 3].map((row) => tree.predict(row))).toEqual([-1, 1, -1, 1])
  })

  it('does not split by whether a feature exists', () => {
    const x = binNumbers(column(8, (row) => (row < 4 ? NaN : 1)))
    const tree = new RegressionTree(
      [x],
      column(8, (row) => (row < 4 ? 0 : 1)),
    )
    tree.grow(rows, options, createRng(1))
    expect([...tree.usedFeatures]).toEqual([])
  })
})

describe('bins', () => {
  it('keep the order of numbers, infinite ones at the ends, and know missing ones', () => {
    const { bins, binCount } = binNumbers(Float64Array.of(3, NaN, -Infinity, 3, Infinity, 7))
    expect([...bins]).toEqual([2, 0, 1, 2, 4, 3])
    expect(binCount).toBe(5)
  })

  it('hold 10,000 different numbers, and share one for rare categories', () => {
    const numbers = binNumbers(column(10_000, (row) => row))
    expect(numbers.binCount).toBe(32)
    expect(numbers.bins.every((bin, row) => row === 0 || bin >= (numbers.bins[row - 1] ?? 0))).toBe(true)
    expect(binCategories(column(1000, (row) => row % 100)).binCount).toBe(32)
  })
})

describe('a forest', () => {
  it('finds the shares of variance of an additive function, the noise left over', () => {
    // y = 2 a + b + e with unit variances: shares 4/6, 1/6, and 1/6 that nothing explains
    const rng = createRng(5, 'additive')
    const n = 1500
    const [a, b, c] = [0, 1, 2].map(() => column(n, () => normal(rng)))
    const y = column(n, (row) => 2 * (a?.[row] ?? 0) + (b?.[row] ?? 0) + normal(rng))
    const features = [a, b, c].map((values) => binNumbers(values ?? new Float64Array(n)))
    const { r2, importances } = assessForest(features, y, { trees: 100 }, rng)
    expect(r2).toBeGreaterThan(0.7)
    expect(r2).toBeLessThan(5 / 6 + 0.03)
    expect(importances[0]).toBeCloseTo(4 / 6, 0)
    expect(Math.abs((importances[0] ?? 0) - 4 / 6)).toBeLessThan(0.12)
    expect(Math.abs((importances[1] ?? 0) - 1 / 6)).toBeLessThan(0.06)
    expect(Math.abs(importances[2] ?? 1)).toBeLessThan(0.02)
  })

  it('explains nothing of noise', () => {
    const rng = createRng(6, 'noise')
    const features = Array.from({ length: 4 }, () => binNumbers(column(300, () => rng())))
    const { r2, importances } = assessForest(
      features,
      column(300, () => normal(rng)),
      { trees: 60 },
      rng,
    )
    expect(r2).toBeLessThan(0.05)
    for (const importance of importances) expect(Math.abs(importance)).toBeLessThan(0.05)
  })

  it('gives a feature that exists only beside one category what its values do, not what the category does', () => {
    const rng = createRng(7, 'conditional')
    const n = 800
    const kind = column(n, () => rng.integer(2))
    const inner = column(n, (row) => (kind[row] === 1 ? rng() : NaN))
    const y = column(n, (row) => 3 * (kind[row] ?? 0) + 0.2 * normal(rng))
    const { importances } = assessForest([binCategories(kind), binNumbers(inner)], y, { trees: 60 }, rng)
    expect(importances[0]).toBeGreaterThan(0.7)
    expect(Math.abs(importances[1] ?? 1)).toBeLessThan(0.02)
  })

  it('is the same for the same seed', () => {
    const features = [
      binNumbers(column(40, (row) => (row * 7) % 40)),
      binNumbers(column(40, (row) => (row * 11) % 40)),
    ]
    const y = column(40, (row) => (row * 7) % 40)
    const assess = (seed: number) => assessForest(features, y, { trees: 10 }, createRng(seed))
    expect(assess(1)).toEqual(assess(1))
    expect(assess(1)).not.toEqual(assess(2))
  })
})

describe('importance', () => {
  /** y = 2 a + b + e of n rows, with a third feature that does nothing, and the true order of them. */
  function draw(seed: number, n: number) {
    const rng = createRng(seed, 'draw')
    const columns = [0, 1, 2].map(() => column(n, () => normal(rng)))
    const [a, b] = columns
    const y = column(n, (row) => 2 * (a?.[row] ?? 0) + (b?.[row] ?? 0) + normal(rng))
    return measureImportance(columns.map(binNumbers), y, rng)
  }

  it('has intervals that hold the mean of many sweeps of the same kind, and rarely takes chance for more', () => {
    const sweeps = Array.from({ length: 24 }, (_, seed) => draw(seed, 60))
    const means = [0, 1, 2].map(
      (index) =>
        sweeps.reduce((sum, { features }) => sum + (features[index]?.importance ?? 0), 0) / sweeps.length,
    )
    expect(means[0]).toBeGreaterThan(means[1] ?? Infinity)
    expect(means[1]).toBeGreaterThan(means[2] ?? Infinity)
    for (const index of [0, 1]) {
      const mean = means[index] ?? NaN
      const covered = sweeps.filter(({ features }) => {
        const { low, high } = features[index] ?? { low: NaN, high: NaN }
        return low <= mean && mean <= high
      })
      expect(covered.length).toBeGreaterThanOrEqual(20) // 95 % of 24, with room for three more
    }
    expect(sweeps.filter(({ features }) => features[0]?.isAboveChance).length).toBe(24)
    expect(sweeps.filter(({ features }) => features[2]?.isAboveChance).length).toBeLessThanOrEqual(4)
  })

  it('answers for eight rows', () => {
    const { features, r2 } = draw(1, 8)
    expect(Number.isFinite(r2)).toBe(true)
    for (const { low, importance, high } of features) {
      expect(low).toBeLessThanOrEqual(importance)
      expect(importance).toBeLessThanOrEqual(high)
    }
  })
})
