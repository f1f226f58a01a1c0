import { describe, expect, it } from 'vitest'
import { measureNoise, studentQuantile } from '../../../../sweeps/analysis/noise.ts'

function run(id: string, config: string, value: number, isStopped = false) {
  return { id, configText: config, value, isStopped }
}

describe('the noise of a ranking', () => {
  it('is not claimed without repeats', () => {
    expect(measureNoise([run('a', '{"lr":1}', 1), run('b', '{"lr":2}', 2)])).toBeNull()
    expect(measureNoise([run('a', '{"lr":1}', 1), run('b', '{"lr":1}', 2)])).toBeNull() // one difference is no spread
    expect(measureNoise([])).toBeNull()
  })

  it('comes from runs that differ in their seed alone, and tells which equal the best', () => {
    const ranked = [
      run('a', '{"lr":1,"seed":1}', 0.1),
      run('b', '{"lr":2,"seed":1}', 0.11),
      run('c', '{"lr":1,"seed":2}', 0.12),
      run('d', '{"lr":2,"seed":2}', 0.13),
      run('e', '{"lr":3,"seed":1}', 0.9),
    ]
    const noise = measureNoise(ranked)
    expect(noise).toMatchObject({
      basis: 'seed',
      groups: 2,
      runs: 4,
      equal: ['a', 'b', 'c', 'd'],
      equalCount: 4,
    })
    // by hand: both groups have squares of 2 * 0.01^2, with two degrees of freedom together
    expect(noise?.sd).toBeCloseTo(Math.sqrt(0.0004 / 2), 12)
    expect(noise?.difference).toBeCloseTo(4.302653 * Math.SQRT2 * Math.sqrt(0.0002), 6)
  })

  it('does not take a run that was stopped early for a repeat of a whole one', () => {
    const repeats = ['a', 'b', 'c'].map((id, index) => run(id, '{"lr":1}', index, true))
    expect(measureNoise(repeats)).toBeNull()
  })

  it('uses the quantiles of Student', () => {
    // R: qt(0.975, c(2, 5, 30, 200))
    const reference = [4.302653, 2.570582, 2.042272, 1.971896]
    for (const [index, freedom] of [2, 5, 30, 200].entries())
      expect(studentQuantile(0.975, freedom)).toBeCloseTo(reference[index] ?? 0, 5)
  })
})
