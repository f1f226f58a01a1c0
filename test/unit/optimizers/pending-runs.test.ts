// The reference for pending runs integrates over what they may give; the search believes in their mean. Both rest on the
// same posterior, which the numbers of the reference check: mean and variance at pending points, the variance that is left
// beside them, and the log of the expected improvement averaged over what they may give.
import { describe, expect, it } from 'vitest'
import { logImprovement, logImprovementSlope } from '../../../optimizers/acquisition.ts'
import { Posterior } from '../../../optimizers/gaussian-process.ts'
import type { GpData } from '../../../optimizers/map-objective.ts'
import { readOptimizerVectors } from './optimizer-vectors.ts'

interface FantasyCase {
  X: number[][]
  y: number[]
  pending: number[][]
  lengthscale: number[]
  outputscale: number
  noise: number
  tau: number
  pending_mean: number[]
  pending_cov: number[][]
  fantasies: number[][]
  tests: { x: number[]; log_acq: number; grad: number[]; var: number; means: number[] }[]
}

function dataOf(X: readonly number[][], y: readonly number[]): GpData {
  const d = X[0]!.length
  return {
    rows: Float64Array.from(X.flat()),
    targets: Float64Array.from(y),
    noiseScale: new Float64Array(y.length).fill(1),
    dimensionCount: d,
    numericCount: d,
  }
}

describe('pending runs', () => {
  const { cases } = readOptimizerVectors<{ cases: FantasyCase[] }>('fantasy_log_ei.json')

  it.each(cases.map((one, index) => [index, one] as const))('agree with the reference, case %d', (_, one) => {
    const d = one.lengthscale.length
    const theta = Float64Array.from([...one.lengthscale, one.outputscale, one.noise]).map(Math.log)
    const options = { theta, mean: 0 } as const
    const observed = Posterior.create(dataOf(one.X, one.y), options)!
    const z = new Float64Array(d)
    for (const [p, x] of one.pending.entries()) {
      observed.encode(x, z)
      observed.predict(z)
      expect(Math.abs(observed.predictedMean - one.pending_mean[p]!)).toBeLessThan(1e-9)
      expect(Math.abs(observed.predictedVariance - one.pending_cov[p]![p]!)).toBeLessThan(1e-9)
    }
    const pending = Float64Array.from(one.pending.flat())
    const believer = Posterior.create(dataOf(one.X, one.y), { ...options, pending })!
    const imagined = one.fantasies.map((given) => ({
      tau: Math.min(one.tau, ...given),
      posterior: Posterior.create(dataOf([...one.X, ...one.pending], [...one.y, ...given]), options)!,
    }))
    for (const { x, log_acq, grad, var: variance, means } of one.tests) {
      believer.encode(x, z)
      believer.predict(z)
      expect(Math.abs(believer.predictedVariance - variance)).toBeLessThan(1e-9)
      const std = Math.sqrt(variance)
      const logs: number[] = []
      const slopes: Float64Array[] = []
      for (const [s, { tau, posterior }] of imagined.entries()) {
        posterior.predict(z)
        expect(Math.abs(posterior.predictedMean - means[s]!)).toBeLessThan(1e-8)
        const improvement = (tau - posterior.predictedMean) / std
        const slope = logImprovementSlope(improvement)
        logs.push(Math.log(std) + logImprovement(improvement))
        const gradient = new Float64Array(d)
        posterior.addGradient(z, -slope / std, (1 - slope * improvement) / (2 * variance), gradient)
        slopes.push(gradient)
      }
      const largest = Math.max(...logs)
      const weights = logs.map((log) => Math.exp(log - largest))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const value = largest + Math.log(total / logs.length)
      expect(Math.abs(value - log_acq)).toBeLessThan(1e-8 * (1 + Math.abs(log_acq)))
      for (const [j, wanted] of grad.entries()) {
        const inScaled = slopes.reduce((sum, slope, s) => sum + (slope[j]! * weights[s]!) / total, 0)
        expect(Math.abs(inScaled / one.lengthscale[j]! - wanted)).toBeLessThan(1e-6 * (1 + Math.abs(wanted)))
      }
    }
  })
})
