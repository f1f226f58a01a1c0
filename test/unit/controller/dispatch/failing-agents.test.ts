// Which agents look broken beside the others: streaks of fast failures and what breaks them.
import { beforeEach, describe, expect, it } from 'vitest'
import { FAST_FAILURE_MS, FailingAgents } from '../../../../controller/dispatch/failing-agents.ts'
import type { AgentId, SweepId } from '../../../../sweeps/sweep.ts'
import { aRunId, anAttempt } from '../../../support/records.ts'

const SWEEP = 'swp10000' as SweepId
const OTHER_SWEEP = 'swp20000' as SweepId
const BAD = 'bad00000' as AgentId
const GOOD = 'good0000' as AgentId

let failing: FailingAgents
beforeEach(() => {
  failing = new FailingAgents()
})

interface End {
  outcome?: 'finished' | 'failed' | 'stopped' | 'lost' | 'preempted' | 'cancelled'
  afterMs?: number | null
  line?: string
  host?: string
  sweepId?: SweepId
  nowMs?: number
}
function end(
  agentId: AgentId,
  { outcome = 'failed', afterMs = 1_000, line = 'boom', ...rest }: End = {},
): void {
  const attempt = anAttempt({
    runId: aRunId(),
    agentId,
    host: rest.host ?? agentId,
    outcome,
    startedAt: afterMs === null ? null : 5_000,
    endedAt: 5_000 + (afterMs ?? 0),
    stderrTail: `Traceback\n${line}\n`,
  })
  failing.note({ sweepId: rest.sweepId ?? SWEEP }, attempt, rest.nowMs ?? 0)
}
const times = (count: number, step: () => void) => Array.from({ length: count }, step)
const verdict = (agentId: AgentId, isWorkedByOthers = true) => failing.judge(agentId, () => isWorkedByOthers)

describe('an agent on which runs fail at once', () => {
  it('is quarantined at the third failure when another one is fine, with all of them', () => {
    end(GOOD, { outcome: 'finished' })
    times(2, () => end(BAD))
    expect(failing.suspects()).toEqual([])
    end(BAD, { afterMs: null })
    expect(failing.suspects()).toEqual([BAD])
    expect(verdict(BAD)).toMatchObject({ kind: 'quarantined', sweepId: SWEEP, streak: { length: 3 } })
  })

  it.each([
    ['an end that is no failure', { outcome: 'finished' }],
    ['early stopping', { outcome: 'stopped' }],
    ['a failure after a longer time', { afterMs: FAST_FAILURE_MS + 1 }],
  ] as const)('begins anew after %s', (_what, between) => {
    end(GOOD, { outcome: 'finished' })
    times(2, () => end(BAD))
    end(BAD, between)
    times(2, () => end(BAD))
    expect(failing.suspects()).toEqual([])
  })

  it('is not forgiven by what says nothing: a loss, a hand-back, a cancelled run', () => {
    end(GOOD, { outcome: 'stopped' })
    for (const outcome of ['lost', 'preempted', 'cancelled'] as const) {
      end(BAD)
      end(BAD, { outcome })
    }
    expect(verdict(BAD).kind).toBe('quarantined')
  })

  it('waits while others work and none has ended, until one ends well', () => {
    times(3, () => end(BAD))
    expect(verdict(BAD).kind).toBe('waiting')
    end(GOOD, { outcome: 'finished' })
    expect(verdict(BAD).kind).toBe('quarantined')
  })

  it('goes on when another one fails too, or when nobody else works the sweep', () => {
    times(3, () => end(BAD))
    expect(verdict(BAD, false).kind).toBe('unremarkable')
    end(GOOD, { afterMs: 60_000, line: 'another' })
    expect(verdict(BAD).kind).toBe('unremarkable')
  })

  it('is compared within its sweep only', () => {
    end(GOOD, { outcome: 'finished', sweepId: OTHER_SWEEP })
    times(3, () => end(BAD))
    expect(verdict(BAD, false).kind).toBe('unremarkable')
  })

  it('is no single machine when another one fails with the same last line', () => {
    times(3, () => end(BAD, { line: 'no such data' }))
    times(3, () => end(GOOD, { line: 'no such data' }))
    expect(verdict(GOOD)).toEqual({
      kind: 'common',
      sweepId: SWEEP,
      lastLine: 'no such data',
      agentIds: [GOOD, BAD],
    })
  })

  it.each([
    ['with another line', { line: 'other' }],
    ['on the same machine', { host: BAD }],
  ])('does not count another agent that fails %s', (_what, facts) => {
    times(3, () => end(BAD))
    times(3, () => end(GOOD, facts))
    expect(verdict(BAD).kind).toBe('unremarkable')
  })
})

describe('a quarantined agent', () => {
  it('comes back for what fails on it later, and for that alone', () => {
    end(GOOD, { outcome: 'finished' })
    times(3, () => end(BAD))
    failing.setQuarantined(BAD)
    expect(failing.suspects()).toEqual([])
    end(BAD)
    expect(failing.suspects()).toEqual([BAD])
    expect(verdict(BAD)).toMatchObject({ kind: 'quarantined', streak: { length: 1 } })
  })

  it('begins with nothing when it starts anew', () => {
    end(GOOD, { outcome: 'finished' })
    times(3, () => end(BAD))
    failing.setQuarantined(BAD)
    failing.forget(BAD)
    times(2, () => end(BAD))
    expect(failing.suspects()).toEqual([])
  })
})

describe('a sweep with failures that may still go back', () => {
  const isOpen = (holds: boolean, nowMs = 0) => failing.isVerdictOpen(SWEEP, nowMs, () => holds)

  it('waits while the agent holds other runs, and no longer than a minute', () => {
    end(BAD, { nowMs: 100 })
    expect([isOpen(true, 200), isOpen(false, 200), isOpen(true, 60_101)]).toEqual([true, false, false])
  })

  it('does not wait once they went back', () => {
    end(GOOD, { outcome: 'finished' })
    times(3, () => end(BAD))
    failing.setQuarantined(BAD)
    expect(isOpen(true)).toBe(false)
  })
})
