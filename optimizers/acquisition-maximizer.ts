// Where a surface is highest: scattered candidates, then local searches from the best of them. Gradients move the smooth
// axes in scaled coordinates; levels are exchanged one axis at a time; every point that is compared can be realised.
import { FORBIDDEN } from './acquisition-surface.ts'
import type { AcquisitionSurface } from './acquisition-surface.ts'
import { minimiseInBox } from './lbfgsb.ts'
import type { ModelSpace } from './model-space.ts'
import { normalQuantile } from './normal.ts'
import type { Rng } from './rng.ts'
import { scrambledSobol } from './sobol.ts'

/** Bounds of rows: a category is free with 0 and its last level, held with twice the same. */
export interface Region {
  readonly low: Float64Array
  readonly high: Float64Array
}

export interface SearchOptions {
  readonly space: ModelSpace
  readonly surface: AcquisitionSurface
  readonly region: Region
  /** Known good rows, the best first: they are perturbed, and their neighbours tried. */
  readonly parents: readonly Float64Array[]
  /** Rows whose surroundings are searched whatever their rank. */
  readonly anchors: readonly Float64Array[]
  /** Fewer candidates and starts, for models whose every prediction is dear. @default false */
  readonly isFrugal?: boolean
  readonly rng: Rng
}

export interface FoundRow {
  readonly row: Float64Array
  readonly value: number
}

/** Candidates whose value is surely so far below the best are not drawn by the roulette: e^-10 of its weight. */
const HOPELESS = 10
const PERTURBATION_SCALES = [0.3, 0.1, 0.03, 0.01] as const
const LOCAL_ROUNDS = 4
const EXCHANGE_SWEEPS = 4
/** Starts nearer than this in scaled distance lead to the same place. */
const SAME_START = 1e-3

export function fullRegion(space: ModelSpace): Region {
  return {
    low: new Float64Array(space.dimensionCount),
    high: Float64Array.from(space.axes, ({ kind, levels }) => (kind === 'category' ? levels - 1 : 1)),
  }
}

/** @returns local optima, best first, then candidates by value; rows inside the region where it is not forbidden */
export function maximiseAcquisition(options: SearchOptions): FoundRow[] {
  const { surface, isFrugal = false } = options
  const candidates = scoreCandidates(options, drawCandidates(options))
  const startCount = isFrugal ? 4 : 10
  const starts = chooseStarts(candidates, startCount, options.rng)
  const anchors = options.anchors.map((row) => ({ row, value: surface.valueAt(encoded(surface, row)) }))
  const search = new LocalSearch(options)
  const optima: FoundRow[] = []
  const seen: Float64Array[] = []
  for (const start of [...starts, ...anchors]) {
    const z = encoded(surface, start.row)
    if (seen.some((other) => surface.posterior.squaredDistance(other, z) < SAME_START ** 2)) continue
    seen.push(z)
    optima.push(search.climb(start))
  }
  return [...optima.sort(byValue), ...candidates.slice(0, 200)]
}

/** Scores given rows. @returns best first */
export function scoreRows(surface: AcquisitionSurface, rows: readonly Float64Array[]): FoundRow[] {
  return rows.map((row) => ({ row, value: surface.valueAt(encoded(surface, row)) })).sort(byValue)
}

const byValue = (a: FoundRow, b: FoundRow): number => b.value - a.value

function encoded(surface: AcquisitionSurface, row: Float64Array): Float64Array {
  const z = new Float64Array(row.length)
  surface.posterior.encode(row, z)
  return z
}

function drawCandidates(options: SearchOptions): Float64Array[] {
  const { space, region, parents, anchors, rng, isFrugal = false } = options
  const count = isFrugal ? 256 : space.dimensionCount > 10 ? 1024 : 512
  return [
    ...anchors.map((row) => row.slice()),
    ...parents.slice(0, 3).flatMap((row) => space.neighbours(row, region.low, region.high, parents)),
    ...perturbations(options, 100),
    ...scattered(space, region, count, rng.split('sobol')),
  ]
}

/** Spread evenly over the region by the user's distributions. */
function scattered(space: ModelSpace, region: Region, count: number, rng: Rng): Float64Array[] {
  const d = space.dimensionCount
  const points = scrambledSobol(count, d, rng)
  const isWhole = space.axes.map(
    ({ kind, levels }, j) => region.low[j] === 0 && region.high[j] === (kind === 'category' ? levels - 1 : 1),
  )
  const rows: Float64Array[] = []
  for (let i = 0; i < count; i++) {
    const row = new Float64Array(d)
    for (let j = 0; j < d; j++) {
      const u = points[i * d + j]!
      const [low, high] = [region.low[j]!, region.high[j]!]
      if (isWhole[j]) row[j] = space.axes[j]!.fromCube(u)
      else row[j] = j < space.numericCount ? low + u * (high - low) : low
    }
    space.settle(row)
    rows.push(row)
  }
  return rows
}

