// The first proposals, before a model knows anything: the centre of the space, then scrambled Sobol points.
import { squaredRowDistance } from './kernels.ts'
import type { ModelSpace } from './model-space.ts'
import { createRng } from './rng.ts'
import { scrambledSobol } from './sobol.ts'

/** How many ended runs a model needs: one more than dimensions, at least 5 and at most 12. */
export function initialCount(space: ModelSpace): number {
  return Math.min(Math.max(space.dimensionCount + 1, 5), 12)
}

/** So many points may be asked for before the first value comes: together they are chosen to be far apart. */
const BLIND_POINTS = 8
const SCRAMBLES = 32

export class InitialDesign {
  readonly #space: ModelSpace
  readonly #seed: number
  #points: Float64Array | null = null
  #scramble: number | null = null
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
      this.#scramble ??= this.#chooseScramble()
      this.#points = this.#pointsOf(this.#scramble, this.#count)
    }
    return this.#points
  }

  #pointsOf(scramble: number, count: number): Float64Array {
    const rng = createRng(this.#seed, 'initial-design', scramble)
    return scrambledSobol(count, this.#space.dimensionCount, rng)
  }

  /** Of some scrambles the one whose first points, the centre among them, lie farthest apart. */
  #chooseScramble(): number {
    let best = { scramble: 0, distance: -1 }
    for (let scramble = 0; scramble < SCRAMBLES; scramble++) {
      const distance = this.#leastDistance(this.#pointsOf(scramble, BLIND_POINTS))
      if (distance > best.distance) best = { scramble, distance }
    }
    return best.scramble
  }

  /** Least squared distance between any two of the first rows. */
  #leastDistance(points: Float64Array): number {
    const { axes, dimensionCount: d } = this.#space
    const rows = Array.from({ length: BLIND_POINTS }, (_, index) =>
      index === 0
        ? this.rowAt(0)
        : Float64Array.from(axes, (axis, j) => axis.fromCube(points[index * d + j]!)),
    )
    let least = Infinity
    for (const [i, a] of rows.entries()) {
      for (const b of rows.slice(0, i)) least = Math.min(least, squaredRowDistance(a, b, this.#space))
    }
    return least
  }
}
