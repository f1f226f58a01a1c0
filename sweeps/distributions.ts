// The 18 kinds of parameter and their mathematics: inverse distribution functions (uniform u -> value), distribution
// functions, and the list of values where there are finitely many. Reading and checking a file is config-parameters.ts.
//
// W&B's rules (spec: W&B Sweeps, section 3), with these differences: a quantised value never leaves its range, is the
// number its decimal writing says (0.3, not 0.30000000000000004), is never -0.0; u = 0 and u = 1 are safe.
import { betaCdf, betaQuantile } from '../optimizers/beta.ts'
import { normalCdf, normalQuantile } from '../optimizers/normal.ts'
import { ConfigNumber, identityOf } from './config-text.ts'
import type { ConfigValue } from './config-text.ts'
import { decimalSum, listedValues, positiveZero, steppedValues } from './finite-values.ts'
import type { FiniteValues } from './finite-values.ts'

export const BOUNDED_KINDS = [
  'uniform',
  'q_uniform',
  'log_uniform',
  'log_uniform_values',
  'inv_log_uniform',
  'inv_log_uniform_values',
  'q_log_uniform',
  'q_log_uniform_values',
] as const
export const NORMAL_KINDS = ['normal', 'q_normal', 'log_normal', 'q_log_normal'] as const
export const BETA_KINDS = ['beta', 'q_beta'] as const
export const DISTRIBUTION_NAMES = [
  'constant',
  'categorical',
  'categorical_w_probabilities',
  'int_uniform',
  ...BOUNDED_KINDS,
  ...NORMAL_KINDS,
  ...BETA_KINDS,
] as const
export type DistributionName = (typeof DISTRIBUTION_NAMES)[number]

/** A checked distribution: bounds in order, sigma > 0, a and b > 0, q > 0, probabilities that sum to 1. */
export type Distribution =
  | { readonly name: 'constant'; readonly value: ConfigValue }
  | { readonly name: 'categorical'; readonly values: readonly ConfigValue[] }
  | {
      readonly name: 'categorical_w_probabilities'
      readonly values: readonly ConfigValue[]
      readonly probabilities: readonly number[]
    }
  | { readonly name: 'int_uniform'; readonly min: ConfigNumber; readonly max: ConfigNumber }
  | {
      readonly name: (typeof BOUNDED_KINDS)[number]
      readonly min: ConfigNumber
      readonly max: ConfigNumber
      /** The step of q_ kinds, else null. An integer step gives integers. */
      readonly q: ConfigNumber | null
    }
  | {
      readonly name: (typeof NORMAL_KINDS)[number]
      readonly mu: number
      readonly sigma: number
      readonly q: ConfigNumber | null
    }
  | {
      readonly name: (typeof BETA_KINDS)[number]
      readonly a: number
      readonly b: number
      readonly q: ConfigNumber | null
    }

/** The value at probability u of a distribution. @param u in [0, 1] */
export function quantile(distribution: Distribution, u: number): ConfigValue {
  switch (distribution.name) {
    case 'constant':
      return distribution.value
    case 'categorical':
      return distribution.values[ceilIndex(u, distribution.values.length)] ?? null
    case 'categorical_w_probabilities':
      return distribution.values[weightedIndex(distribution.probabilities, u)] ?? null
    case 'int_uniform': {
      const count = distribution.max.value - distribution.min.value + 1
      return ConfigNumber.int(distribution.min.value + ceilIndex(u, count))
    }
    default:
      return distribution.q === null
        ? ConfigNumber.float(positiveZero(continuousQuantile(distribution, u)))
        : quantise(distribution, distribution.q, continuousQuantile(distribution, u))
  }
}

/** ceil(u * count) - 1 with W&B's guard against rounding up, kept inside 0..count-1. */
function ceilIndex(u: number, count: number): number {
  let index = Math.ceil(u * count) - 1
  if (index / count >= u) index -= 1 // the value below already reaches u
  return Math.min(Math.max(index, 0), count - 1)
}

/** The first index with u < cumulative sum; at the top the last one that has any probability. */
function weightedIndex(probabilities: readonly number[], u: number): number {
  let cumulative = 0
  let last = 0
  for (const [index, probability] of probabilities.entries()) {
    cumulative += probability
    if (probability > 0) last = index
    if (u < cumulative) return index
  }
  return last
}

type Continuous = Extract<Distribution, { q: ConfigNumber | null }>

