import { afterEach, expect, it, vi } from 'vitest'
import { createLeaderElection } from '../../../../controller/dispatch/leader.ts'
import type { LeaderElection } from '../../../../controller/dispatch/leader.ts'
import { silentLogger } from '../../../../runtime/logger.ts'
import { LeadershipLostError } from '../../../../sweeps/errors.ts'
import type { Leadership, SweepStore } from '../../../../sweeps/store.ts'

/** The leader's row in memory; only these methods of a store are called. */
function aRow(initial: Leadership | null) {
  let row = initial
  const store = {
    readLeadership: async () => row,
    async takeLeadership(holder: string, expected: Leadership | null) {
      if (JSON.stringify(expected) !== JSON.stringify(row)) return null
      row = { epoch: (row?.epoch ?? 0) + 1, holder, beat: (row?.beat ?? 0) + 1 }
      return row
    },
    async renewLeadership(epoch: number) {
      if (row?.epoch !== epoch) throw new LeadershipLostError(epoch)
      row = { ...row, beat: row.beat + 1 }
      return row
    },
    async resignLeadership(epoch: number) {
      if (row?.epoch === epoch) row = { ...row, holder: '', beat: row.beat + 1 }
    },
  }
  return {
    store: store as unknown as SweepStore,
    read: () => row,
    write: (next: Leadership) => void (row = next),
  }
}

const elections: LeaderElection[] = []
afterEach(() => {
  for (const election of elections.splice(0)) election.stop()
  vi.useRealTimers()
})

function aStandby(store: SweepStore, beginReign: (epoch: number) => Promise<void> = async () => {}) {
  vi.useFakeTimers()
  const told: string[] = []
  let others = 0
  const election = createLeaderElection({
    store,
    // vitest's timers move Date; the monotonic clock of the election follows it here
    clock: { now: () => Date.now(), monotonicMs: () => Date.now() },
    log: silentLogger,
    holder: 'standby',
    isSoleController: false,
    async onElected(epoch) {
      await beginReign(epoch)
      told.push(`elected ${epoch}`)
    },
    onDeposed: () => void told.push('deposed'),
    onOtherLeads: async () => void (others += 1),
  })
  elections.push(election)
  return { election, told, otherLeadCount: () => others }
}

it('takes over when the row has not changed for 6 s, and not before', async () => {
  const row = aRow({ epoch: 4, holder: 'other', beat: 9 })
  const { election, told } = aStandby(row.store)
  await election.start()
  await vi.advanceTimersByTimeAsync(5_500)
  expect(told).toEqual([])
  await vi.advanceTimersByTimeAsync(1_500)
  expect(told).toEqual(['elected 5'])
})

it('stands by as long as the row changes, and knows that another leads once it has changed', async () => {
  const row = aRow({ epoch: 4, holder: 'other', beat: 9 })
  const { election, told, otherLeadCount } = aStandby(row.store)
  await election.start()
  expect(otherLeadCount()).toBe(0)
  for (let beat = 10; beat < 20; beat++) {
    row.write({ epoch: 4, holder: 'other', beat })
    await vi.advanceTimersByTimeAsync(2_000)
  }
  expect(told).toEqual([])
  expect(otherLeadCount()).toBeGreaterThan(9)
})

it('takes a lead that was laid down at its next look', async () => {
  const row = aRow({ epoch: 4, holder: '', beat: 9 })
  const { election, told } = aStandby(row.store)
  await election.start()
  expect(told).toEqual(['elected 5'])
})

it('lays its own lead down, and nobody else’s', async () => {
  const row = aRow(null)
  const { election, told } = aStandby(row.store)
  await election.start()
  row.write({ epoch: 7, holder: 'other', beat: 1 })
  await election.resign()
  expect(row.read()).toMatchObject({ epoch: 7, holder: 'other' })

  await vi.advanceTimersByTimeAsync(2_000)
  expect(told).toEqual(['elected 1', 'deposed'])
  row.write({ epoch: 7, holder: '', beat: 2 })
  await vi.advanceTimersByTimeAsync(1_000)
  election.stop()
  await election.resign()
  expect(row.read()).toMatchObject({ epoch: 8, holder: '' })
})

it('lays the lead down when its reign cannot begin, and tries again', async () => {
  const row = aRow(null)
  const outcomes = [() => Promise.reject(new Error('the database went away')), async () => {}]
  const { election, told } = aStandby(row.store, () => outcomes.shift()?.() ?? Promise.resolve())
  await election.start()
  expect(row.read()).toMatchObject({ epoch: 1, holder: '' })
  expect(election.epoch).toBeNull()

  await vi.advanceTimersByTimeAsync(1_000)
  expect(told).toEqual(['elected 2'])
})
