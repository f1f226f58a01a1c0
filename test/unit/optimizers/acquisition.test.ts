import { describe, expect, it } from 'vitest'
import {
  logExpectedImprovement,
  logImprovement,
  logImprovementSlope,
} from '../../../optimizers/acquisition.ts'
import { readOptimizerVectors, relativeError } from './optimizer-vectors.ts'

describe('log expected improvement', () => {
  const { rows } = readOptimizerVectors<{ rows: { z: number; log_h: number; dlog_h: number }[] }>(
    'log_ei.json',
  )

  it('agrees with mpmath from z = -1e10 to 1000', () => {
    for (const { z, log_h } of rows) {
      const actual = logImprovement(z)
      const isClose = relativeError(actual, log_h) < 1e-12 || Math.abs(actual - log_h) < 1e-14
      expect(isClose, `z=${z}: ${actual}, wanted ${log_h}`).toBe(true)
    }
  })

  it('has the slope of mpmath', () => {
    for (const { z, dlog_h } of rows) {
      expect(relativeError(logImprovementSlope(z), dlog_h), `z=${z}`).toBeLessThan(1e-9)
    }
  })

  it('grows with the deviation and falls with the mean', () => {
    expect(logExpectedImprovement(1, 1, 0)).toBeLessThan(logExpectedImprovement(1, 1.1, 0))
    expect(logExpectedImprovement(1, 1, 0)).toBeLessThan(logExpectedImprovement(0.9, 1, 0))
    // E[max(-f, 0)] of a standard normal is phi(0)
    expect(logExpectedImprovement(0, 1, 0)).toBeCloseTo(Math.log(1 / Math.sqrt(2 * Math.PI)), 14)
  })
})
