import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { betaCdf, betaQuantile, logGamma } from '../../../optimizers/beta.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/statistics/distributions.json', import.meta.url), 'utf8'),
) as { beta: { a: number; b: number; u: number[]; x: number[]; cdf_x: number[]; cdf: number[] }[] }

/**
 * To 1e-10, or as near as a double comes: for a = b = 0.1 the last double below 1 has the probability 0.987, so that the
 * file's own 1.0 for u = 0.99 is 0.01 off.
 */
function expectProbability(found: number, p: number, a: number, b: number): void {
  const step = 2 ** -53
  const isBracketed = betaCdf(found - step, a, b) <= p && p <= betaCdf(found + step, a, b)
  expect(Math.abs(betaCdf(found, a, b) - p) < 1e-10 || isBracketed, `u=${p}: ${found}`).toBe(true)
}

describe('the beta distribution', () => {
  for (const { a, b, u, x, cdf_x, cdf } of vectors.beta) {
    it(`agrees with scipy for a=${a}, b=${b}`, () => {
      for (const [index, p] of u.entries()) {
        const wanted = x[index] ?? NaN
        const found = betaQuantile(p, a, b)
        // The file's tolerance: below 1e-10 absolute, for shapes under 0.2 by the probability
        if (a < 0.2 || b < 0.2) expectProbability(found, p, a, b)
        else if (wanted < 1e-10) expect(Math.abs(found - wanted), `u=${p}`).toBeLessThanOrEqual(1e-12)
        else expect(Math.abs(found / wanted - 1), `u=${p}`).toBeLessThan(1e-9)
      }
      for (const [index, point] of cdf_x.entries()) {
        const wanted = cdf[index] ?? NaN
        expect(Math.abs(betaCdf(point, a, b) - wanted), `x=${point}`).toBeLessThanOrEqual(1e-10 * wanted)
      }
    })
  }

  it('is the identity for a = b = 1, and reaches its ends', () => {
    expect(betaQuantile(0.3, 1, 1)).toBe(0.3)
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1])
  })

  it('inverts far tails: I_x(2, 3) is nearly 6 x^2 for small x', () => {
    for (const p of [1e-20, 1e-100, 1e-300]) {
      expect(Math.abs(betaQuantile(p, 2, 3) / Math.sqrt(p / 6) - 1)).toBeLessThan(1e-10)
    }
  })

  it('knows the factorials', () => {
    expect(logGamma(5)).toBeCloseTo(Math.log(24), 13)
    expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 13)
  })
})
