import { describe, expect, it } from 'vitest'
import { LIGHT_THEME } from '../../../charts/chart-theme.ts'
import { contourRange, contourTable, describeContour, type ContourGrid } from '../../../charts/contour.ts'
import {
  describeImportance,
  drawnBars,
  importanceOption,
  importanceTable,
  type ImportanceBar,
} from '../../../charts/importance.ts'
import { describeSlice, runningMedian, sliceOption, type SliceRun } from '../../../charts/slices.ts'
import { describeStopping, runsOfBar, stoppingOption } from '../../../charts/stopping.ts'

const bar = (
  name: string,
  importance: number | null,
  isAboveChance: boolean | null = true,
): ImportanceBar => ({
  name,
  importance,
  low: importance === null ? null : importance - 0.05,
  high: importance === null ? null : importance + 0.05,
  isAboveChance,
  correlation: importance === null ? null : -importance,
})

/** Series of an option by name. */
function seriesOf(option: Record<string, unknown>, name: string) {
  const series = option['series'] as { name: string; data: unknown[] }[]
  return series.find((one) => one.name === name)?.data ?? []
}

describe('the chart of importance', () => {
  const bars = [bar('bs', 0.04, false), bar('lr', 0.52), bar('fixed', null, null), bar('depth', 0.15)]

  it('draws what varies, the most important first, and lists the rest in the table', () => {
    expect(drawnBars(bars).map(({ name }) => name)).toEqual(['lr', 'depth', 'bs'])
    expect(importanceTable(bars).rows.map(([name]) => name)).toEqual(['bs', 'lr', 'fixed', 'depth'])
    const [lr, , bs] = seriesOf(importanceOption(bars, LIGHT_THEME), 'importance') as {
      value: number
      itemStyle: { color: string }
    }[]
    expect(lr).toEqual({ value: 0.52, itemStyle: { color: LIGHT_THEME.accent } })
    expect(bs?.itemStyle.color).toBe(LIGHT_THEME.context) // not above chance
  })

  it('says what matters, and when nothing does', () => {
    const wish = { metric: 'loss', runs: 118, r2: 0.71 }
    expect(describeImportance(bars, wish)).toBe(
      'What matters to loss over 118 runs: lr 0.52, depth 0.15; the forest explains 71 % of runs it has not seen.',
    )
    expect(describeImportance([bar('bs', 0.01, false)], { ...wish, r2: -0.2 })).toBe(
      'No parameter matters to loss more than chance over 118 runs; the forest explains 0 % of runs it has not seen.',
    )
  })

  it('draws 16 at the most', () => {
    const many = Array.from({ length: 40 }, (_, index) => bar(`p${index}`, index / 100))
    expect(drawnBars(many)).toHaveLength(16)
    expect(drawnBars(many)[0]?.name).toBe('p39')
  })
})

describe('a slice', () => {
  const axis = { name: 'lr', scale: 'log', categories: [] } as const
  const run = (index: number, x: number | string, y: number): SliceRun => ({
    id: `r${index}`,
    x,
    y,
    isFaint: false,
    isRunning: false,
  })
  const runs = Array.from({ length: 50 }, (_, index) => {
    const x = 10 ** (-4 + (3 * index) / 49)
    return run(index, x, (Math.log10(x) + 2.5) ** 2)
  })

  it('has a running median with the shape of the function', () => {
    const medians = runningMedian(runs, axis)
    const best = medians.reduce((a, b) => (b.median < a.median ? b : a))
    expect(Math.abs(best.place + 2.5)).toBeLessThan(0.2)
    expect(medians.map(({ place }) => place)).toEqual(medians.map(({ place }) => place).sort((a, b) => a - b))
    const wish = { axis, metric: 'loss', goal: 'minimize' } as const
    expect(describeSlice(runs, wish)).toMatch(
      /^loss by lr over 50 runs: the median is best, .* near 0\.00[234]/,
    )
    expect(describeSlice(runs.slice(0, 9), wish)).toBe('loss by lr: 9 runs, too few for a median.')
  })

  it('has one median a category', () => {
    const categories = { name: 'opt', scale: 'category', categories: ['adam', 'sgd'] } as const
    const some = Array.from({ length: 20 }, (_, index) =>
      run(index, index % 2 === 0 ? 'adam' : 'sgd', index % 2 === 0 ? 1 : 2),
    )
    expect(runningMedian(some, categories)).toEqual([
      { place: 0, median: 1 },
      { place: 1, median: 2 },
    ])
  })

  it('draws a diverged run at the edge, and no more than 3,000 dots', () => {
    const wish = { axis, metric: 'loss', goal: 'minimize' } as const
    const drawn = seriesOf(sliceOption([...runs, run(99, 0.01, 1e9)], wish, LIGHT_THEME), 'ended') as {
      value: [number, number]
      y: number
    }[]
    expect(drawn.at(-1)?.y).toBe(1e9)
    expect(drawn.at(-1)?.value[1]).toBeLessThan(10)
    const many = Array.from({ length: 10_000 }, (_, index) => run(index, 0.001 + index / 1e6, index))
    expect(seriesOf(sliceOption(many, wish, LIGHT_THEME), 'ended')).toHaveLength(3_000)
  })
})

describe('the contour', () => {
  const grid: ContourGrid = {
    x: { name: 'lr', scale: 'log', categories: [], values: [0.001, 0.01, 0.1] },
    y: { name: 'opt', scale: 'category', categories: ['adam', 'sgd'], values: ['adam', 'sgd'] },
    mean: [
      [1, 2, 0.1],
      [3, null, 5],
    ],
    isWithinReach: [
      [true, true, false],
      [true, false, true],
    ],
  }

  it('says where the model expects the best, only where runs are within reach', () => {
    const wish = { metric: 'loss', goal: 'minimize' } as const
    expect(describeContour(grid, wish)).toBe(
      'loss by lr and opt: the model expects the best, 1, at lr 0.001 and opt adam; runs are within reach of 80 % of the area.',
    )
    expect(describeContour(grid, { ...wish, goal: 'maximize' })).toContain(
      'the best, 5, at lr 0.1 and opt sgd',
    )
    expect(contourRange(grid, 'minimize')).toEqual({ best: 1, worst: 3 })
    expect(contourTable(grid, wish).rows).toHaveLength(6)
  })
})

describe('the chart of stopping', () => {
  const bands = [
    {
      band: 3,
      threshold: 0.5,
      bins: [
        { from: 0, to: 0.5, kept: ['a', 'b'], stopped: [], controls: [] },
        { from: 0.5, to: 1, kept: [], stopped: ['c'], controls: ['d'] },
      ],
    },
  ]

  it('gives the runs of the bar that is clicked, and of nothing else', () => {
    const option = stoppingOption(bands, { metric: 'loss', unit: 'step' }, LIGHT_THEME)
    expect(runsOfBar(seriesOf(option, 'ended')[1])).toEqual(['c'])
    expect(runsOfBar(seriesOf(option, 'kept')[0])).toEqual(['a', 'b'])
    expect(runsOfBar([1, 2])).toEqual([])
    expect(runsOfBar(null)).toEqual([])
    expect(describeStopping(bands, { metric: 'loss', unit: 'step' })).toBe(
      'Of the runs that came there, at step 3 3 of 4 went on.',
    )
  })
})
