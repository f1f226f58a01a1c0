import { describe, expect, it } from 'vitest'
import { meanAndStd, pullInOutliers, transformObjective } from '../../../optimizers/objective-transform.ts'

describe('targets of the model', () => {
  it('are standardised, and go back to the values', () => {
    const y = [3, 1, 4, 1.5, 9, 2.6, 5.3, 5.8, 9.7, 9.3]
    for (const [bend, family] of [
      [false, 'yeo-johnson'],
      [true, 'yeo-johnson'],
      [true, 'box-cox'],
    ] as const) {
      const { targets, toValue, slopeAt } = transformObjective(y, bend, family)
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

  it('bent by rank go back to the values, and linearly between and beyond them', () => {
    const y = [3, 1, 4, 1.5, 9, 2.6, 5.3, 5.8, 9.7, 9.3, 1]
    const { targets, toValue, slopeAt } = transformObjective(y, true, 'rank')
    const { mean, std } = meanAndStd(targets)
    expect([mean, std]).toEqual([expect.closeTo(0, 12), expect.closeTo(1, 12)])
    for (const [i, target] of targets.entries()) expect(toValue(target)).toBeCloseTo(y[i]!, 9)
    const [worst, second] = [targets[8]!, targets[9]!]
    expect(toValue((worst + second) / 2)).toBeCloseTo(9.5, 9)
    expect(toValue(worst + (worst - second))).toBeCloseTo(10.1, 9)
    expect(slopeAt(worst + 1)).toBeCloseTo(0.4 / (worst - second), 9)
  })

  it('are bent by Yeo and Johnson where Box and Cox need positive values', () => {
    const y = [-3, 1, 4, 1.5, 9, 2.6, 5.3, 5.8, 9.7, 9.3]
    expect(transformObjective(y, true, 'box-cox').targets).toEqual(transformObjective(y, true).targets)
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
