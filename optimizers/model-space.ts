// The space as a model sees it: rows of numbers, one per dimension that has more than one value. Numeric dimensions come
// first (continuous ones, and ordered levels at their positions in [0, 1]), then categories as level numbers.
//   point   coordinates in the cube, as proposals and observations give them
//   row     model coordinates; of a dimension that does not exist: 0.5, or one more than the last level
import type { RowShape } from './kernels.ts'
import type { Dimension, DimensionActivity } from './optimizer.ts'

/** Ordered dimensions with more levels are searched with gradients first, and then by neighbours. */
const MAX_EXCHANGED_LEVELS = 64
/** Up to so many neighbours of one ordered dimension are all tried; of more, those at doubling distances. */
const MAX_ALL_NEIGHBOURS = 16
/** Positions are listed up to so many levels; of more they are computed when they are needed. */
const MAX_LISTED_LEVELS = 4096
/** Coordinates of the cube that are told apart when candidates of short lists are drawn. */
const LEVEL_TABLE_SIZE = 1024

export interface ModelAxis {
  readonly kind: 'continuous' | 'ordered' | 'category'
  /** Index of the dimension. */
  readonly dimension: number
  /** Infinity when continuous. */
  readonly levels: number
  /** Has gradients: continuous, or ordered with many levels. */
  readonly isSmooth: boolean
  positionOf(level: number): number
  /** The level whose position is nearest; of categories the row's own number. */
  nearestLevel(position: number): number
  /** Model coordinate of a coordinate of the cube. */
  fromCube(coordinate: number): number
  toCube(position: number): number
}

export class ModelSpace implements RowShape {
  readonly axes: readonly ModelAxis[]
  readonly dimensionCount: number
  readonly numericCount: number
  /** Axes with gradients. */
  readonly smoothAxes: readonly number[]
  /** Product of the levels; Infinity with a continuous axis. */
  readonly size: number
  readonly #dimensions: readonly Dimension[]
  readonly #activity: DimensionActivity | null
  readonly #axisOfDimension: Int32Array
  /** By joint levels of the parents: which axes do not exist. */
  readonly #absentAxes = new Map<string, readonly number[]>()

  constructor(dimensions: readonly Dimension[], activity: DimensionActivity | null = null) {
    const axes = dimensions.flatMap((dimension, index) => buildAxis(dimension, index) ?? [])
    const numeric = axes.filter(({ kind }) => kind !== 'category')
    this.axes = [...numeric, ...axes.filter(({ kind }) => kind === 'category')]
    this.dimensionCount = this.axes.length
    this.numericCount = numeric.length
    this.smoothAxes = numeric.flatMap(({ isSmooth }, index) => (isSmooth ? [index] : []))
    this.size = axes.reduce((product, { levels }) => product * levels, 1)
    this.#dimensions = dimensions
    this.#activity = activity
    this.#axisOfDimension = new Int32Array(dimensions.length).fill(-1)
    for (const [index, axis] of this.axes.entries()) this.#axisOfDimension[axis.dimension] = index
  }

  /** @param point of any finite numbers: those outside of [0, 1] count as the nearest inside, NaN as 0.5 */
  rowOf(point: readonly number[]): Float64Array {
    const row = new Float64Array(this.dimensionCount)
    for (const [index, axis] of this.axes.entries()) {
      const coordinate = point[axis.dimension] ?? 0.5
      row[index] = axis.fromCube(Number.isNaN(coordinate) ? 0.5 : Math.min(Math.max(coordinate, 0), 1))
    }
    this.settle(row)
    return row
  }

  pointOf(row: Float64Array): number[] {
    const absent = this.#absentFor(row)
    return this.#dimensions.map((dimension, index) => {
      const at = this.#axisOfDimension[index]!
      if (at < 0) return dimension.kind === 'finite' ? dimension.centre(0) : 0.5
      return absent.includes(at) ? 0.5 : this.axes[at]!.toCube(row[at]!)
    })
  }

  /** Moves a row to the nearest one that can be realised, in place. */
  settle(row: Float64Array): void {
    for (let j = 0; j < this.numericCount; j++) {
      const axis = this.axes[j]!
      row[j] =
        axis.kind === 'ordered'
          ? axis.positionOf(axis.nearestLevel(row[j]!))
          : Math.min(Math.max(row[j]!, 0), 1)
    }
    for (const j of this.#absentFor(row)) row[j] = j < this.numericCount ? 0.5 : this.axes[j]!.levels
  }

  /** Axes that do not exist at a row. */
  #absentFor(row: Float64Array): readonly number[] {
    if (this.#activity === null) return NONE
    const levels = this.#activity.parents.map((dimension) => {
      const at = this.#axisOfDimension[dimension]!
      return at < 0 ? 0 : Math.min(this.axes[at]!.nearestLevel(row[at]!), this.axes[at]!.levels - 1)
    })
    const key = levels.join(',')
    let absent = this.#absentAxes.get(key)
    if (absent === undefined) {
      const exists = this.#activity.existsAt(levels)
      absent = this.axes.flatMap((axis, index) => (exists[axis.dimension] === false ? [index] : []))
      if (this.#absentAxes.size < 10_000) this.#absentAxes.set(key, absent)
    }
    return absent
  }

  /**
   * Rows that differ from `row` in axis `index`, if that has levels: all of them up to 16, at doubling distances and at
   * the ends beyond. Where a change makes other dimensions exist, these get the values that `fill` has there.
   */
  neighboursAlong(
    index: number,
    row: Float64Array,
    low: Float64Array,
    high: Float64Array,
    fill: readonly Float64Array[],
  ): Float64Array[] {
    const axis = this.axes[index]!
    if (axis.kind === 'continuous') return []
    const absent = this.#absentFor(row)
    if (absent.includes(index)) return []
    const own = axis.nearestLevel(row[index]!)
    const found: Float64Array[] = []
    for (const level of levelsToTry(axis, own)) {
      const position = axis.positionOf(level)
      if (position < low[index]! - 1e-12 || position > high[index]! + 1e-12) continue
      const changed = row.slice()
      changed[index] = position
      found.push(...this.#filled(changed, absent, fill))
    }
    return found
  }

  /** The same along every axis. */
  neighbours(
    row: Float64Array,
    low: Float64Array,
    high: Float64Array,
    fill: readonly Float64Array[],
  ): Float64Array[] {
    return this.axes.flatMap((_, index) => this.neighboursAlong(index, row, low, high, fill))
  }

  /** The row, once for each filling of the axes that were absent and now exist. */
  #filled(row: Float64Array, absentBefore: readonly number[], fill: readonly Float64Array[]): Float64Array[] {
    if (this.#activity === null) return [row]
    const absent = this.#absentFor(row)
    const born = absentBefore.filter((index) => !absent.includes(index))
    const fillings = born.length === 0 || fill.length === 0 ? [row] : fill
    return fillings.map((filling) => {
      const filled = row.slice()
      for (const index of born) {
        const axis = this.axes[index]!
        const value = filling[index]!
        filled[index] = axis.kind === 'category' && !(value < axis.levels) ? 0 : value
      }
      this.settle(filled)
      return filled
    })
  }
}

