import { describe, expect, it } from 'vitest'
import { CurveForecaster } from '../../../optimizers/curve-forecast.ts'
import { createCurveStoppingRule } from '../../../optimizers/curve-stopping.ts'
import type { StoppingRule, Verdict } from '../../../optimizers/stopping-rule.ts'
import { ThinnedCurve, valueAtProgress } from '../../../optimizers/thinned-curve.ts'

const OPTIONS = { firstRung: 3, factor: 3, minRuns: 2 }
const END = 54

/** A power law that falls from about level + height to level. */
const lossAt = (level: number, height: number, progress: number): number =>
  level + height / Math.sqrt(progress)

/** Reports until the rule stops the curve or it ends. @returns the last verdict */
function train(rule: StoppingRule, id: string, lossOf: (progress: number) => number, end = END): Verdict {
  let last: Verdict | undefined
  for (let progress = 1; progress <= end; progress++) {
    const own = rule.report(id, { progress, value: lossOf(progress) }).find((verdict) => verdict.id === id)
    last = own ?? last
    if (own?.stop === true) {
      rule.end(id, 'stopped')
      return own
    }
  }
  rule.end(id, 'finished')
  return last!
}

describe('a curve in few numbers', () => {
  it('keeps the best so far at growing distances, and where it is now', () => {
    const curve = new ThinnedCurve()
    for (let progress = 1; progress <= 1000; progress++)
      curve.add(progress, progress === 7 ? 0.5 : 100 / progress)
    const { points } = curve
    expect(points.length).toBeLessThan(70)
    expect(points.at(-1)).toEqual({ progress: 1000, value: 0.1 })
    expect(points.find(({ progress }) => progress === 8)?.value).toBe(0.5)
    expect(points.every(({ value }, i) => i === 0 || value <= points[i - 1]!.value)).toBe(true)
  })

  it('is read between its points by the logarithm of progress', () => {
    const points = [
      { progress: 2, value: 8 },
      { progress: 8, value: 4 },
    ]
    expect(valueAtProgress(points, 4)).toBeCloseTo(6, 12)
    expect([1, 2, 8, 9].map((progress) => valueAtProgress(points, progress))).toEqual([8, 8, 4, null])
    expect(valueAtProgress([], 1)).toBeNull()
  })
})

describe('the forecast of an end', () => {
  const stretch = (level: number, height: number) => ({
    value: lossAt(level, height, 9),
    gain: lossAt(level, height, 4.5) - lossAt(level, height, 9),
    final: lossAt(level, height, END),
  })

  it('follows the power law that foretold the finished curves, for a curve unlike them', () => {
    const forecaster = new CurveForecaster([stretch(1, 2), stretch(1.5, 1), stretch(1.2, 3)], 9, 4.5, END)
    const { final, ...own } = stretch(0.5, 9)
    const { mean, std } = forecaster.forecast(own)
    expect(Math.abs(mean - final)).toBeLessThan(0.35)
    expect(std).toBeGreaterThan(0)
    expect(std).toBeLessThan(own.value - final)
  })

  it('takes a curve without a past for one like the others', () => {
    const finished = [
      { value: 5, gain: 1, final: 3 },
      { value: 6, gain: 1, final: 4 },
    ]
    const { mean } = new CurveForecaster(finished, 9, 4.5, END).forecast({ value: 8, gain: null })
    expect(mean).toBeGreaterThan(5.9)
    expect(mean).toBeLessThan(6.1)
  })

  it('is certain when every finished curve ended where it was', () => {
    const flat = [{ value: 5, gain: 0, final: 5 }]
    expect(new CurveForecaster(flat, 9, 4.5, END).forecast({ value: 4, gain: 0 })).toEqual({
      mean: 4,
      std: 0,
    })
  })
})

