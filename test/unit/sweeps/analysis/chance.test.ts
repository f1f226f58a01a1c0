import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../optimizers/rng.ts'
import type { Rng } from '../../../../optimizers/rng.ts'
import { chanceToImprove, thresholdBelow } from '../../../../sweeps/analysis/chance.ts'

const PROCESSES: Readonly<Record<string, (rng: Rng, index: number) => number>> = {
  'a quadratic bowl in five parameters': (rng) =>
    0.3 + Array.from({ length: 5 }, () => (rng() - 0.5) ** 2).reduce((sum, term) => sum + term, 0),
  'a long tail of bad values': (rng) => -Math.log(1 - rng()),
  'a search that goes on improving': (rng, index) => 0.3 + Math.exp(-index / 60) * (0.2 + rng()),
  'a search that stands still': (rng, index) => 0.3 + (index < 30 ? rng() / 2 : 0.02 + rng() / 20),
}

describe('the chance that 50 more runs beat the best by more than 1 %', () => {
  it('is not told below 30 runs', () => {
    expect(chanceToImprove(Array.from({ length: 29 }, (_, index) => 30 - index))).toMatchObject({
      probability: null,
      reason: 'needs 30 runs with a value; there are 29',
    })
  })

  it('is not told as long as too few forecasts of the past can be judged', () => {
    const { probability, reason, record } = chanceToImprove(
      Array.from({ length: 40 }, (_, index) => 1 + ((index * 7919) % 40) / 40),
    )
    expect(probability).toBeNull()
    expect(record?.forecasts).toBe(4) // after 15, 20, 25 and 30 runs
    expect(reason).toContain('its record is short: 4 forecasts')
  })

  it('is not told where forecasts of the past were wrong', () => {
    // Nothing for 60 runs, then leaps at moments that nothing announced, each followed by worse values
    const values = Array.from({ length: 120 }, (_, index) =>
      index % 37 === 36 ? 10 / (index + 1) : 20 + (index % 7),
    )
    const { probability, reason, record } = chanceToImprove(values)
    expect(record?.isCalibrated).toBe(false)
    expect(probability).toBeNull()
    expect(reason).toMatch(
      /its record is poor: \d+ forecasts of this sweep's past said \d+ % on average, and \d+ % came true/,
    )
  })

  it.each(Object.entries(PROCESSES))('says on average what comes true: %s', (name, draw) => {
    let [shown, said, came] = [0, 0, 0]
    for (let sweep = 0; sweep < 200; sweep++) {
      const rng = createRng(sweep, name)
      const values = Array.from({ length: 170 }, (_, index) => draw(rng, index))
      const { probability } = chanceToImprove(values.slice(0, 120))
      if (probability === null) continue
      shown += 1
      said += probability
      came += Math.min(...values.slice(120)) < thresholdBelow(Math.min(...values.slice(0, 120))) ? 1 : 0
    }
    expect(shown).toBeGreaterThan(20)
    expect(Math.abs(said - came) / shown).toBeLessThan(0.2)
  })
})
