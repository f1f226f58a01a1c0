// The contract of a search method: numbers in, numbers out. Points live in the unit cube [0, 1]^d, lower values are
// better. A method knows no parameter's name, reads no clock and draws its randomness from (seed, index) alone.

/** One coordinate of the cube. */
export type Dimension =
  | { readonly kind: 'continuous' }
  | {
      readonly kind: 'finite'
      /** How many different values there are, at least 1. */
      readonly levels: number
      /** A coordinate in (0, 1) that stands for level i, 0 <= i < levels. Levels may differ in width. */
      readonly centre: (level: number) => number
    }

/** What a method is told of a run. */
export interface Observation {
  /** Telling the same id again replaces what was told. */
  readonly id: string
  readonly point: readonly number[]
  /** open: no end yet; done: `value` counts; failed: ran, and gave nothing that counts. */
  readonly state: 'open' | 'done' | 'failed'
  /** Lower is better; null: none (yet); NaN: measured and unusable. */
  readonly value: number | null
}

export interface Proposal {
  /** At least the index asked for: larger when the method passed over what is taken. */
  readonly index: number
  /** Length d, each in [0, 1]. */
  readonly point: readonly number[]
  /** Why this point, as small numbers for the record. */
  readonly diagnostics: Readonly<Record<string, number>>
}

/** Which points may not be proposed again. */
export interface TakenPoints {
  hasPoint(point: readonly number[]): boolean
  /** The same by number of the cell (OptimizerOptions.cells), for finite spaces of up to 2^53 points: much quicker. */
  hasCell(cell: number): boolean
}

/** The different points of a finite space, numbered from 0. */
export interface PointCells {
  /** Exact up to 2^53. */
  readonly count: number
  /** @param cell in [0, count) */
  pointOf(cell: number): number[]
}

export interface OptimizerOptions {
  readonly dimensions: readonly Dimension[]
  readonly seed: number
  /**
   * Where some points of the cube stand for the same: the different ones, by the numbers that TakenPoints.hasCell
   * takes. null: there is a continuous dimension.
   * @default every combination of levels (productCells)
   */
  readonly cells?: PointCells | null
}

/**
 * A search method. Promises of every implementation (test/contract/optimizer.contract.ts):
 *  - a proposal is a function of (dimensions, seed, observations, index, taken): asking again gives the same;
 *  - its index is at least the one asked for, and never falls when a larger one is asked for;
 *  - its point is inside the cube, and it is not among the taken ones;
 *  - null means that nothing is left: every point is taken. A space with a continuous dimension is never exhausted;
 *  - observations with NaN, null or a single entry are no reason to throw.
 */
export interface Optimizer {
  /** false: observe() does nothing, and callers may spare themselves the making of points. */
  readonly usesObservations: boolean
  observe(observations: readonly Observation[]): void
  suggest(index: number, taken: TakenPoints): Proposal | null
}

/** Number of different points, or null when a dimension is continuous. Exact up to 2^53. */
export function countPoints(dimensions: readonly Dimension[]): number | null {
  let count = 1
  for (const dimension of dimensions) {
    if (dimension.kind === 'continuous') return null
    count *= dimension.levels
  }
  return count
}

/** Every combination of levels, the last dimension varies fastest; null when a dimension is continuous. */
export function productCells(dimensions: readonly Dimension[]): PointCells | null {
  const count = countPoints(dimensions)
  return count === null ? null : { count, pointOf: (cell) => pointOfCell(dimensions, cell) }
}

/**
 * The point of a cell of a finite space: mixed radix, the last dimension varies fastest.
 * @param cell in [0, countPoints(dimensions)), at most 2^53
 */
export function pointOfCell(dimensions: readonly Dimension[], cell: number): number[] {
  const point = new Array<number>(dimensions.length).fill(0)
  let rest = cell
  for (let i = dimensions.length - 1; i >= 0; i--) {
    const dimension = dimensions[i]
    if (dimension?.kind !== 'finite') throw new RangeError(`dimension ${i} has no levels`)
    point[i] = dimension.centre(rest % dimension.levels)
    rest = Math.floor(rest / dimension.levels)
  }
  return point
}

/** Equal widths: the centre of level i of `levels`. */
export function equalLevels(levels: number): Dimension {
  return { kind: 'finite', levels, centre: (level) => (level + 0.5) / levels }
}
