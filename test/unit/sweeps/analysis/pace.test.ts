import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../optimizers/rng.ts'
import { estimateTimeLeft, measurePace } from '../../../../sweeps/analysis/pace.ts'
import type { TimedRun } from '../../../../sweeps/analysis/pace.ts'

const SECOND = 1_000

function run(startedAt: number, took: number, agent = 'a', state = 'finished'): TimedRun {
  return { state, startedAt, finishedAt: startedAt + took, agentIds: [agent] }
}

describe('the pace of a sweep', () => {
  it('pairs each start with the end before it on its agent', () => {
    const runs = [0, 12, 24, 36].flatMap((at) => [
      run(at * SECOND, 10 * SECOND, 'a'),
      run((at + 5) * SECOND, 9 * SECOND, 'b'),
    ])
    expect(measurePace(runs)).toMatchObject({ gapMs: 2.5 * SECOND, medianRunMs: 9.5 * SECOND })
  })

  it('has no rate below three finished runs, though others were stopped', () => {
    const runs = [run(0, 5), run(5, 5), run(10, 5, 'a', 'stopped')]
    expect(measurePace(runs).runsPerHour).toBeNull()
  })
})

describe('the time left', () => {
  const pace = measurePace([run(0, 100), run(0, 100, 'b'), run(0, 100, 'c')])

  it('is exact where every run takes as long', () => {
    const left = { waiting: 5, elapsed: [40], slots: 2 }
    // one slot is free in 60, the other now: 5 runs end at 100, 160, 200, 260, 300
    expect(estimateTimeLeft(pace, left, createRng(1))).toEqual({ lowMs: 300, medianMs: 300, highMs: 300 })
  })

  it('holds what comes in eight of ten cases, early stops included', () => {
    let inside = 0
    const sweeps = 200
    for (let sweep = 0; sweep < sweeps; sweep++) {
      const rng = createRng(sweep, 'durations')
      // every second run is stopped early
      const draw = () => (rng() < 0.5 ? 5 + 5 * rng() : 60 + 60 * rng())
      const seen = measurePace(Array.from({ length: 30 }, (_, index) => run(index, draw(), String(index))))
      const slots = [0, 0, 0, 0]
      for (let left = 0; left < 40; left++) {
        slots.sort((a, b) => a - b)
        slots[0] = (slots[0] ?? 0) + draw()
      }
      const end = Math.max(...slots)
      const told = estimateTimeLeft(seen, { waiting: 40, elapsed: [], slots: 4 }, createRng(sweep))
      if (told !== null && told.lowMs <= end && end <= told.highMs) inside += 1
    }
    expect(inside / sweeps).toBeGreaterThan(0.7)
    expect(inside / sweeps).toBeLessThan(0.92)
  })

  it('is the same for many runs as when each of them is played', () => {
    const rng = createRng(3, 'many')
    const seen = measurePace(
      Array.from({ length: 100 }, (_, index) => run(index, 50 + 100 * rng(), String(index))),
    )
    const few = estimateTimeLeft(seen, { waiting: 300, elapsed: [], slots: 8 }, createRng(1))
    const many = estimateTimeLeft(seen, { waiting: 301, elapsed: [], slots: 8 }, createRng(1))
    expect(many?.medianMs ?? 0).toBeCloseTo(few?.medianMs ?? 1, -3)
    expect((many?.highMs ?? 0) - (many?.lowMs ?? 0)).toBeGreaterThan(
      0.5 * ((few?.highMs ?? 0) - (few?.lowMs ?? 0)),
    )
  })
})
