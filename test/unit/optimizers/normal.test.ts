import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  erfcx,
  logNormalCdf,
  normalCdf,
  normalDensity,
  normalQuantile,
  normalSurvival,
} from '../../../optimizers/normal.ts'
import { readOptimizerVectors, relativeError } from './optimizer-vectors.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/statistics/normal.json', import.meta.url), 'utf8'),
) as { cdf: { z: number; cdf: number }[]; ppf: { p: number; x: number }[] }

describe('the normal distribution', () => {
  it('agrees with scipy to 1e-13 for |z| <= 8 and 1e-12 in the tail', () => {
    for (const { z, cdf } of vectors.cdf.filter((row) => row.z > -37)) {
      expect(Math.abs(normalCdf(z) / cdf - 1), `z=${z}`).toBeLessThan(Math.abs(z) <= 8 ? 1e-13 : 1e-12)
    }
  })

  it('inverts to 1e-12, in the far tails too', () => {
    for (const { p, x } of vectors.ppf) {
      expect(Math.abs(normalQuantile(p) - x), `p=${p}`).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(x)))
    }
  })

  it('knows its edges', () => {
    expect(normalQuantile(0)).toBe(-Infinity)
    expect(normalQuantile(1)).toBe(Infinity)
    expect(normalQuantile(0.5)).toBe(0)
    expect(normalQuantile(-0.1)).toBeNaN()
    expect(normalCdf(0)).toBe(0.5)
    expect(normalCdf(50)).toBe(1)
  })

  const full = readOptimizerVectors<{
    cdf: { z: number; sf: number; pdf: number; log_cdf: number }[]
    isf: { q: number; x: number }[]
    erfcx: { x: number; erfcx: number }[]
  }>('normal.json')

  it('has its density, survival and logarithm from tail to tail', () => {
    for (const { z, sf, pdf, log_cdf } of full.cdf) {
      // Below 1e-307 doubles have fewer digits
      if (pdf > 1e-307) expect(relativeError(normalDensity(z), pdf), `z=${z}`).toBeLessThan(1e-13)
      if (sf > 1e-307) expect(relativeError(normalSurvival(z), sf), `z=${z}`).toBeLessThan(1e-12)
      expect(relativeError(logNormalCdf(z), log_cdf), `z=${z}`).toBeLessThan(1e-13)
    }
    for (const { q, x } of full.isf) {
      expect(Math.abs(-normalQuantile(q) - x)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(x)))
    }
  })

  it('keeps the logarithm of the distribution function far beyond its underflow', () => {
    const { rows } = readOptimizerVectors<{ rows: { z: number; log_cdf: number }[] }>('log_ei.json')
    for (const { z, log_cdf } of rows) {
      expect(relativeError(logNormalCdf(z), log_cdf), `z=${z}`).toBeLessThan(1e-12)
    }
  })

  it('has the scaled complementary error function of mpmath', () => {
    for (const { x, erfcx: wanted } of full.erfcx) {
      expect(relativeError(erfcx(x), wanted), `x=${x}`).toBeLessThan(1e-14)
    }
  })
})
