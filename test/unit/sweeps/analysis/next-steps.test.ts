import { describe, expect, it } from 'vitest'
import { adviseNext } from '../../../../sweeps/analysis/next-steps.ts'
import { parseSweepFile } from '../../../../sweeps/config.ts'
import { leavesOf } from '../../../../sweeps/parameter-tree.ts'

const FILE = `method: random
metric: {name: loss, goal: minimize}
parameters:
  lr: {distribution: log_uniform_values, min: 0.00001, max: 0.1}
  layers: {values: [2, 4, 8]}
  opt: {values: [adam, sgd]}
  depth: {min: 1, max: 40}
  wd: {min: 0.0, max: 1.0}
`
const leaves = leavesOf(parseSweepFile(FILE).config.parameters)

function ranked(best: readonly object[], count = 20) {
  const rest = { lr: 0.01, layers: 2, opt: 'sgd', depth: 20, wd: 0.5 }
  return Array.from({ length: count }, (_, index) => ({
    configText: JSON.stringify(best[index] ?? rest).replace(/"wd":(\d),/, '"wd":$1.0,'),
  }))
}

describe('what to try next', () => {
  it('names the ends at which the best runs sit, and what they share', () => {
    const best = [0.000011, 0.000012, 0.00002, 0.0000105, 0.005].map((lr, index) => ({
      lr,
      layers: 8,
      opt: 'adam',
      depth: 39 - (index % 2),
      wd: 0.3 + index / 10,
    }))
    expect(adviseNext(leaves, ranked(best)).map(({ text }) => text)).toEqual([
      'lr: 4 of the 5 best runs sit at the lower end (0.0000105): widen it downwards.',
      'layers: the 5 best runs all have the largest value (8): add larger ones.',
      'opt: the 5 best runs all have adam: the other values need not be tried again.',
      'depth: 5 of the 5 best runs sit at the upper end (39): widen it upwards.',
    ])
  })

  it('says nothing of seeds', () => {
    const file =
      'method: random\nparameters:\n  a: {parameters: {random_seed: {values: [1, 2, 3]}}}\n  seed: {min: 1, max: 90}\n'
    const seeds = leavesOf(parseSweepFile(file).config.parameters)
    expect(
      adviseNext(seeds, ranked(Array.from({ length: 20 }, () => ({ a: { random_seed: 1 }, seed: 1 })))),
    ).toEqual([])
  })

  it('says nothing of few runs', () => {
    const best = Array.from({ length: 5 }, () => ({ lr: 0.1, layers: 8, opt: 'adam', depth: 40, wd: 0.5 }))
    expect(adviseNext(leaves, ranked(best, 19))).toEqual([])
  })
})
