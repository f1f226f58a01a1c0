import { describe, expect, it } from 'vitest'
import { matern52, matern52Slope, pairDifferences } from '../../../optimizers/kernels.ts'
import { readOptimizerVectors, relativeError } from './optimizer-vectors.ts'

describe('the Matern 5/2 kernel', () => {
  it('agrees with mpmath, its slope too', () => {
    const { rows } = readOptimizerVectors<{ rows: { r: number; matern52: number; dmatern52_dr2: number }[] }>(
      'matern_scalar.json',
    )
    for (const { r, ...wanted } of rows) {
      const tolerance = r >= 100 ? 1e-12 : 1e-14
      expect(relativeError(matern52(r * r), wanted.matern52), `r=${r}`).toBeLessThanOrEqual(tolerance)
      expect(relativeError(matern52Slope(r * r), wanted.dmatern52_dr2), `r=${r}`).toBeLessThanOrEqual(
        tolerance,
      )
    }
  })

  it('sees squares of numeric differences, and categories as the same or not', () => {
    const rows = Float64Array.from([0, 2, 0.5, 2, 0.5, 7])
    const differences = pairDifferences(rows, 3, { dimensionCount: 2, numericCount: 1 })
    expect([...differences]).toEqual([0.25, 0, 0.25, 1, 0, 1])
  })
})
