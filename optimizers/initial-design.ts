// The first proposals, before a model knows anything: the centre of the space, then scrambled Sobol points.
import type { ModelSpace } from './model-space.ts'
import { createRng } from './rng.ts'
import { scrambledSobol } from './sobol.ts'

/** How many ended runs a model needs: one more than dimensions, at least 5 and at most 12. */
export function initialCount(space: ModelSpace): number {
  return Math.min(Math.max(space.dimensionCount + 1, 5), 12)
}

export class InitialDesign {
  readonly #space: ModelSpace
  readonly #seed: number
  #points: Float64Array | null = null
  #count = 0

  constructor(space: ModelSpace, seed: number) {
    this.#space = space
    this.#seed = seed
  }

  /** Row of point `index`: 0 is the centre, with the first level of every category. */
  rowAt(index: number): Float64Array {
    const { axes, dimensionCount: d } = this.#space
    if (index === 0) {
      const row = Float64Array.from(axes, ({ kind }) => (kind === 'category' ? 0 : 0.5))
      this.#space.settle(row)
      return row
    }
    const points = this.#pointsUpTo(index)
    const row = Float64Array.from(axes, (axis, j) => axis.fromCube(points[index * d + j]!))
    this.#space.settle(row)
    return row
  }

  /** The sequence itself is the same whatever its length. */
  #pointsUpTo(index: number): Float64Array {
    if (this.#points === null || index >= this.#count) {
      this.#count = Math.max(64, 2 ** Math.ceil(Math.log2(index + 1)))
      const rng = createRng(this.#seed, 'initial-design')
      this.#points = scrambledSobol(this.#count, this.#space.dimensionCount, rng)
    }
    return this.#points
  }
}
