// How many records there are in each state, over everything that is stored.
import { describe, expect, it } from 'vitest'
import { aSweep, anAgent } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

export function describeCounts({ store }: OpenContract): void {
  describe('counts by state', () => {
    it('are 0 for every state of an empty database', async () => {
      const { sweeps, runs, agents } = await store().countStates()

      expect(new Set(Object.values({ ...sweeps, ...runs, ...agents }))).toEqual(new Set([0]))
      expect(Object.keys(agents)).toEqual(['alive', 'draining', 'left', 'lost'])
    })

    it('take in every sweep, run and agent, whatever sweep a run belongs to', async () => {
      await storedSweep(store(), [{ state: 'finished' }, { state: 'finished' }, { state: 'queued' }])
      await storedSweep(store(), [{ state: 'finished' }, { state: 'lost' }])
      await store().write(async (tx) => {
        await tx.insertSweep(aSweep({ state: 'cancelled' }))
        await tx.saveAgent(anAgent({ state: 'lost' }))
        await tx.saveAgent(anAgent({ state: 'alive' }))
        await tx.saveAgent(anAgent({ state: 'alive' }))
      })

      const { sweeps, runs, agents } = await store().countStates()

      expect(sweeps).toMatchObject({ running: 2, cancelled: 1, finished: 0 })
      expect(runs).toMatchObject({ finished: 3, queued: 1, lost: 1, running: 0 })
      expect(agents).toEqual({ alive: 2, draining: 0, left: 0, lost: 1 })
    })
  })
}
