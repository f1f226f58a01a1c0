// A leap from the best run: the coordinates in which the model sees most stay, the others go far. A model that has found
// one valley calls flat what it has not looked at; expected improvement then spends itself on coordinates that matter,
// where it is unsure, and never leaves the valley along those that it believes do not.
import type { AcquisitionSurface } from './acquisition-surface.ts'
import type { FoundRow } from './acquisition-maximizer.ts'
import { squaredRowDistance } from './kernels.ts'
import type { ModelSpace } from './model-space.ts'
import type { Rng } from './rng.ts'

const CANDIDATES = 128

export interface HopOptions {
  readonly space: ModelSpace
  readonly surface: AcquisitionSurface
  readonly from: Float64Array
  /** Rows that are known, open ones among them. */
  readonly known: readonly Float64Array[]
  readonly rng: Rng
}

/**
 * Candidates keep between a third and two thirds of the coordinates, those with the shortest length scales; the others
 * are drawn anew, half of them at a bound. Of the half with the better expectation, the farthest from every known row
 * comes first (by unscaled distance, categories 1 apart).
 */
export function hopCandidates(options: HopOptions): FoundRow[] {
  const { space, surface, from, known, rng } = options
  const { posterior } = surface
  const d = space.dimensionCount
  const bySensitivity = [...posterior.lengthScales.keys()].sort(
    (a, b) => posterior.lengthScales[a]! - posterior.lengthScales[b]!,
  )
  const z = new Float64Array(d)
  const rows = Array.from({ length: CANDIDATES }, () => {
    const row = from.slice()
    const kept = Math.round((d * (1 + rng())) / 3)
    for (const j of bySensitivity.slice(kept)) {
      const [u, side] = [rng(), rng()]
      row[j] = space.axes[j]!.fromCube(side < 0.25 ? 0 : side > 0.75 ? 1 : u)
    }
    space.settle(row)
    posterior.encode(row, z)
    posterior.predictMean(z)
    return { row, mean: posterior.predictedMean }
  })
  rows.sort((a, b) => a.mean - b.mean)
  return rows
    .slice(0, CANDIDATES / 2)
    .map(({ row }) => ({ row, gap: leastGap(row, known, space) }))
    .sort((a, b) => b.gap - a.gap)
    .map(({ row }) => {
      posterior.encode(row, z)
      return { row, value: surface.valueAt(z) }
    })
}

/** Squared distance to the nearest of the rows. */
export function leastGap(row: Float64Array, rows: readonly Float64Array[], space: ModelSpace): number {
  let least = Infinity
  for (const other of rows) least = Math.min(least, squaredRowDistance(row, other, space))
  return least
}
