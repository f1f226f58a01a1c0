// An arm of the search made concrete: the surface to climb, the region it is climbed in, and a row to start from.
import { fullRegion } from './acquisition-maximizer.ts'
import type { Region } from './acquisition-maximizer.ts'
import { AcquisitionSurface } from './acquisition-surface.ts'
import { meansByModel, rowAt } from './fitted-model.ts'
import type { FittedModel } from './fitted-model.ts'
import type { ModelSpace } from './model-space.ts'
import type { Rng } from './rng.ts'
import type { SearchArm } from './search-arms.ts'

/** Radius, in scaled distance, of what the arm `outside` leaves out. */
const OUTSIDE_RADIUS = 0.7
/** Side of its box when it stays near the best run outside. */
const OUTSIDE_SIDE = 0.4
/**
 * Share of s_f from which a fitted noise is taken for one of the measurements. Rough but exact values are fitted with less:
 * at 1e-4 the searches that such values mislead found their valley later (decision 0008).
 */
const PLUG_IN_NOISE = 1e-2

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
  const { posterior, success } = model
  const region = fullRegion(space)
  const standings = rankRows(model)
  let { row: incumbent, merit: tau } = standings[0]!
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
    tau = standings.find(({ row }) => row[arm.axis] === arm.level)?.merit ?? 0
    incumbent = best.slice()
    incumbent[arm.axis] = arm.level
    space.settle(incumbent)
  }
  if (arm.kind === 'outside') {
    const centre = encode(best)
    hole = { centre, radius: OUTSIDE_RADIUS }
    const outside = standings.find(
      ({ row }) => posterior.squaredDistance(encode(row), centre) >= OUTSIDE_RADIUS ** 2,
    )
    tau = outside?.merit ?? 0
    if (outside !== undefined) incumbent = outside.row
    if (arm.isNear) boxRound(region, incumbent, OUTSIDE_SIDE, posterior.lengthScales, space)
  }
  const surface = new AcquisitionSurface({ posterior, tau, success, hole })
  return { surface, region, incumbent: jittered(incumbent, region, space, rng) }
}

interface Standing {
  readonly row: Float64Array
  /** What there is to improve on, in the model's units. */
  readonly merit: number
}

/**
 * Rows with values, results before what runs had on their way, then the best first: by what was measured, or under noise by
 * the model's mean, because the least of many noisy values is luck (the plug-in incumbent: Picheny et al. 2013, Struct.
 * Multidisc. Optim. 48).
 */
export function rankRows(model: FittedModel): Standing[] {
  const { posterior, set } = model
  const isNoisy = posterior.noise > PLUG_IN_NOISE * posterior.outputScale
  if (isNoisy)
    return meansByModel(model)
      .sort((a, b) => set.isResult[b.i]! - set.isResult[a.i]!)
      .map(({ i, mean }) => ({ row: rowAt(set, i), merit: mean }))
  return set.ranking.map((i) => ({ row: rowAt(set, i), merit: set.data.targets[i]! }))
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
