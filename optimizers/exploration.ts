// A point without a model, or when all that a model found is taken.
import { leastGap } from './hop.ts'
import type { ModelSpace } from './model-space.ts'
import type { PointCells, TakenPoints } from './optimizer.ts'
import type { Rng } from './rng.ts'

const DRAWS = 64

export interface ExplorationOptions {
  readonly space: ModelSpace
  /** null: the points cannot be numbered. */
  readonly cells: PointCells | null
  readonly known: readonly Float64Array[]
  readonly taken: TakenPoints
  /** The point of a row that may be proposed, or null. */
  readonly free: (row: Float64Array) => readonly number[] | null
  readonly rng: Rng
}

/**
 * The farthest from every known row of some random points; when all of these are taken, any that is free.
 * @returns null when none is left, which only a space with cells can say
 */
export function explorePoint(options: ExplorationOptions): readonly number[] | null {
  const { space, cells, known, taken, free, rng } = options
  const drawRow = () => {
    const row = Float64Array.from(space.axes, (axis) => axis.fromCube(rng()))
    space.settle(row)
    return row
  }
  let best: { point: readonly number[]; distance: number } | null = null
  for (let draw = 0; draw < DRAWS; draw++) {
    const row = drawRow()
    const point = free(row)
    if (point === null) continue
    const distance = leastGap(row, known, space)
    if (best === null || distance > best.distance) best = { point, distance }
  }
  if (best !== null) return best.point
  if (cells === null) {
    // A continuous coordinate, or more than 2^53 points: some are free however many are taken
    for (;;) {
      const point = free(drawRow())
      if (point !== null) return point
    }
  }
  const start = rng.integer(cells.count)
  for (let step = 0; step < cells.count; step++) {
    const cell = (start + step) % cells.count
    if (!taken.hasCell(cell)) return cells.pointOf(cell)
  }
  return null
}
