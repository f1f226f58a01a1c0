// Independent uniform points, each from a stream of its own (seed, index). A finite space is drawn without
// replacement: taken points are redrawn, and near exhaustion what is left is looked up instead.
import { countPoints, pointOfCell } from './optimizer.ts'
import type { Optimizer, OptimizerOptions } from './optimizer.ts'
import { createRng } from './rng.ts'

// 64 redraws fail by chance once in 2^64 while half of the space is free; with 1 % free every second time, and then
// the walk below meets a free cell after 100 steps
const MAX_REDRAWS = 64

export function createRandomSearch(options: OptimizerOptions): Optimizer {
  const { dimensions, seed } = options
  const count = countPoints(dimensions)
  // Nobody draws 2^53 points: such a space is as good as continuous
  const size = count !== null && count <= Number.MAX_SAFE_INTEGER ? count : null
  return {
    usesObservations: false,
    observe() {},
    suggest(index, taken) {
      const rng = createRng(seed, 'random', index)
      // A continuous space has no last point: it is redrawn until one is free
      for (let draw = 0; size === null || draw < MAX_REDRAWS; draw++) {
        const point = dimensions.map(() => rng())
        if (!taken.hasPoint(point)) return { index, point, diagnostics: { redraws: draw } }
      }
      const start = rng.integer(size)
      for (let step = 0; step < size; step++) {
        const cell = (start + step) % size
        if (taken.hasCell(cell)) continue
        const point = pointOfCell(dimensions, cell)
        return { index, point, diagnostics: { redraws: MAX_REDRAWS, walked: step } }
      }
      return null
    },
  }
}
