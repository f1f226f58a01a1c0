import { expect, it } from 'vitest'
import { bandOf } from '../../../../sweeps/analysis/curve-band.ts'

it('lies between the tenth and the ninth tenth of the runs, straight between their points', () => {
  const curves = Array.from({ length: 11 }, (_, index) => ({ x: [0, 10], mean: [index, index + 10] }))
  const band = bandOf(curves)
  expect(band?.low[0]).toBeCloseTo(1)
  expect(band?.middle[0]).toBeCloseTo(5)
  expect(band?.high.at(-1)).toBeCloseTo(19)
  const middle = band?.x.findIndex((x) => x > 5) ?? 0
  expect(band?.middle[middle]).toBeCloseTo(5 + (band?.x[middle] ?? 0))
})

it('ends where fewer than three runs go on, and passes over what is not finite', () => {
  const short = Array.from({ length: 2 }, () => ({ x: [0, 50, 100], mean: [1, null, 3] }))
  const band = bandOf([...short, { x: [0, 20], mean: [2, 2] }])
  expect(band?.x.at(-1)).toBeLessThanOrEqual(20)
  expect(bandOf(short)).toBeNull()
  expect(bandOf([])).toBeNull()
})
