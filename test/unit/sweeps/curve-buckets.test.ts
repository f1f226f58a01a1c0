import { describe, expect, it } from 'vitest'
import { CurveBuckets } from '../../../sweeps/curve-buckets.ts'

function filled(values: readonly number[], limit: number): CurveBuckets {
  const curve = new CurveBuckets(limit)
  for (const [step, value] of values.entries()) curve.take(step, 1000 + step, value)
  return curve
}

describe('CurveBuckets', () => {
  it('keeps a short curve as it is', () => {
    const curve = filled([3, 1, 2], 4)
    expect(curve.isWhole).toBe(true)
    expect(curve.buckets.map(({ step, sum }) => [step, sum])).toEqual([
      [0, 3],
      [1, 1],
      [2, 2],
    ])
  })

  it.each([1, 7, 8, 15, 16, 17, 100, 1000, 99_999])(
    'holds between limit and 2 * limit buckets of %i points and loses none',
    (count) => {
      const curve = filled(
        Array.from({ length: count }, (_, index) => index),
        8,
      )
      const { buckets } = curve
      expect(buckets.length).toBeLessThan(16)
      expect(buckets.length).toBeGreaterThanOrEqual(Math.min(count, 8))
      expect(buckets.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(count)
      expect(buckets.reduce((sum, bucket) => sum + bucket.sum, 0)).toBe((count * (count - 1)) / 2)
      expect(buckets.at(-1)?.step).toBe(count - 1)
      const steps = buckets.map(({ step }) => step)
      expect(steps).toEqual([...steps].sort((a, b) => a - b))
    },
  )

  it('keeps a spike of one step', () => {
    const curve = filled(
      Array.from({ length: 10_000 }, (_, index) => (index === 6_789 ? 1e6 : 1)),
      10,
    )
    expect(Math.max(...curve.buckets.map(({ max }) => max ?? 0))).toBe(1e6)
  })

  it('counts what is not finite, and lets it spoil no mean', () => {
    const curve = filled([NaN, 1, Infinity, 3, -Infinity, NaN, 5, 7], 2)
    const { buckets } = curve
    expect(buckets.reduce((sum, { nonFinite }) => sum + nonFinite, 0)).toBe(4)
    expect(buckets.reduce((sum, bucket) => sum + bucket.sum, 0)).toBe(16)
    expect(buckets.every(({ min, max }) => min === null || (Number.isFinite(min) && max !== null))).toBe(true)
  })
})
