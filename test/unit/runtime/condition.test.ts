import { describe, expect, it } from 'vitest'
import { Condition } from '../../../runtime/condition.ts'

function startClock() {
  let ms = 1_000
  return { now: () => ms, monotonicMs: () => ms, pass: (passedMs: number) => void (ms += passedMs) }
}

describe('a condition', () => {
  it('works from the start, and says since when', () => {
    const clock = startClock()
    const condition = new Condition({ clock })
    clock.pass(5)
    expect(condition.state).toEqual({ problem: null, since: 1_000 })
  })

  it('keeps the beginning of a failure while its reason changes', () => {
    const clock = startClock()
    const condition = new Condition({ clock })
    clock.pass(1_000)
    condition.fails('refused')
    clock.pass(1_000)
    condition.fails('timed out')
    expect(condition.state).toEqual({ problem: 'timed out', since: 2_000 })
    condition.works()
    expect(condition.state).toEqual({ problem: null, since: 3_000 })
  })

  it('does not show a failure that is over within its patience', () => {
    const clock = startClock()
    const condition = new Condition({ clock, patienceMs: 500 })
    condition.fails('refused')
    clock.pass(499)
    expect(condition.state.problem).toBeNull()
    condition.works()
    expect(condition.state).toEqual({ problem: null, since: 1_000 })
    condition.fails('refused')
    clock.pass(500)
    expect(condition.state).toEqual({ problem: 'refused', since: 1_499 })
  })
})
