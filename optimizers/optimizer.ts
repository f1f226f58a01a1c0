// The contract of a search method: numbers in, numbers out. Points live in the unit cube [0, 1]^d, lower values are
// better. A method knows no parameter's name, reads no clock and draws its randomness from (seed, index) alone.

import type { CurvePoint } from './stopping-rule.ts'

/** One coordinate of the cube. */
export type Dimension =
  | {
      readonly kind: 'continuous'
      /** Where a model sees the coordinate. @default the coordinate itself */
      readonly scale?: ModelScale
    }
  | {
      readonly kind: 'finite'
      /** How many different values there are, at least 1. */
      readonly levels: number
      /** A coordinate in (0, 1) that stands for level i, 0 <= i < levels. Levels may differ in width. */
      readonly centre: (level: number) => number
      /** The level that a coordinate in [0, 1] stands for. */
      readonly levelAt: (coordinate: number) => number
      /**
       * Where a model sees level i: in [0, 1], growing with i. Without it the levels are categories: different, and none
       * nearer to another.
       */
      readonly position?: (level: number) => number
    }

/**
 * The two coordinates of a continuous dimension: that of the cube, in which sampling is uniform, and a model's, in which
 * equal steps are alike (affine in the value or its logarithm). Both grow together from 0 to 1.
 */
export interface ModelScale {
  toModel(coordinate: number): number
  fromModel(position: number): number
}

/** What a method is told of a run. */
export interface Observation {
  /** Telling the same id again replaces what was told. */
  readonly id: string
  /** Index of the proposal that it comes from; below 0 or null: none of the method's. @default null */
  readonly index?: number | null
  readonly point: readonly number[]
  /**
   * open: no end yet; done: `value` counts; stopped: ended early, `value` counts for less; failed: ran, and gave nothing
   * that counts; void: says nothing of the point (cancelled, lost).
   */
  readonly state: 'open' | 'done' | 'stopped' | 'failed' | 'void'
  /** Lower is better; null: none (yet); NaN: measured and unusable. */
  readonly value: number | null
  /**
   * Of a run that ended: where it comes among those that did (a time, a number of its own), ties by index.
   * @default 0
   */
  readonly endedAt?: number
  /**
   * The way to the value: the best so far at some points of the run's progress, ascending; of a run that was stopped the
   * last is where it was stopped. @default none: nothing is known but the value
   */
  readonly curve?: readonly CurvePoint[]
}

/** A point that is being evaluated, or is about to be. */
export interface OpenPoint {
  readonly index: number
  readonly point: readonly number[]
}

export interface Proposal {
  /** At least the index asked for: larger when the method passed over what is taken. */
  readonly index: number
  /** Length d, each in [0, 1]. */
  readonly point: readonly number[]
  /** Why this point, as small numbers and words for the record. */
  readonly diagnostics: Readonly<Record<string, number | string>>
  /** What a model expects at the point; absent without a model. */
  readonly expectation?: Expectation
  /** Of methods that learn: which part of the history the proposal rests on, enough to make it again. */
  readonly basis?: ProposalBasis
}

export interface ProposalBasis {
  /** Version of the method's arithmetic: another one proposes something else. */
  readonly version: number
  /** `endedAt` of the last run that had ended; null: none had. */
  readonly endedAt: number | null
  /** Indexes of the runs that were open, without those that have none. */
  readonly pending: readonly number[]
}

/** In the observations' units, lower is better. */
export interface Expectation {
  readonly value: number
  readonly std: number
  /** Length scale of each dimension in its model coordinate: the shorter, the more it matters. */
  readonly lengthScales: readonly number[]
  /** Up to three observations that ended, the nearest in the length scales first: 0 is the same place. */
  readonly nearest: readonly { readonly id: string; readonly distance: number }[]
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
  /**
   * Which dimensions exist where, when not all of them always do: a coordinate that does not exist changes nothing.
   * @default all of them, everywhere
   */
  readonly activity?: DimensionActivity
}

export interface DimensionActivity {
  /** Finite dimensions whose levels decide. */
  readonly parents: readonly number[]
  /** @param levels of the parents, in their order @returns one entry per dimension */
  existsAt(levels: readonly number[]): readonly boolean[]
}

/**
 * A search method. Promises of every implementation (test/contract/optimizer.contract.ts):
 *  - a proposal is a function of (dimensions, seed, observations, index, taken, open): asking again gives the same;
 *  - its index is at least the one asked for, and never falls when a larger one is asked for;
 *  - its point is inside the cube, and it is not among the taken ones;
 *  - null means that nothing is left: every point is taken. A space with a continuous dimension is never exhausted;
 *  - observations with NaN, null or a single entry are no reason to throw;
 *  - the order in which observations were told does not matter: those that ended count in the order of their ends.
 */
export interface Optimizer {
  /** false: observe() does nothing, and callers may spare themselves the making of points. */
  readonly usesObservations: boolean
  observe(observations: readonly Observation[]): void
  /** @param open points that nobody has told as observations yet, and that count like open ones. @default none */
  suggest(index: number, taken: TakenPoints, open?: readonly OpenPoint[]): Proposal | null
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

/** Equal widths, without an order: the centre of level i of `levels`. */
export function equalLevels(levels: number): Dimension & { kind: 'finite' } {
  return {
    kind: 'finite',
    levels,
    centre: (level) => (level + 0.5) / levels,
    levelAt: (coordinate) => Math.min(Math.floor(coordinate * levels), levels - 1),
  }
}
