import { describe, expect, it } from 'vitest'
import {
  MAX_LOSSES,
  canRevive,
  endAttempt,
  isWaiting,
  reviveAttempt,
  transitionRun,
} from '../../../sweeps/run.ts'
import type { AttemptOutcome, RunRecord } from '../../../sweeps/run.ts'
import { anAttempt, aRun } from '../../support/records.ts'

const running = (overrides: Partial<RunRecord> = {}) =>
  aRun({ state: 'running', attemptCount: 1, openAttempt: 1, startedAt: 10, ...overrides })
const open = anAttempt({ attempt: 1, outcome: null, startedAt: 10 })
const end = (outcome: AttemptOutcome, run = running(), mayGoBack = true) =>
  endAttempt(run, open, { outcome, at: 20, exitCode: null }, { mayGoBack })

describe('the end of an attempt', () => {
  it.each(['finished', 'failed', 'stopped', 'cancelled'] as const)('ends its run as %s', (outcome) => {
    const { run, attempt } = end(outcome)
    expect(run).toMatchObject({ state: outcome, openAttempt: null, finishedAt: 20 })
    expect(attempt).toMatchObject({ outcome, endedAt: 20 })
  })

  it.each([
    ['preempted', 'preempted', 0],
    ['lost', 'queued', 1],
    ['recalled', 'queued', 0],
  ] as const)('sends the run back after %s', (outcome, state, lossCount) => {
    const { run } = end(outcome)
    expect(run).toMatchObject({ state, lossCount, finishedAt: null })
    expect(isWaiting(run)).toBe(true)
  })

  it('makes a run lost for good after twenty losses', () => {
    expect(end('lost', running({ lossCount: MAX_LOSSES - 2 })).run.state).toBe('queued')
    expect(end('lost', running({ lossCount: MAX_LOSSES - 1 })).run.state).toBe('lost')
  })

  it('ends a run that was to be cancelled or stopped instead of sending it back', () => {
    expect(end('lost', running({ wish: 'cancel', wishReason: 'by ann' })).run).toMatchObject({
      state: 'cancelled',
      stopReason: 'by ann',
    })
    expect(end('preempted', running({ wish: 'stop' })).run.state).toBe('stopped')
  })

  it('cancels a run that would go back to a sweep that a person ended', () => {
    expect(end('lost', running(), false).run.state).toBe('cancelled')
    expect(end('finished', running(), false).run.state).toBe('finished')
  })

  it('takes a finished end of a run whose start was never seen', () => {
    expect(end('finished', aRun({ state: 'queued', attemptCount: 1, openAttempt: 1 })).run.state).toBe(
      'finished',
    )
  })
})

describe('a lost attempt that speaks again', () => {
  it('is opened again while its run waits and no later attempt was offered', () => {
    const lost = end('lost')
    expect(canRevive(lost.run, lost.attempt)).toBe(true)
    const revived = reviveAttempt(lost.run, lost.attempt)
    expect(revived.run).toMatchObject({ state: 'running', openAttempt: 1, lossCount: 0 })
    expect(revived.attempt).toMatchObject({ outcome: null, endedAt: null })
  })

  it('stays superseded once the next attempt is offered', () => {
    const lost = end('lost')
    expect(canRevive({ ...lost.run, attemptCount: 2, openAttempt: 2 }, lost.attempt)).toBe(false)
  })

  it('stays ended when it was recalled', () => {
    const recalled = end('recalled')
    expect(canRevive(recalled.run, recalled.attempt)).toBe(false)
  })
})

describe('a run that has ended', () => {
  it.each(['finished', 'stopped', 'cancelled'] as const)('never leaves %s', (state) => {
    for (const to of ['queued', 'running', 'failed', 'lost'] as const) {
      expect(() => transitionRun(aRun({ state }), to)).toThrow(/cannot become/)
    }
  })
})
