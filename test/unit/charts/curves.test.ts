import { describe, expect, it } from 'vitest'
import { LIGHT_THEME } from '../../../charts/chart-theme.ts'
import {
  curvesOption,
  curvesTable,
  describeCurves,
  formatSpan,
  smoothCurve,
  type CurveSeries,
  type CurvesWish,
} from '../../../charts/curves.ts'

const wish: CurvesWish = { name: 'loss', x: 'step' }
const curve: CurveSeries = { name: 'r1', xs: [0, 1, 2, 3], ys: [4, null, -2, 1] }
interface Drawn {
  readonly name: string
  readonly type: string
  readonly data: (number | null)[][]
}
const drawn = (series: readonly CurveSeries[], more: Partial<CurvesWish> = {}) =>
  curvesOption(series, { ...wish, ...more }, LIGHT_THEME) as { series: Drawn[]; yAxis: { type: string } }

describe('smoothing', () => {
  it('leaves a constant as it is, from the first point on, and gaps as gaps', () => {
    expect(smoothCurve([0, 1, 2, 3], [5, 5, null, 5], 0.9)).toEqual([5, 5, null, 5])
  })

  it('weighs by distance, so that points that lie close count less each', () => {
    const even = smoothCurve([0, 1, 2], [0, 0, 1], 0.5).at(-1) ?? 0
    const late = smoothCurve([0, 0.1, 2], [0, 0, 1], 0.5).at(-1) ?? 0
    expect(even).toBeCloseTo(1 / (1 + 0.5 + 0.25))
    expect(late).not.toBeCloseTo(even)
  })

  it('never hides the raw line', () => {
    const { series } = drawn([curve], { smoothing: 0.6 })
    expect(series.map(({ name }) => name)).toEqual(['', 'r1'])
    expect(series[0]?.data[2]).toEqual([2, -2])
  })
})

describe('a log axis', () => {
  it('leaves out what is not above 0', () => {
    const option = drawn([curve], { isLog: true })
    expect(option.yAxis.type).toBe('log')
    expect(option.series[0]?.data).toEqual([
      [0, 4],
      [1, null],
      [2, null],
      [3, 1],
    ])
  })

  it('is a linear one where nothing is above 0', () => {
    expect(drawn([{ ...curve, ys: [0, -1, null, -2] }], { isLog: true }).yAxis.type).toBe('value')
  })
})

it('draws the band of buckets, and none where each point is a report', () => {
  const bucketed = { ...curve, min: [3, null, -3, 0], max: [5, null, -1, 2] }
  expect(drawn([bucketed]).series.map(({ type }) => type)).toEqual(['custom', 'line'])
  expect(drawn([curve]).series.map(({ type }) => type)).toEqual(['line'])
  expect(curvesTable([bucketed], wish).columns).toEqual(['step', 'value', 'min', 'max'])
})

it('says in a sentence what is to be seen', () => {
  expect(describeCurves([curve], wish)).toBe('loss went from 4 to 1 at step 3, between -2 and 4.')
  expect(describeCurves([{ ...curve, ys: [null, null, null, null] }], wish)).toBe(
    'loss: no finite value yet.',
  )
  expect(describeCurves([curve, { ...curve, name: 'r2' }], wish)).toBe(
    'loss of 2 runs, newest values: r1 1, r2 1.',
  )
})

it.each([
  [0, '0s'],
  [400, '0.4s'],
  [59_400, '59s'],
  [461_000, '7m41s'],
  [6_600_000, '1h50m'],
  [187_200_000, '2d4h'],
])('writes %i ms as %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text)
})
