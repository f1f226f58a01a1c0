// Where a model sees the values of a parameter: coordinates in [0, 1] in which equal steps are alike, affine in the value
// or its logarithm. Sampling has coordinates of its own (distributions.ts), in which equal steps are equally probable.
import { betaCdf, betaQuantile } from '../optimizers/beta.ts'
import { normalCdf, normalQuantile } from '../optimizers/normal.ts'
import type { ModelScale } from '../optimizers/optimizer.ts'
import { ConfigNumber } from './config-text.ts'
import type { Distribution } from './distributions.ts'
import type { FiniteValues } from './finite-values.ts'

/** Six standard deviations are the length of the model's axis: further out nothing is searched. */
const NORMAL_WIDTH = 6

const NORMAL_SCALE: ModelScale = {
  toModel: (u) => Math.min(Math.max(normalQuantile(u) / NORMAL_WIDTH + 0.5, 0), 1),
  fromModel: (t) => normalCdf((t - 0.5) * NORMAL_WIDTH),
}

/** Of a continuous parameter; undefined where the sampling coordinate is affine in the value or its logarithm. */
export function modelScaleOf(distribution: Distribution): ModelScale | undefined {
  switch (distribution.name) {
    case 'normal':
    case 'q_normal':
    case 'log_normal':
    case 'q_log_normal':
      return NORMAL_SCALE
    case 'beta':
    case 'q_beta': {
      const { a, b } = distribution
      return { toModel: (u) => betaQuantile(u, a, b), fromModel: (t) => betaCdf(t, a, b) }
    }
    default:
      return undefined
  }
}

/** Position of each level of a parameter with an order, growing with the level; null for categories. */
export function levelPositions(
  distribution: Distribution,
  values: FiniteValues,
): ((level: number) => number) | null {
  const { count } = values
  switch (distribution.name) {
    case 'constant':
      return null
    case 'categorical':
    case 'categorical_w_probabilities':
      return numberPositions(values)
    case 'int_uniform':
      return (level) => (level + 0.5) / count
    default: {
      const step = distribution.q?.value ?? 1
      const first = numberAt(values, 0)
      if (first === null || count < 2) return null
      const isLogarithmic = distribution.name.includes('log') && first > 0
      if (!isLogarithmic) return (level) => (level + 0.5) / count
      const low = first - step / 2 > 0 ? Math.log(first - step / 2) : Math.log(first)
      const high = Math.log(first + (count - 0.5) * step)
      return (level) => (Math.log(first + level * step) - low) / (high - low)
    }
  }
}

/**
 * Listed values have an order when they are three or more numbers that only grow or only fall: on a logarithmic scale
 * when their ratios vary less than their differences.
 */
function numberPositions(values: FiniteValues): ((level: number) => number) | null {
  const numbers = Array.from({ length: values.count }, (_, level) => numberAt(values, level))
  if (numbers.length < 3 || !numbers.every((value) => value !== null && Number.isFinite(value))) return null
  const listed = numbers as number[] // no null is left
  const gaps = differencesOf(listed)
  const isGrowing = gaps.every((gap) => gap > 0)
  if (!isGrowing && !gaps.every((gap) => gap < 0)) return null
  const logs = listed.every((value) => value > 0) ? listed.map(Math.log) : null
  const isLogarithmic = logs !== null && variation(differencesOf(logs)) < variation(gaps)
  const scaled = isLogarithmic ? logs : listed
  const scaledGaps = differencesOf(scaled)
  const low = scaled[0]! - scaledGaps[0]! / 2
  const high = scaled.at(-1)! + scaledGaps.at(-1)! / 2
  // Falling values grow from 0 too: only that near levels are near matters
  return (level) => (scaled[level]! - low) / (high - low)
}

function differencesOf(numbers: readonly number[]): number[] {
  return numbers.slice(1).map((value, index) => value - numbers[index]!)
}

/** Standard deviation over mean, of absolute values. */
function variation(numbers: readonly number[]): number {
  const sizes = numbers.map(Math.abs)
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  return Math.sqrt(sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / sizes.length) / mean
}

function numberAt(values: FiniteValues, level: number): number | null {
  const value = values.valueAt(level)
  return value instanceof ConfigNumber ? value.value : null
}
