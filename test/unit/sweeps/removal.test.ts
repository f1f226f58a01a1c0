import { describe, expect, it } from 'vitest'
import { checkRunRemoval, checkSweepRemoval } from '../../../sweeps/removal.ts'
import { RUN_STATES } from '../../../sweeps/run.ts'
import { SWEEP_STATES } from '../../../sweeps/sweep.ts'

const sweep = (state: (typeof SWEEP_STATES)[number]) => ({ id: 'k3v9r2td', state })
const run = (state: (typeof RUN_STATES)[number], sweepId: string | null = 'k3v9r2td') => ({
  id: 'q8x2m4kd',
  state,
  sweepId,
})
const isTaken = (check: () => void) => {
  try {
    check()
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    return false
  }
}

describe('a sweep may be removed', () => {
  it('in its final states only', () => {
    const taken = SWEEP_STATES.filter((state) => isTaken(() => checkSweepRemoval(sweep(state), 0)))
    expect(taken.sort()).toEqual(['cancelled', 'failed', 'finished', 'stopped'])
  })

  it('not while a stopped one still works runs, and says how many', () => {
    expect(() => checkSweepRemoval(sweep('stopped'), 2)).toThrow(/2 runs of it are still worked/)
  })
})

describe('a run may be removed', () => {
  it('in its final states only', () => {
    const taken = RUN_STATES.filter((state) =>
      isTaken(() => checkRunRemoval(run(state), sweep('finished'), false)),
    )
    expect(taken.sort()).toEqual(['cancelled', 'failed', 'finished', 'lost', 'stopped'])
  })

  it('not while an attempt of it is open', () => {
    expect(isTaken(() => checkRunRemoval(run('lost'), sweep('finished'), true))).toBe(false)
  })

  it('not while its sweep would try its configuration again', () => {
    for (const state of ['running', 'paused', 'finishing'] as const) {
      expect(() => checkRunRemoval(run('failed'), sweep(state), false)).toThrow(
        /would try that configuration again/,
      )
    }
  })

  it('outside of a sweep also when it was never started', () => {
    expect(isTaken(() => checkRunRemoval(run('queued', null), null, false))).toBe(true)
    expect(isTaken(() => checkRunRemoval(run('running', null), null, false))).toBe(false)
  })
})