describe('stopping by forecast', () => {
  const trained = () => {
    const rule = createCurveStoppingRule(OPTIONS)
    for (const [i, level] of [3, 2.5, 2].entries()) train(rule, `c${i}`, (at) => lossAt(level, 4, at))
    return rule
  }

  it('looks from the grace period on, three times for each reduction', () => {
    expect(createCurveStoppingRule(OPTIONS).bands.slice(0, 7)).toEqual([3, 4, 6, 9, 13, 19, 27])
    expect(createCurveStoppingRule({ ...OPTIONS, firstRung: 1 }).bands.slice(0, 5)).toEqual([1, 2, 3, 4, 6])
    expect(createCurveStoppingRule({ ...OPTIONS, firstRung: 0.5 }).bands[3]).toBeCloseTo(1.5, 12)
  })

  it('ends a hopeless curve at the first check, with its odds in words', () => {
    const verdict = train(trained(), 'bad', (at) => lossAt(9, 4, at))
    expect(verdict).toMatchObject({ stop: true, band: 3, rank: 4, of: 4 })
    expect(verdict.value).toBeGreaterThan(verdict.threshold)
    expect(verdict.detail).toMatch(/^forecast of its end; odds of becoming the best .* %$/)
  })

  it('keeps one that is behind and gains faster', () => {
    const rule = trained()
    const late = (at: number): number => 0.5 + 12 / Math.sqrt(at)
    expect(late(9)).toBeGreaterThan(lossAt(2, 4, 9))
    expect(train(rule, 'late', late)).toMatchObject({ stop: false, rank: 1 })
  })

  it('stops nothing that is the best so far', () => {
    const rule = trained()
    expect(train(rule, 'best', (at) => lossAt(1, 4, at)).stop).toBe(false)
  })

  it('goes by rank, a whole reduction apart, until enough curves have finished', () => {
    const rule = createCurveStoppingRule({ ...OPTIONS, minRuns: 3 })
    const stops = [5, 4, 3, 6, 2].map((level, i) => {
      for (const progress of [1, 2, 3, 4, 5]) {
        const verdict = rule.report(`c${i}`, { progress, value: level }).find(({ id }) => id === `c${i}`)
        if (verdict?.stop === true) return verdict.band
      }
      return null
    })
    // The first two have too few beside them; 3 is the best of three, 6 is not, 2 is
    expect(stops).toEqual([null, null, null, 3, null])
    // At 4, between two reductions, nothing is compared
    expect(rule.thresholds()).toEqual([{ band: 3, threshold: 2, reached: 5 }])
  })

  it('learns from curves that finished, not from those that were stopped or failed', () => {
    const rule = createCurveStoppingRule({ ...OPTIONS, minRuns: 1 })
    rule.report('a', { progress: 9, value: 1 })
    rule.end('a', 'other')
    rule.report('b', { progress: 9, value: 2 })
    rule.end('b', 'stopped')
    expect(rule.report('c', { progress: 9, value: 3 })[0]?.detail).toBeUndefined()
    for (const progress of [10, 40]) rule.report('d', { progress, value: 1 })
    rule.end('d', 'finished')
    expect(rule.judge('c')?.detail).toContain('odds')
  })

  it('forgets a finished curve, and what it taught', () => {
    const rule = createCurveStoppingRule({ ...OPTIONS, minRuns: 1 })
    train(rule, 'a', (at) => lossAt(1, 4, at))
    expect(rule.judge('a')).toMatchObject({ stop: false })
    rule.report('b', { progress: 9, value: 9 })
    expect(rule.judge('b')?.stop).toBe(true)
    rule.forget('a')
    expect(rule.judge('a')).toBeNull()
    expect(rule.judge('b')?.stop).toBe(false)
    expect(() => rule.recall('a', [])).toThrow('the rule remembers curves')
  })

  it('takes no longer with five times the curves', () => {
    const timeOf = (count: number): number => {
      const rule = createCurveStoppingRule(OPTIONS)
      for (let i = 0; i < count; i++) {
        for (const progress of [1, 3, 9, 27])
          rule.report(`c${i}`, { progress, value: 5 + (i % 97) / progress })
        rule.end(`c${i}`, i % 10 === 0 ? 'finished' : 'stopped')
      }
      const start = process.cpuUsage()
      for (let i = 0; i < 200; i++) {
        for (const progress of [1, 3, 9]) rule.report(`n${i}`, { progress, value: 6 })
      }
      return process.cpuUsage(start).user / 600
    }
    timeOf(200)
    // Microseconds a report; a cost that grew with the number would be five times as much
    expect(timeOf(1500)).toBeLessThan(4 * timeOf(300) + 200)
  })
})
