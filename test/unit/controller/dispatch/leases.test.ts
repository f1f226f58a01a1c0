import { describe, expect, it } from 'vitest'
import { LeaseClock, leaseTimes } from '../../../../controller/dispatch/leases.ts'
import { LiveAgents } from '../../../../controller/dispatch/live-agents.ts'
import { isAfter } from '../../../../controller/dispatch/lease-keeper.ts'
import type { Beat } from '../../../../sweeps/protocol.ts'
import type { AgentId } from '../../../../sweeps/sweep.ts'

describe('the lease clock', () => {
  it('advances with the monotonic clock', () => {
    const clock = new LeaseClock(1_000)
    for (let at = 1_250; at <= 3_000; at += 250) clock.tick(at, true)
    expect(clock.nowMs).toBe(2_000)
  })

  it('takes no more than a second from anyone after the controller was frozen', () => {
    const clock = new LeaseClock(0)
    clock.tick(3_600_000, true)
    expect(clock.nowMs).toBe(1_000)
  })

  it('stands still while nothing can be heard, and does not catch up', () => {
    const clock = new LeaseClock(0)
    clock.tick(500, false)
    clock.tick(900, false)
    clock.tick(1_000, true)
    expect(clock.nowMs).toBe(100)
  })
})

describe('the numbers that follow from a lease', () => {
  it.each([
    [180_000, 30_000, 10_000],
    [10_000, 5_000, 2_000],
    [5_000, 2_500, 1_000],
  ])('lease %d ms: suspect after %d ms, a beat every %d ms', (leaseMs, suspectMs, beatIntervalMs) => {
    expect(leaseTimes(leaseMs)).toEqual({ leaseMs, suspectMs, beatIntervalMs })
  })
})

describe('beats', () => {
  const id = 'k3v9r2td' as AgentId
  const beat = (number: number): Beat => ({
    number,
    capacity: 1,
    freeSlots: 1,
    sweepIds: [],
    attempts: [],
    leaving: false,
  })

  it('ignores those that are older than the newest, of this and of an earlier incarnation', () => {
    const agents = new LiveAgents()
    expect(agents.hear(id, 'h', 2, beat(5), 0)).not.toBeNull()
    expect(agents.hear(id, 'h', 2, beat(5), 0)).toBeNull()
    expect(agents.hear(id, 'h', 2, beat(4), 0)).toBeNull()
    expect(agents.hear(id, 'h', 1, beat(9), 0)).toBeNull()
  })

  it('tells a new incarnation by its number, and by its first beat', () => {
    const agents = new LiveAgents()
    expect(agents.hear(id, 'h', 1, beat(3), 0)?.isNewIncarnation).toBe(false)
    expect(agents.hear(id, 'h', 2, beat(2), 0)?.isNewIncarnation).toBe(true)
    expect(agents.hear(id, 'h', 2, beat(3), 0)?.isNewIncarnation).toBe(false)
    expect(new LiveAgents().hear(id, 'h', 7, beat(1), 0)?.isNewIncarnation).toBe(true)
  })
})

describe('stream entry ids', () => {
  it('compare by time, then by number, as numbers', () => {
    expect(isAfter('9-0', '10-0')).toBe(false)
    expect(isAfter('10-10', '10-9')).toBe(true)
    expect(isAfter('10-9', '10-9')).toBe(false)
  })
})
