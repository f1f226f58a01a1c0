// How much an agent takes on before it leaves by itself.
import { beforeEach, describe, expect, it } from 'vitest'
import { WorkLimits } from '../../../agent/work-limits.ts'
import type { WorkLimitOptions } from '../../../agent/work-limits.ts'

let nowMs: number
beforeEach(() => {
  nowMs = 1_000
})
const limits = (options: WorkLimitOptions) =>
  new WorkLimits(options, { now: () => 0, monotonicMs: () => nowMs })

describe('--count', () => {
  it('leaves room for what is left of it, and gives a place back for a run that never started', () => {
    const two = limits({ count: 2 })
    two.noteTaken()
    expect([two.room, two.hasTakenAll]).toEqual([1, false])
    two.noteTaken()
    expect([two.room, two.hasTakenAll]).toEqual([0, true])
    two.noteGivenBack()
    expect([two.room, two.hasTakenAll]).toEqual([1, false])
  })
})

describe('--max-time', () => {
  it('takes runs while the mean of those that finished fits into the time left', () => {
    const limited = limits({ maxTimeMs: 100_000 })
    expect(limited.room).toBe(Infinity)
    limited.noteEnded(30_000)
    limited.noteEnded(50_000)
    nowMs += 60_000
    expect([limited.room, limited.reached(1)]).toEqual([Infinity, null])
    nowMs += 1
    expect(limited.room).toBe(0)
    expect(limited.reached(1)).toMatchObject({ kind: 'leave' })
  })

  it('hands back what still runs when it is over', () => {
    const limited = limits({ maxTimeMs: 100_000 })
    nowMs += 99_999
    expect([limited.room, limited.reached(2)]).toEqual([Infinity, null])
    nowMs += 1
    expect(limited.reached(2)).toMatchObject({ kind: 'hand back' })
    expect(limited.reached(0)).toMatchObject({ kind: 'leave' })
  })
})

describe('--idle-exit', () => {
  it('counts from the last run, and not while one is held', () => {
    const limited = limits({ idleExitMs: 10_000 })
    nowMs += 9_999
    limited.noteIdle()
    nowMs += 9_999
    expect(limited.reached(0)).toBeNull()
    nowMs += 1
    expect([limited.reached(1), limited.reached(0)]).toMatchObject([null, { kind: 'leave' }])
  })
})

it('without limits there is room for ever', () => {
  const none = limits({})
  nowMs += 1e12
  expect([none.room, none.hasTakenAll, none.reached(0)]).toEqual([Infinity, false, null])
})
