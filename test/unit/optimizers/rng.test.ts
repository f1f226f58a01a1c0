import { describe, expect, it } from 'vitest'
import { createRng, createRngFamily } from '../../../optimizers/rng.ts'

describe('createRng', () => {
  it('gives the same numbers for the same name, and others for another', () => {
    const draw = (...path: (string | number)[]) => {
      const rng = createRng(7, ...path)
      return [rng(), rng(), rng()]
    }
    expect(draw('a', 1)).toEqual(draw('a', 1))
    expect(draw('a', 1)).not.toEqual(draw('a', 2))
  })

  it('splits without taking from the parent', () => {
    const parent = createRng(7)
    const untouched = createRng(7)
    parent.split('child')()
    expect(parent()).toBe(untouched())
    expect(createRng(7).split('child')()).toBe(createRng(7, 'child')())
  })

  it('is uniform across streams of successive indexes, and neighbours are unrelated', () => {
    expectUnrelated((index) => createRng(0, 'random', index)())
  })

  it('keeps integers inside their range', () => {
    const rng = createRng(1)
    const seen = new Set(Array.from({ length: 200 }, () => rng.integer(5)))
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4])
  })
})

describe('createRngFamily', () => {
  it('gives the same stream for the same name and number, and others for others', () => {
    const first = (seed: number, path: string, index: number) => createRngFamily(seed, path)(index)()
    expect(first(1, 'a', 5)).toBe(first(1, 'a', 5))
    expect(new Set([first(1, 'a', 5), first(1, 'a', 6), first(1, 'b', 5), first(2, 'a', 5)]).size).toBe(4)
  })

  it.each([0, 1, 19])('is uniform across streams at draw %i, and neighbours are unrelated', (skipped) => {
    const family = createRngFamily(0, 'random')
    expectUnrelated((index) => {
      const rng = family(index)
      for (let draw = 0; draw < skipped; draw++) rng()
      return rng()
    })
  })
})

/** Kolmogorov-Smirnov and the covariance of neighbours, each at 1 % or less. */
function expectUnrelated(drawOf: (index: number) => number): void {
  const count = 5000
  const draws = Array.from({ length: count }, (_, index) => drawOf(index))
  const sorted = [...draws].sort((a, b) => a - b)
  const distance = Math.max(...sorted.map((u, index) => Math.abs(u - (index + 0.5) / count)))
  expect(distance * Math.sqrt(count)).toBeLessThan(1.63)
  const covariance = draws
    .slice(1)
    .reduce((sum, u, index) => sum + (u - 0.5) * ((draws[index] ?? 0) - 0.5), 0)
  expect(Math.abs((covariance / count) * 12 * Math.sqrt(count))).toBeLessThan(3.3)
}
