// Whether a job that has not started is surely still its agent's.
import { beforeEach, describe, expect, it } from 'vitest'
import { JobLeases } from '../../../agent/job-leases.ts'

const LEASE_MS = 1_000
const JOB = 'run00001-1'

let nowMs: number
let leases: JobLeases
beforeEach(() => {
  nowMs = 50_000
  leases = new JobLeases({
    incarnation: 7,
    leaseMs: LEASE_MS,
    clock: { now: () => 0, monotonicMs: () => nowMs },
  })
})

/** A beat that is written now and answered after so long. */
function beat(number: number, keys: readonly string[] = [], answerMs = 0): void {
  leases.sending(number, keys)
  nowMs += answerMs
  leases.arrived(number)
}
const take = (heardBeat: number, { incarnation = 7, lengthMs = LEASE_MS } = {}) =>
  leases.take(JOB, { incarnation, heardBeat, lengthMs })

describe('a job that came', () => {
  it('is sure for one lease from the sending of the beat that was heard before it', () => {
    beat(1, [], 300)
    expect(take(1)).toBe(true)
    nowMs += LEASE_MS - 300 - 1
    expect(leases.isSure(JOB)).toBe(true)
    nowMs += 1
    expect(leases.isSure(JOB)).toBe(false)
  })

  it('is unsure when that beat is older than a lease, though later ones arrived', () => {
    beat(1)
    for (let number = 2; number <= 12; number++) {
      nowMs += 100
      beat(number)
    }
    expect(take(1)).toBe(false)
  })

  it('is unsure when an earlier start of the agent was heard', () => {
    beat(1)
    expect(take(1, { incarnation: 6 })).toBe(false)
  })

  it('is believed when its leader does not tell its lease', () => {
    expect(leases.take(JOB, undefined)).toBe(true)
    nowMs += 100 * LEASE_MS
    expect(leases.isSure(JOB)).toBe(true)
  })
})

describe('a job that waits', () => {
  beforeEach(() => {
    beat(1)
    take(1)
  })

  it('stays sure while beats list it', () => {
    for (let number = 2; number <= 30; number++) {
      nowMs += 400
      beat(number, [JOB], 100)
    }
    expect(leases.isSure(JOB)).toBe(true)
  })

  it('is not renewed by a beat that does not list it', () => {
    nowMs += 900
    beat(2, ['run00002-1'])
    nowMs += 100
    expect(leases.isSure(JOB)).toBe(false)
  })

  it('is unsure for ever when the next beat stood in the stream too late', () => {
    nowMs += 500
    beat(2, [JOB], 500)
    beat(3, [JOB])
    expect(leases.isSure(JOB)).toBe(false)
  })

  it('is renewed from the first writing of a beat that was written twice, by what that one listed', () => {
    nowMs += 500
    leases.sending(2, [JOB])
    nowMs += 300
    beat(2, [JOB])
    nowMs += 699 // 999 after the first writing
    expect(leases.isSure(JOB)).toBe(true)
    nowMs += 1
    expect(leases.isSure(JOB)).toBe(false)
  })
})

it('lasts as long as its own job says', () => {
  beat(1)
  take(1, { lengthMs: LEASE_MS / 2 })
  nowMs += LEASE_MS / 2 - 1
  expect(leases.isSure(JOB)).toBe(true)
  nowMs += 1
  expect(leases.isSure(JOB)).toBe(false)
})
