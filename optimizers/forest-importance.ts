// What each feature is worth, how sure that is, and whether it is more than chance: the importances of one forest, their
// spread over forests of random halves of the rows, and what forests find in targets that were shuffled.
import { assessForest } from './random-forest.ts'
import type { BinnedFeature } from './regression-tree.ts'
import type { Rng } from './rng.ts'

export interface FeatureImportance {
  /** Share of the target's variance, see ForestAssessment; never below 0. */
  readonly importance: number
  /** Ends of the 95 % interval, low >= 0. */
  readonly low: number
  readonly high: number
  /** More than shuffled targets give: above their mean by two of their standard deviations. */
  readonly isAboveChance: boolean
}

export interface ImportanceResult {
  readonly features: readonly FeatureImportance[]
  /** On rows that the trees had not seen. */
  readonly r2: number
}

const TREES = 100
/** Of the forests that are only compared with each other. */
const SIDE_TREES = 24
const HALVES = 20
const SHUFFLES = 16
const Z_95 = 1.96
const CHANCE_DEVIATIONS = 2

/**
 * The spread over random halves is that of the whole: the delete-d jackknife with d = n / 2 (Shao and Wu 1989), to which
 * the smaller forests add some of their own, so that intervals are rather too wide. About (100 + 36 * 24 * 2 / 3) trees.
 * @param targets length n >= 8, finite
 */
export function measureImportance(
  features: readonly BinnedFeature[],
  targets: Float64Array,
  rng: Rng,
): ImportanceResult {
  const whole = assessForest(features, targets, { trees: TREES }, rng.split('whole'))
  const halves = Array.from({ length: HALVES }, (_, index) => {
    const stream = rng.split(`half ${index}`)
    const rows = drawHalf(targets.length, stream)
    return assessForest(
      features.map((feature) => ({ ...feature, bins: pickBytes(feature.bins, rows) })),
      Float64Array.from(rows, (row) => targets[row]!),
      { trees: SIDE_TREES },
      stream,
    ).importances
  })
  const shuffled = Array.from({ length: SHUFFLES }, (_, index) => {
    const stream = rng.split(`shuffled ${index}`)
    return assessForest(features, shuffle(targets, stream), { trees: SIDE_TREES }, stream).importances
  })
  return {
    r2: whole.r2,
    features: features.map((_, index) => {
      const estimate = whole.importances[index]!
      const spread = momentsAt(halves, index).std
      const chance = momentsAt(shuffled, index)
      return {
        importance: Math.max(0, estimate),
        low: Math.max(0, estimate - Z_95 * spread),
        high: Math.max(0, estimate + Z_95 * spread),
        isAboveChance: estimate > Math.max(0, chance.mean + CHANCE_DEVIATIONS * chance.std),
      }
    }),
  }
}

function momentsAt(samples: readonly Float64Array[], index: number): { mean: number; std: number } {
  const mean = samples.reduce((sum, sample) => sum + sample[index]! / samples.length, 0)
  const squares = samples.reduce((sum, sample) => sum + (sample[index]! - mean) ** 2, 0)
  return { mean, std: Math.sqrt(squares / (samples.length - 1)) }
}

function drawHalf(n: number, rng: Rng): Int32Array {
  const rows = Int32Array.from({ length: n }, (_, index) => index)
  const half = Math.ceil(n / 2)
  for (let at = 0; at < half; at++) {
    const other = at + rng.integer(n - at)
    ;[rows[at], rows[other]] = [rows[other]!, rows[at]!]
  }
  return rows.slice(0, half)
}

function shuffle(values: Float64Array, rng: Rng): Float64Array {
  const shuffled = values.slice()
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = rng.integer(at + 1)
    ;[shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!]
  }
  return shuffled
}

function pickBytes(bytes: Uint8Array, rows: Int32Array): Uint8Array {
  return Uint8Array.from(rows, (row) => bytes[row]!)
}
