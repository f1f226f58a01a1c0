import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile } from '../../../optimizers/normal.ts'

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
})