/** Parents in turn, some of their coordinates moved by normal steps of four sizes. */
function perturbations(options: SearchOptions, count: number): Float64Array[] {
  const { space, region, parents } = options
  const rng = options.rng.split('perturb')
  const d = space.dimensionCount
  const share = Math.min(1, Math.max(2, d / 2) / d)
  return Array.from({ length: parents.length === 0 ? 0 : count }, (_, i) => {
    const row = parents[i % parents.length]!.slice()
    const always = rng.integer(d)
    const scale = PERTURBATION_SCALES[rng.integer(PERTURBATION_SCALES.length)]!
    for (let j = 0; j < d; j++) {
      const axis = space.axes[j]!
      const isMoved = rng() < share || j === always
      const step = scale * normalQuantile(rng())
      if (!isMoved) continue
      if (axis.kind === 'category') {
        if (rng() < 0.5 && region.low[j] !== region.high[j]) row[j] = rng.integer(axis.levels)
        continue
      }
      const least = axis.kind === 'ordered' && axis.levels <= 64 ? 1 / axis.levels : 0
      const moved = row[j]! + Math.sign(step) * Math.max(Math.abs(step), least)
      row[j] = Math.min(Math.max(moved, region.low[j]!), region.high[j]!)
    }
    for (let j = space.numericCount; j < d; j++) if (region.low[j] === region.high[j]) row[j] = region.low[j]!
    space.settle(row)
    return row
  })
}

/** @returns best first, without the hopeless */
function scoreCandidates({ surface }: SearchOptions, rows: readonly Float64Array[]): FoundRow[] {
  const found: FoundRow[] = []
  const z = new Float64Array(rows[0]?.length ?? 0)
  let best = -Infinity
  for (const row of rows) {
    surface.posterior.encode(row, z)
    const value = surface.valueAbove(z, best - HOPELESS)
    if (value === -Infinity) continue
    best = Math.max(best, value)
    found.push({ row, value })
  }
  return found.sort(byValue)
}

/** The best, and others by roulette with weights e^value, without replacement. */
function chooseStarts(candidates: readonly FoundRow[], count: number, rng: Rng): FoundRow[] {
  const wheel = rng.split('roulette')
  const best = candidates[0]
  if (best === undefined) return []
  const starts = [best]
  const left = candidates.slice(1).map((found) => ({ found, weight: Math.exp(found.value - best.value) }))
  while (starts.length < count - 1 && left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0)
    if (!(total > 0)) break
    let rest = wheel() * total
    let at = 0
    while (at < left.length - 1 && rest >= left[at]!.weight) rest -= left[at++]!.weight
    starts.push(left[at]!.found)
    left.splice(at, 1)
  }
  return starts
}

/** Climbs from one row: gradients, then exchanges, until neither helps. */
class LocalSearch {
  readonly #options: SearchOptions
  readonly #low: Float64Array
  readonly #high: Float64Array
  readonly #z: Float64Array
  readonly #gradient: Float64Array

  constructor(options: SearchOptions) {
    const { space, region, surface } = options
    const { lengthScales } = surface.posterior
    this.#options = options
    this.#low = Float64Array.from(space.smoothAxes, (j) => region.low[j]! / lengthScales[j]!)
    this.#high = Float64Array.from(space.smoothAxes, (j) => region.high[j]! / lengthScales[j]!)
    this.#z = new Float64Array(space.dimensionCount)
    this.#gradient = new Float64Array(space.numericCount)
  }

  climb(start: FoundRow): FoundRow {
    let current = start
    for (let round = 0; round < LOCAL_ROUNDS; round++) {
      const before = current.value
      current = this.#followGradient(current)
      const exchanged = this.#exchange(current)
      const hasExchanged = exchanged !== current
      current = exchanged
      if (!hasExchanged || current.value < before + 1e-6) break
    }
    return current
  }

  #valueOf(row: Float64Array, least: number): number {
    const { surface } = this.#options
    surface.posterior.encode(row, this.#z)
    return surface.valueAbove(this.#z, least)
  }

  #followGradient(current: FoundRow): FoundRow {
    const { space, surface, isFrugal = false } = this.#options
    const smooth = space.smoothAxes
    if (smooth.length === 0 || current.value <= FORBIDDEN) return current
    const [z, gradient] = [this.#z, this.#gradient]
    surface.posterior.encode(current.row, z)
    const start = Float64Array.from(smooth, (j) => z[j]!)
    const { x } = minimiseInBox(
      (u, slope) => {
        for (let k = 0; k < smooth.length; k++) z[smooth[k]!] = u[k]!
        const value = surface.gradientAt(z, gradient)
        for (let k = 0; k < smooth.length; k++) slope[k] = -gradient[smooth[k]!]!
        return -value
      },
      start,
      this.#low,
      this.#high,
      { maxIterations: isFrugal ? 25 : 50, gradientTolerance: 1e-3, valueTolerance: 1e-7 },
    )
    const row = current.row.slice()
    for (const [k, j] of smooth.entries()) {
      // A bound stays the bound itself: divided and multiplied again it might miss it by a digit
      row[j] =
        x[k] === this.#low[k]
          ? this.#options.region.low[j]!
          : x[k] === this.#high[k]
            ? this.#options.region.high[j]!
            : x[k]! * surface.posterior.lengthScales[j]!
    }
    space.settle(row)
    const value = this.#valueOf(row, current.value)
    return value > current.value ? { row, value } : current
  }

  /** Axis after axis, the best level of each, until a sweep changes nothing. */
  #exchange(start: FoundRow): FoundRow {
    const { space, region, parents } = this.#options
    let current = start
    for (let sweep = 0; sweep < EXCHANGE_SWEEPS; sweep++) {
      const before = current
      for (let axis = 0; axis < space.dimensionCount; axis++) {
        for (const row of space.neighboursAlong(axis, current.row, region.low, region.high, parents)) {
          const value = this.#valueOf(row, current.value)
          if (value > current.value + 1e-9) current = { row, value }
        }
      }
      if (current === before) break
    }
    return current
  }
}