const NONE: readonly number[] = []

function levelsToTry(axis: ModelAxis, own: number): number[] {
  const { levels } = axis
  if (axis.kind === 'category' || levels <= MAX_ALL_NEIGHBOURS) {
    // Nobody tries a million categories one by one: beyond 256 a spread of them
    const stride = Math.max(1, Math.ceil(levels / 256))
    return Array.from({ length: Math.ceil(levels / stride) }, (_, i) => i * stride).filter((i) => i !== own)
  }
  const tried = new Set([0, levels - 1])
  for (let step = 1; step < levels; step *= 2) {
    if (own - step >= 0) tried.add(own - step)
    if (own + step < levels) tried.add(own + step)
  }
  tried.delete(own)
  return [...tried]
}

/** null for a dimension with a single value. */
function buildAxis(dimension: Dimension, index: number): ModelAxis | null {
  if (dimension.kind === 'continuous') {
    const { scale } = dimension
    return {
      kind: 'continuous',
      dimension: index,
      levels: Infinity,
      isSmooth: true,
      positionOf: (level) => level,
      nearestLevel: (position) => position,
      fromCube: (coordinate) => scale?.toModel(coordinate) ?? coordinate,
      toCube: (position) => scale?.fromModel(position) ?? position,
    }
  }
  const { levels, centre, position } = dimension
  if (levels <= 1) return null
  const levelAt = quickLevelAt(dimension)
  if (position === undefined) {
    return {
      kind: 'category',
      dimension: index,
      levels,
      isSmooth: false,
      positionOf: (level) => level,
      nearestLevel: (number) => number,
      fromCube: levelAt,
      toCube: centre,
    }
  }
  const positions =
    levels <= MAX_LISTED_LEVELS ? Float64Array.from({ length: levels }, (_, level) => position(level)) : null
  const positionOf = positions === null ? position : (level: number) => positions[level]!
  const nearestLevel = (wanted: number) => nearest(positionOf, levels, wanted)
  return {
    kind: 'ordered',
    dimension: index,
    levels,
    isSmooth: levels > MAX_EXCHANGED_LEVELS,
    positionOf,
    nearestLevel,
    fromCube: (coordinate) => positionOf(levelAt(coordinate)),
    toCube: (at) => centre(nearestLevel(at)),
  }
}

/** levelAt by table: short lists are asked for it a thousand times for one proposal. */
function quickLevelAt(dimension: Dimension & { kind: 'finite' }): (coordinate: number) => number {
  const { levels, levelAt, centre } = dimension
  const inside = (level: number) => Math.min(Math.max(level, 0), levels - 1)
  if (levels > LEVEL_TABLE_SIZE / 4) return (coordinate) => inside(levelAt(coordinate))
  const table = Int32Array.from({ length: LEVEL_TABLE_SIZE }, (_, i) =>
    inside(levelAt((i + 0.5) / LEVEL_TABLE_SIZE)),
  )
  // Centres are exact: they are what observations have
  const exact = new Map(Array.from({ length: levels }, (_, level) => [centre(level), level]))
  return (coordinate) =>
    exact.get(coordinate) ?? table[Math.min(Math.floor(coordinate * LEVEL_TABLE_SIZE), LEVEL_TABLE_SIZE - 1)]!
}

/** The level in [0, levels) whose position is nearest; the lower one of two. */
function nearest(positionOf: (level: number) => number, levels: number, wanted: number): number {
  let low = 0
  let high = levels - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (positionOf(middle) <= wanted) low = middle
    else high = middle
  }
  return wanted - positionOf(low) <= positionOf(high) - wanted ? low : high
}
