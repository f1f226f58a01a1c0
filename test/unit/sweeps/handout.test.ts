import { describe, expect, test } from 'vitest'
import { endOfGone, isStopDue, stateOfHandout } from '../../../sweeps/handout.ts'
import type { HandoutRecord } from '../../../sweeps/handout.ts'
import type { AgentId, RunId } from '../../../sweeps/sweep.ts'

const HANDED: HandoutRecord = {
  runId: 'runaaaaa' as RunId,
  attempt: 1,
  agentId: 'agentaaa' as AgentId,
  handedAt: 1_000_000,
  seenAt: null,
  stopAskedAt: null,
}
const SILENT = { isAlive: false, hasClient: false }
const at = (seconds: number) => HANDED.handedAt + seconds * 1_000

describe('a hand-out', () => {
  test('is awaited for a minute, then it was never started', () => {
    expect(stateOfHandout(HANDED, { ...SILENT, now: at(59.9) })).toBe('awaited')
    expect(stateOfHandout(HANDED, { ...SILENT, now: at(60) })).toBe('unstarted')
  })

  test('works while its agent names it, however late that is', () => {
    expect(stateOfHandout(HANDED, { isAlive: true, hasClient: false, now: at(3_600) })).toBe('works')
  })

  test('is gone when it was named before, or its client spoke, and its agent names it no more', () => {
    expect(stateOfHandout({ ...HANDED, seenAt: at(5) }, { ...SILENT, now: at(10) })).toBe('gone')
    expect(stateOfHandout(HANDED, { isAlive: false, hasClient: true, now: at(5) })).toBe('gone')
  })
})

test('a run that is gone without a word ends as was wished, goes back when it said so, and has failed else', () => {
  expect(endOfGone({ wish: 'cancel', isPreempting: true }).outcome).toBe('cancelled')
  expect(endOfGone({ wish: 'stop', isPreempting: false }).outcome).toBe('stopped')
  expect(endOfGone({ wish: null, isPreempting: true }).outcome).toBe('preempted')
  expect(endOfGone({ wish: null, isPreempting: false }).outcome).toBe('failed')
})

test('its agent ends the process 20 s after its client was told, and at once where there is no client', () => {
  expect(isStopDue(null, { hasClient: true }, 1e9)).toBe(false)
  expect(isStopDue(1_000, { hasClient: true }, 20_999)).toBe(false)
  expect(isStopDue(1_000, { hasClient: true }, 21_000)).toBe(true)
  expect(isStopDue(1_000, { hasClient: false }, 1_000)).toBe(true)
})
