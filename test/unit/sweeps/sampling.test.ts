// Sampling u uniformly reproduces each distribution: Kolmogorov-Smirnov against distribution functions that are
// written here, or tabulated by scipy, not the product's own.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../optimizers/rng.ts'
import type { ConfigNumber } from '../../../sweeps/config-text.ts'
import { parseSweepFile } from '../../../sweeps/config.ts'
import { searchSpaceOf } from '../../../sweeps/suggest.ts'

const COUNT = 20_000
/** P(sqrt(n) D > 1.95) = 0.1 % (Kolmogorov's limit law). Seeds are fixed: a test passes always or never. */
const LIMIT = 1.95 / Math.sqrt(COUNT)

function sample(shape: string, seed = 1): number[] {
  const space = searchSpaceOf(
    parseSweepFile(`{method: random, program: t, parameters: {p: ${shape}}}`).config,
  )
  const rng = createRng(seed, 'sampling')
  return Array.from({ length: COUNT }, () => (space.configAt([rng()]).get('p') as ConfigNumber).value) // all are numbers
    .sort((a, b) => a - b)
}

/** Largest distance of the empirical distribution function from `cdf`, which may have steps. */
function distance(sorted: readonly number[], cdf: (x: number) => number): number {
  let largest = 0
  let at = 0
  while (at < sorted.length) {
    const x = sorted[at] ?? 0
    let end = at
    while (end < sorted.length && sorted[end] === x) end += 1
    largest = Math.max(largest, Math.abs(end / sorted.length - cdf(x)))
    at = end
  }
  return largest
}

const clip = (p: number) => Math.min(Math.max(p, 0), 1)
const step = (q: number) => (x: number) => Math.round(x / q) * q // half-way cases have probability 0 below

/** Continuous cdf F of x, quantised: P(Q <= k q) = F((k + 1/2) q). */
const quantised = (cdf: (x: number) => number, q: number) => (x: number) => cdf(step(q)(x) + q / 2)

const uniform = (min: number, max: number) => (x: number) => clip((x - min) / (max - min))
const logUniform = (min: number, max: number) => (x: number) =>
  x <= 0 ? 0 : clip((Math.log(x) - Math.log(min)) / (Math.log(max) - Math.log(min)))

describe('uniform u reproduces', () => {
  it.each<[string, (x: number) => number]>([
    ['{min: -3.0, max: 5.0}', uniform(-3, 5)],
    ['{min: 1, max: 6}', (x) => clip(Math.floor(x) / 6)],
    ['{values: [1, 2, 4, 8]}', (x) => ({ 1: 0.25, 2: 0.5, 4: 0.75, 8: 1 })[x] ?? NaN],
    ['{values: [1, 2, 3], probabilities: [0.5, 0.2, 0.3]}', (x) => ({ 1: 0.5, 2: 0.7, 3: 1 })[x] ?? NaN],
    ['{distribution: log_uniform_values, min: 1e-5, max: 0.1}', logUniform(1e-5, 0.1)],
    ['{distribution: inv_log_uniform_values, min: 1e-5, max: 0.1}', logUniform(1e-5, 0.1)],
    ['{distribution: log_uniform, min: -7, max: 3}', logUniform(Math.exp(-7), Math.exp(3))],
    ['{distribution: inv_log_uniform, min: -2, max: 3}', logUniform(Math.exp(-3), Math.exp(2))],
    ['{distribution: q_uniform, min: 0.0, max: 10.0, q: 2.5}', (x) => quantised(uniform(0, 10), 2.5)(x)],
    [
      '{distribution: q_log_uniform_values, min: 8, max: 128, q: 8}',
      (x) => quantised(logUniform(8, 128), 8)(x),
    ],
    ['{distribution: beta, a: 1, b: 3}', (x) => 1 - (1 - x) ** 3],
    ['{distribution: beta, a: 2, b: 1}', (x) => x ** 2],
    ['{distribution: q_beta, a: 1, b: 1, q: 0.25}', (x) => clip(quantised(uniform(0, 1), 0.25)(x))],
  ])('%s', (shape, cdf) => {
    expect(distance(sample(shape), cdf)).toBeLessThan(LIMIT)
  })

  it('and is told apart from a distribution that is a little different', () => {
    expect(distance(sample('{min: 0.0, max: 1.0}'), uniform(0, 1.05))).toBeGreaterThan(LIMIT)
  })
})

interface Tabulated {
  readonly mu: number
  readonly sigma: number
  readonly u: readonly number[]
  readonly x: readonly number[]
}

describe("the share of samples below scipy's quantiles is their probability", () => {
  const path = new URL('../../vectors/statistics/distributions.json', import.meta.url)
  // written by scipy; see test/vectors/README.md
  const tables = JSON.parse(readFileSync(path, 'utf8')) as { normal: Tabulated[]; lognormal: Tabulated[] }
  const cases = [
    ...tables.normal.map((table) => ['normal', table] as const),
    ...tables.lognormal.map((table) => ['log_normal', table] as const),
  ]
  it.each(cases)('%s %j', (name, { mu, sigma, u, x }) => {
    const sorted = sample(`{distribution: ${name}, mu: ${mu}, sigma: ${sigma}}`)
    for (const [index, probability] of u.entries()) {
      const below = sorted.filter((value) => value <= (x[index] ?? 0)).length / COUNT
      expect(Math.abs(below - probability)).toBeLessThan(LIMIT)
    }
  })
})
