// Every point of a finite space exactly once, in order (the last dimension varies fastest) or shuffled. Lazy: index i
// is computed from i alone.
import { productCells } from './optimizer.ts'
import type { Optimizer, OptimizerOptions } from './optimizer.ts'
import { MAX_PERMUTATION_SIZE, createPermutation } from './permutation.ts'

export interface GridSearchOptions extends OptimizerOptions {
  /** @default 'as_written' */
  readonly order?: 'as_written' | 'shuffle'
}

/** @throws RangeError when a dimension is continuous, or there are more than MAX_PERMUTATION_SIZE points */
export function createGridSearch(options: GridSearchOptions): Optimizer {
  const { dimensions, seed } = options
  const { cells = productCells(dimensions) } = options
  const size = cells?.count ?? Infinity
  if (cells === null || size > MAX_PERMUTATION_SIZE) throw new RangeError('the grid cannot be counted')
  const cellAt =
    options.order === 'shuffle' ? createPermutation(size, seed) : (index: number): number => index
  return {
    usesObservations: false,
    observe() {},
    suggest(fromIndex, taken) {
      for (let index = fromIndex; index < size; index++) {
        const cell = cellAt(index)
        if (!taken.hasCell(cell)) return { index, point: cells.pointOf(cell), diagnostics: { cell } }
      }
      return null
    },
  }
}
