// An arm of the search made concrete: the surface to climb, the region it is climbed in, and a row to start from.
import { fullRegion } from './acquisition-maximizer.ts'
import type { Region } from './acquisition-maximizer.ts'
import { AcquisitionSurface } from './acquisition-surface.ts'
import { bestByModel, rowAt } from './fitted-model.ts'
import type { FittedModel } from './fitted-model.ts'
import type { ModelSpace } from './model-space.ts'
import type { Rng } from './rng.ts'
import type { SearchArm } from './search-arms.ts'

/** Radius, in scaled distance, of what the arm `outside` leaves out. */
const OUTSIDE_RADIUS = 0.7
/** Side of its box when it stays near the best run outside. */
const OUTSIDE_SIDE = 0.4

export interface PreparedSearch {
  readonly surface: AcquisitionSurface
  readonly region: Region
  /** Beside the best row of the region. */
  readonly incumbent: Float64Array
}

/**
 * @param best row of the best run
 * @param rng for the step beside the incumbent
 */
export function prepareSearch(
  arm: SearchArm,
  space: ModelSpace,
  model: FittedModel,
  best: Float64Array,
  rng: Rng,
): PreparedSearch {
  const { posterior, set, success } = model
  const region = fullRegion(space)
  const isNoisy = posterior.noise > 1e-3 * posterior.outputScale
  let incumbent = isNoisy ? bestByModel(model) : rowAt(set, set.ranking[0]!)
  let tau = set.bestTarget
  let hole: { centre: Float64Array; radius: number } | null = null
  const encode = (row: Float64Array) => {
    const z = new Float64Array(row.length)
    posterior.encode(row, z)
    return z
  }
  if (arm.kind === 'trust-region') boxRound(region, incumbent, arm.side, posterior.lengthScales, space)
  if (arm.kind === 'level') {
    region.low[arm.axis] = arm.level
    region.high[arm.axis] = arm.level
    const inLevel = set.ranking.find((i) => rowAt(set, i)[arm.axis] === arm.level)
    tau = inLevel === undefined ? 0 : set.data.targets[inLevel]!
    incumbent = best.slice()
    incumbent[arm.axis] = arm.level
    space.settle(incumbent)
  }
  if (arm.kind === 'outside') {
    const centre = encode(best)
    hole = { centre, radius: OUTSIDE_RADIUS }
    const outside = set.ranking.find(
      (i) => posterior.squaredDistance(encode(rowAt(set, i)), centre) >= OUTSIDE_RADIUS ** 2,
    )
    tau = outside === undefined ? 0 : set.data.targets[outside]!
    if (outside !== undefined) incumbent = rowAt(set, outside)
    if (arm.isNear) boxRound(region, incumbent, OUTSIDE_SIDE, posterior.lengthScales, space)
  }
  const surface = new AcquisitionSurface({ posterior, tau, success, hole })
  return { surface, region, incumbent: jittered(incumbent, region, space, rng) }
}

/** Sides in proportion to the length scales, within a factor of 5 of their geometric mean; categories stay free. */
function boxRound(
  region: Region,
  centre: Float64Array,
  side: number,
  lengthScales: Float64Array,
  space: ModelSpace,
): void {
  const logMean = lengthScales.reduce((sum, length) => sum + Math.log(length), 0) / lengthScales.length
  for (let j = 0; j < space.numericCount; j++) {
    const shape = Math.min(Math.max(lengthScales[j]! / Math.exp(logMean), 0.2), 5)
    region.low[j] = Math.max(0, centre[j]! - (side / 2) * shape)
    region.high[j] = Math.min(1, centre[j]! + (side / 2) * shape)
  }
}

/** The row itself is known: a step of 1e-3 beside it, in the smooth axes. */
function jittered(row: Float64Array, region: Region, space: ModelSpace, rng: Rng): Float64Array {
  const moved = row.slice()
  for (const j of space.smoothAxes) {
    const step = 2e-3 * (rng() - 0.5)
    moved[j] = Math.min(Math.max(moved[j]! + step, region.low[j]!), region.high[j]!)
  }
  space.settle(moved)
  return moved
}
