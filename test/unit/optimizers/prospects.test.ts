import { describe, expect, it } from 'vitest'
import { logExpectedImprovement } from '../../../optimizers/acquisition.ts'
import { fitModel } from '../../../optimizers/fitted-model.ts'
import { ModelSpace } from '../../../optimizers/model-space.ts'
import { assessProspects } from '../../../optimizers/prospects.ts'
import { buildTrainingSet } from '../../../optimizers/training-set.ts'

const SPACE = new ModelSpace([{ kind: 'continuous' }])
const LENGTH = 0.3

/** Measured at points of [0, 1]; everything else is as the model says. */
function modelOf(points: readonly number[], noise: number) {
  const runs = points.map((x, index) => ({
    ...{ row: Float64Array.from([x]), index, value: (x - 0.5) ** 2, isStopped: false, curve: [] },
  }))
  const theta = Float64Array.from([LENGTH, 1, noise].map(Math.log))
  return fitModel(buildTrainingSet(SPACE, runs, false)!, theta, [])!
}
const row = (x: number) => Float64Array.from([x])

describe('what is left to gain', () => {
  it('is, of one searched point, the distance of the bounds and its expected improvement', () => {
    const model = modelOf([0, 0.25, 0.5], 1e-9)
    const { regretBound, noiseStd, logGain, tau } = assessProspects(model, [row(0.9)])
    const z = Float64Array.from([0.9 / LENGTH])
    model.posterior.predict(z)
    const { predictedMean, predictedVariance } = model.posterior
    const std = Math.sqrt(predictedVariance)
    const width = Math.sqrt(0.4 * Math.log((9 * Math.PI ** 2) / 0.6))
    // The best point was measured exactly: its bounds are its value
    expect(regretBound).toBeCloseTo(tau - (predictedMean - width * std), 3)
    expect(tau).toBeCloseTo(Math.min(...model.set.data.targets), 6)
    expect(logGain).toBeCloseTo(logExpectedImprovement(predictedMean, std, tau), 9)
    expect(noiseStd).toBeCloseTo(Math.sqrt(model.posterior.noise), 12)
  })

  it('falls as the searched region is measured, and nothing is searched for nothing', () => {
    const searched = Array.from({ length: 21 }, (_, i) => row(i / 20))
    const bounds = [3, 5, 9, 17].map((count) => {
      const points = Array.from({ length: count }, (_, i) => i / (count - 1))
      return assessProspects(modelOf(points, 1e-6), searched)
    })
    for (const [i, { regretBound, logGain }] of bounds.entries()) {
      expect(regretBound).toBeGreaterThanOrEqual(0)
      if (i > 0) expect(regretBound).toBeLessThan(bounds[i - 1]!.regretBound)
      if (i > 0) expect(logGain).toBeLessThan(bounds[i - 1]!.logGain)
    }
    expect(assessProspects(modelOf([0, 0.5, 1], 1e-6), []).logGain).toBe(-1000)
  })

  it('is below the noise where a noisy space has been measured well', () => {
    const points = Array.from({ length: 200 }, (_, i) => (i % 100) / 99)
    const { regretBound, noiseStd } = assessProspects(modelOf(points, 0.5), [row(0.505)])
    expect(regretBound).toBeLessThan(noiseStd)
  })
})
