// Independent uniform points, each from a stream of its own (seed, index). A finite space is drawn without
// replacement: taken points are redrawn, and near exhaustion what is left is looked up instead.
import { productCells } from './optimizer.ts'
import type { Optimizer, OptimizerOptions } from './optimizer.ts'
import { createRngFamily } from './rng.ts'

// 64 redraws fail by chance once in 2^64 while half of the space is free; with 1 % free every second time, and then
// the walk below meets a free cell after 100 steps
const MAX_REDRAWS = 64

export function createRandomSearch(options: OptimizerOptions): Optimizer {
  const { dimensions, seed } = options
  const { cells = productCells(dimensions) } = options
  const streams = createRngFamily(seed, 'random')
  // Nobody draws 2^53 points: such a space is as good as continuous
  const finite = cells !== null && cells.count <= Number.MAX_SAFE_INTEGER ? cells : null
  return {
    usesObservations: false,
    observe() {},
    suggest(index, taken) {
      const rng = streams(index)
      // A continuous space has no last point: it is redrawn until one is free
      for (let draw = 0; finite === null || draw < MAX_REDRAWS; draw++) {
        const point = dimensions.map(() => rng())
        if (!taken.hasPoint(point)) return { index, point, diagnostics: { redraws: draw } }
      }
      const start = rng.integer(finite.count)
      for (let step = 0; step < finite.count; step++) {
        const cell = (start + step) % finite.count
        if (taken.hasCell(cell)) continue
        return { index, point: finite.pointOf(cell), diagnostics: { redraws: MAX_REDRAWS, walked: step } }
      }
      return null
    },
  }
}
