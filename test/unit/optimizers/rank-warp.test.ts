import { describe, expect, it } from 'vitest'
import { halfRankWarp, logWarp } from '../../../optimizers/rank-warp.ts'
import { readOptimizerVectors } from './optimizer-vectors.ts'

interface WarpCase {
  name: string
  y_maximise: number[]
  half_rank: number[]
  log_warp: number[]
}

describe('the rank warp', () => {
  const { cases } = readOptimizerVectors<{ cases: WarpCase[] }>('warpers.json')

  for (const { name, y_maximise, half_rank, log_warp } of cases) {
    it(`agrees with Vizier's to 1e-10 of the scale: ${name}`, () => {
      // There larger is better
      const halved = halfRankWarp(Float64Array.from(y_maximise, (value) => -value))
      const warped = logWarp(halved)
      const scale = Math.max(...half_rank) - Math.min(...half_rank)
      for (const [i, wanted] of half_rank.entries()) {
        expect(Math.abs(-halved[i]! - wanted)).toBeLessThanOrEqual(1e-10 * scale)
        expect(Math.abs(-warped[i]! - log_warp[i]!)).toBeLessThanOrEqual(1e-10)
      }
    })
  }

  it('leaves values alone that have no bad half', () => {
    expect([...halfRankWarp(Float64Array.from([2, 2, 2]))]).toEqual([2, 2, 2])
    expect([...logWarp(Float64Array.from([2, 2, 2]))]).toEqual([0, 0, 0])
    // Most are equally good: the good half has no spread to go by
    expect([...halfRankWarp(Float64Array.from([1, 1, 1, 7]))]).toEqual([1, 1, 1, 7])
  })
})
