import { describe, expect, it } from 'vitest'
import {
  fitLambda,
  meanAndStd,
  pullInOutliers,
  transformObjective,
  yeoJohnson,
  yeoJohnsonLogLikelihood,
} from '../../../optimizers/objective-transform.ts'
import { readOptimizerVectors, relativeError } from './optimizer-vectors.ts'

interface Fixed {
  lmbda: number
  x: number[]
  y: number[]
}
interface Fitted {
  name: string
  x: number[]
  lambda_mle: number
  llf: number
  transformed: number[]
}

describe('the Yeo-Johnson transform', () => {
  const vectors = readOptimizerVectors<{ fixed: Fixed[]; mle: Fitted[] }>('power_transform.json')

  it('agrees with scipy at fixed exponents', () => {
    for (const { lmbda, x, y } of vectors.fixed) {
      const toCorner = Math.min(Math.abs(lmbda), Math.abs(lmbda - 2)) || 1
      // The reference subtracts 1 from a power and divides by the distance to the corner: so many digits it has
      const referenceError = 2.3e-16 / toCorner + 1e-15
      for (const [i, value] of x.entries()) {
        const error = Math.abs(yeoJohnson(value, lmbda) - y[i]!)
        const allowed = (toCorner <= 1e-8 ? 1e-7 : 1e-11) * Math.abs(y[i]!) + referenceError
        expect(error, `psi(${value}, ${lmbda})`).toBeLessThanOrEqual(allowed)
      }
    }
  })

  it('finds the most likely exponent', () => {
    for (const { name, x, lambda_mle, llf, transformed } of vectors.mle) {
      const values = Float64Array.from(x)
      expect(Math.abs(yeoJohnsonLogLikelihood(values, lambda_mle) - llf), name).toBeLessThan(
        1e-8 * (1 + Math.abs(llf)),
      )
      for (const [i, value] of x.entries()) {
        expect(relativeError(yeoJohnson(value, lambda_mle), transformed[i]!), name).toBeLessThan(1e-10)
      }
      const found = fitLambda(values, [-2, 4])
      const isInside = lambda_mle > -2 && lambda_mle < 4
      if (isInside) expect(Math.abs(found - lambda_mle), name).toBeLessThan(1e-5)
    }
  })
})

describe('targets of the model', () => {
  it('are standardised, and go back to the values', () => {
    const y = [3, 1, 4, 1.5, 9, 2.6, 5.3, 5.8, 9.7, 9.3]
    for (const bend of [false, true]) {
      const { targets, toValue, slopeAt } = transformObjective(y, bend)
      const { mean, std } = meanAndStd(targets)
      expect(mean).toBeCloseTo(0, 12)
      expect(std).toBeCloseTo(1, 12)
      for (const [i, target] of targets.entries()) {
        expect(toValue(target)).toBeCloseTo(y[i]!, 9)
        const difference = (toValue(target + 1e-6) - toValue(target - 1e-6)) / 2e-6
        expect(slopeAt(target)).toBeCloseTo(difference, 4)
      }
    }
  })

  it('keep the order of the values when one of them is absurd, and tell the good ones apart', () => {
    const y = [1, 2, 3, 4, 5, 6, 1e30, 1e300, 7, 1e308]
    const { targets } = transformObjective(y, true)
    const order = [...targets.keys()].sort((a, b) => targets[a]! - targets[b]!)
    expect(order.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 8])
    expect(targets.every(Number.isFinite)).toBe(true)
    expect(targets[1]! - targets[0]!).toBeGreaterThan(0.01)
  })

  it('are zeros when all values are the same', () => {
    for (const value of [0, 7, 1e308, -1e-300]) {
      expect([...transformObjective([value, value, value], true).targets]).toEqual([0, 0, 0])
    }
  })

  it('are pulled in only on the bad side, and only beyond eight spreads', () => {
    const ordinary = Float64Array.from([0, 1, 2, 3, 4, 17])
    expect(pullInOutliers(ordinary).values).toBe(ordinary)
    const wild = Float64Array.from([0, 1, 2, 3, 4, 1e6])
    const { values, pushOut } = pullInOutliers(wild)
    expect([...values.slice(0, 5)]).toEqual([0, 1, 2, 3, 4])
    expect(values[5]).toBeLessThan(20)
    expect(pushOut(values[5]!)).toBeCloseTo(1e6, 3)
    const lucky = Float64Array.from([-1e6, 1, 2, 3, 4, 5])
    expect(pullInOutliers(lucky).values).toBe(lucky)
  })
})
