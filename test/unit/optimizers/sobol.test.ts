import { describe, expect, it } from 'vitest'
import { createRng } from '../../../optimizers/rng.ts'
import { MAX_SOBOL_DIMENSIONS, scrambledSobol, sobolPoints } from '../../../optimizers/sobol.ts'
import { readOptimizerVectors } from './optimizer-vectors.ts'

const vectors = readOptimizerVectors<{
  points: Record<string, number[][]>
  d21_first1024_sum: number[]
  d21_first1024_sumsq: number[]
  d21_point_500: number[]
  d21_point_1023: number[]
}>('sobol.json')

describe("Sobol's sequence", () => {
  it('is scipy’s, digit for digit', () => {
    for (const [d, points] of Object.entries(vectors.points)) {
      expect([...sobolPoints(32, Number(d))], `${d} dimensions`).toEqual(points.flat())
    }
  })

  it('goes on so for 1024 points in 21 dimensions', () => {
    const points = sobolPoints(1024, 21)
    const row = (i: number) => [...points.slice(i * 21, (i + 1) * 21)]
    expect(row(500)).toEqual(vectors.d21_point_500)
    expect(row(1023)).toEqual(vectors.d21_point_1023)
    for (let j = 0; j < 21; j++) {
      const column = Array.from({ length: 1024 }, (_, i) => points[i * 21 + j]!)
      expect(column.reduce((sum, value) => sum + value, 0)).toBe(vectors.d21_first1024_sum[j])
      expect(column.reduce((sum, value) => sum + value * value, 0)).toBe(vectors.d21_first1024_sumsq[j])
    }
  })

  it('puts one of 64 points into each 64th of every one of its dimensions, scrambled or not', () => {
    const plain = sobolPoints(64, MAX_SOBOL_DIMENSIONS)
    const scrambled = scrambledSobol(64, MAX_SOBOL_DIMENSIONS, createRng(1, 'test'))
    for (const points of [plain, scrambled]) {
      for (let j = 0; j < MAX_SOBOL_DIMENSIONS; j++) {
        const cells = Array.from({ length: 64 }, (_, i) =>
          Math.floor(points[i * MAX_SOBOL_DIMENSIONS + j]! * 64),
        )
        expect(new Set(cells).size, `dimension ${j}`).toBe(64)
      }
    }
  })

  it('is scrambled by the stream alone, and the same for any number of points', () => {
    const points = (count: number, seed: number) => [...scrambledSobol(count, 3, createRng(seed, 'test'))]
    expect(points(100, 1).slice(0, 30)).toEqual(points(10, 1))
    expect(points(10, 2)).not.toEqual(points(10, 1))
  })

  it('has no more than its 64 dimensions; the others of a scrambled one are uniform', () => {
    expect(() => sobolPoints(1, 65)).toThrow(RangeError)
    const wide = scrambledSobol(16, 200, createRng(1, 'test'))
    expect(wide.every((u) => u >= 0 && u < 1)).toBe(true)
    expect(new Set(Array.from({ length: 16 }, (_, i) => wide[i * 200 + 199])).size).toBe(16)
  })
})