function continuousQuantile(distribution: Continuous, u: number): number {
  switch (distribution.name) {
    case 'normal':
    case 'q_normal':
      return distribution.mu + distribution.sigma * normalQuantile(insideUnit(u))
    case 'log_normal':
    case 'q_log_normal':
      return Math.exp(distribution.mu + distribution.sigma * normalQuantile(insideUnit(u)))
    case 'beta':
    case 'q_beta':
      return betaQuantile(u, distribution.a, distribution.b)
    default: {
      const { low, high } = rangeOf(distribution)
      return Math.min(Math.max(boundedQuantile(distribution, u), low), high)
    }
  }
}

function boundedQuantile(distribution: Extract<Continuous, { min: ConfigNumber }>, u: number): number {
  const [min, max] = [distribution.min.value, distribution.max.value]
  switch (distribution.name) {
    case 'uniform':
    case 'q_uniform':
      return min + u * (max - min)
    case 'log_uniform':
    case 'q_log_uniform':
      return Math.exp(min + u * (max - min))
    case 'inv_log_uniform':
      return Math.exp(-(min + (1 - u) * (max - min)))
    case 'log_uniform_values':
    case 'inv_log_uniform_values':
    case 'q_log_uniform_values':
      return Math.exp(Math.log(min) + u * (Math.log(max) - Math.log(min)))
  }
}

/** Probabilities of 0 and 1 would be infinite values: the nearest that doubles can tell apart are used. */
function insideUnit(u: number): number {
  return Math.min(Math.max(u, 2 ** -53), 1 - 2 ** -53)
}

/** Lowest and highest value, before quantisation; infinite where there is no end. */
export function rangeOf(distribution: Continuous): { readonly low: number; readonly high: number } {
  switch (distribution.name) {
    case 'normal':
    case 'q_normal':
      return { low: -Infinity, high: Infinity }
    case 'log_normal':
    case 'q_log_normal':
      return { low: 0, high: Infinity }
    case 'beta':
    case 'q_beta':
      return { low: 0, high: 1 }
    case 'log_uniform':
    case 'q_log_uniform':
      return { low: Math.exp(distribution.min.value), high: Math.exp(distribution.max.value) }
    case 'inv_log_uniform':
      return { low: Math.exp(-distribution.max.value), high: Math.exp(-distribution.min.value) }
    default:
      return { low: distribution.min.value, high: distribution.max.value }
  }
}

/** First and last whole k with k * q inside the range; first > last when there is none. */
function multiplesInside(
  distribution: Continuous,
  q: ConfigNumber,
): { readonly first: number; readonly last: number } {
  const { low, high } = rangeOf(distribution)
  // 1e-9: 0.3 / 0.1 is 2.9999999999999996, and 0.3 must count as a multiple of 0.1
  return { first: Math.ceil(low / q.value - 1e-9), last: Math.floor(high / q.value + 1e-9) }
}

function quantise(distribution: Continuous, q: ConfigNumber, x: number): ConfigNumber {
  const { first, last } = multiplesInside(distribution, q)
  if (first > last) return nearerBound(distribution, x)
  const k = Math.min(Math.max(roundHalfEven(x / q.value), first), last)
  return multipleOf(q, k)
}

function nearerBound(distribution: Continuous, x: number): ConfigNumber {
  const { low, high } = rangeOf(distribution)
  const bound = x - low <= high - x ? low : high
  return Number.isInteger(bound) && distribution.q?.isInteger
    ? ConfigNumber.int(bound)
    : ConfigNumber.float(bound)
}

export function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  const fraction = x - floor
  if (fraction !== 0.5) return fraction < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

function multipleOf(q: ConfigNumber, k: number): ConfigNumber {
  const value = decimalSum(0, q.value, k)
  return q.isInteger && Number.isSafeInteger(value)
    ? ConfigNumber.int(value)
    : ConfigNumber.float(positiveZero(value))
}

/**
 * P(X <= value) as W&B's bayes uses it; categorical kinds take the index of the value. Quantised kinds use the
 * continuous distribution beneath.
 */
export function distributionFunction(distribution: Distribution, x: number): number {
  switch (distribution.name) {
    case 'constant':
      return 1
    case 'categorical':
      return (x + 1) / distribution.values.length
    case 'categorical_w_probabilities':
      return distribution.probabilities.slice(0, x + 1).reduce((sum, p) => sum + p, 0)
    case 'int_uniform': {
      const [min, max] = [distribution.min.value, distribution.max.value]
      return clip((Math.floor(x) - min + 1) / (max - min + 1))
    }
    default:
      return continuousCdf(distribution, x)
  }
}

function continuousCdf(distribution: Continuous, x: number): number {
  switch (distribution.name) {
    case 'normal':
    case 'q_normal':
      return normalCdf((x - distribution.mu) / distribution.sigma)
    case 'log_normal':
    case 'q_log_normal':
      return x <= 0 ? 0 : normalCdf((Math.log(x) - distribution.mu) / distribution.sigma)
    case 'beta':
    case 'q_beta':
      return betaCdf(x, distribution.a, distribution.b)
    default:
      return boundedCdf(distribution, x)
  }
}

function boundedCdf(distribution: Extract<Continuous, { min: ConfigNumber }>, x: number): number {
  const [min, max] = [distribution.min.value, distribution.max.value]
  switch (distribution.name) {
    case 'uniform':
    case 'q_uniform':
      return clip((x - min) / (max - min))
    case 'log_uniform':
    case 'q_log_uniform':
      return x <= 0 ? 0 : clip((Math.log(x) - min) / (max - min))
    case 'inv_log_uniform':
      return x <= 0 ? 0 : clip(1 - (-Math.log(x) - min) / (max - min))
    case 'log_uniform_values':
    case 'inv_log_uniform_values':
    case 'q_log_uniform_values':
      return x <= 0 ? 0 : clip((Math.log(x) - Math.log(min)) / (Math.log(max) - Math.log(min)))
  }
}

function clip(p: number): number {
  return Math.min(Math.max(p, 0), 1)
}

/**
 * A coordinate u with quantile(distribution, u) equal to the value, in the middle of the value's share where it has
 * one; null when the value is none of the distribution's.
 */
export function coordinateOf(distribution: Distribution, value: ConfigValue): number | null {
  switch (distribution.name) {
    case 'constant':
      return identityOf(value) === identityOf(distribution.value) ? 0.5 : null
    case 'categorical': {
      const index = lastIndexOf(distribution.values, value)
      return index < 0 ? null : (index + 0.5) / distribution.values.length
    }
    case 'categorical_w_probabilities': {
      const index = lastIndexOf(distribution.values, value)
      const share = distribution.probabilities[index] ?? 0
      return index < 0 || share === 0 ? null : distributionFunction(distribution, index) - share / 2
    }
    case 'int_uniform': {
      const index = value instanceof ConfigNumber ? value.value - distribution.min.value : -1
      const count = distribution.max.value - distribution.min.value + 1
      return Number.isInteger(index) && index >= 0 && index < count ? (index + 0.5) / count : null
    }
    default: {
      if (!(value instanceof ConfigNumber)) return null
      const u = continuousCdf(distribution, value.value)
      const { low, high } = rangeOf(distribution)
      return value.value >= low && value.value <= high && !Number.isNaN(u) ? u : null
    }
  }
}

function lastIndexOf(values: readonly ConfigValue[], value: ConfigValue): number {
  const identity = identityOf(value)
  return values.findLastIndex((candidate) => identityOf(candidate) === identity)
}

/** The values that sampling can give, when they are finitely many, else null. Values of probability 0 do not count. */
export function sampledValues(distribution: Distribution): FiniteValues | null {
  switch (distribution.name) {
    case 'constant':
      return listedValues([distribution.value])
    case 'categorical':
      return listedValues(distribution.values)
    case 'categorical_w_probabilities':
      return listedValues(
        distribution.values.filter((_, index) => (distribution.probabilities[index] ?? 0) > 0),
      )
    case 'int_uniform':
      return steppedValues(
        distribution.min.value,
        1,
        distribution.max.value - distribution.min.value + 1,
        true,
      )
    default: {
      if (distribution.q === null) return null
      const { first, last } = multiplesInside(distribution, distribution.q)
      if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return null
      if (first > last) {
        const { low, high } = rangeOf(distribution)
        return listedValues([nearerBound(distribution, low), nearerBound(distribution, high)])
      }
      const start = decimalSum(0, distribution.q.value, first)
      return steppedValues(start, distribution.q.value, last - first + 1, distribution.q.isInteger)
    }
  }
}

/**
 * The values of a grid, in W&B's order; null for kinds that a grid does not take. q_uniform counts from its minimum,
 * and includes its maximum when it lies on that grid.
 */
export function gridValues(distribution: Distribution): FiniteValues | null {
  switch (distribution.name) {
    case 'constant':
    case 'categorical':
    case 'int_uniform':
      return sampledValues(distribution)
    case 'q_uniform': {
      const { min, max, q } = distribution
      if (q === null) return null
      const count = Math.floor((max.value - min.value) / q.value + 1e-9) + 1
      return steppedValues(min.value, q.value, count, min.isInteger && max.isInteger && q.isInteger)
    }
    default:
      return null
  }
}
