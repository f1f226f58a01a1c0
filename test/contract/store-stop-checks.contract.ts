// The store's contract: how runs stood where early termination compared them.
import { beforeEach, describe, expect, it } from 'vitest'
import type { StopCheck, SweepStore } from '../../sweeps/store.ts'
import type { RunId, SweepId } from '../../sweeps/sweep.ts'
import { SOME_TIME } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

export function describeStopChecks(contract: OpenContract): void {
  describe('checks of early termination', () => {
    let store: SweepStore
    let sweepId: SweepId
    let runIds: RunId[]
    beforeEach(async () => {
      store = contract.store()
      const { sweep, runs } = await storedSweep(store, [{}, {}])
      sweepId = sweep.id
      runIds = runs.map((run) => run.id).sort()
    })

    const check = (run: number, band: number, facts: Partial<StopCheck> = {}): StopCheck => ({
      runId: runIds[run] as RunId,
      sweepId,
      rule: 'hyperband/report',
      band,
      mark: 0.1 + 0.2,
      value: 1e-300,
      threshold: null,
      rank: 3,
      of: 7,
      outcome: 'kept',
      reason: 'report 3: 0.3',
      at: SOME_TIME,
      ...facts,
    })

    it('come back by sweep and by run, in order of run and band, unchanged', async () => {
      const checks = [
        check(0, 0, { mark: null, value: null, outcome: 'stopped' }),
        check(0, 3, { threshold: Infinity }),
        check(0, 4.5, { threshold: -0.25, outcome: 'control' }),
        check(1, 3, { value: -Infinity, outcome: 'unjudged' }),
      ]
      await store.write((tx) => tx.saveStopChecks([...checks].reverse()))

      expect(await store.listStopChecks({ sweepId })).toEqual(checks)
      expect(await store.listStopChecks({ runId: runIds[1] as RunId })).toEqual([checks[3]])
      expect(await (await contract.reopen()).listStopChecks({ sweepId })).toEqual(checks)
    })

    it('are replaced when the same run is judged again at a band', async () => {
      await store.write((tx) => tx.saveStopChecks([check(0, 3), check(1, 3)]))
      const stopped = check(0, 3, { outcome: 'stopped', threshold: 0.2 })
      await store.write((tx) => tx.saveStopChecks([stopped]))

      expect(await store.listStopChecks({ sweepId })).toEqual([stopped, check(1, 3)])
    })

    it('are forgotten by run, and erased with it', async () => {
      await store.write((tx) => tx.saveStopChecks([check(0, 3), check(0, 9), check(1, 3)]))
      await store.write((tx) => tx.clearStopChecks(runIds[0] as RunId))
      expect(await store.listStopChecks({ sweepId })).toEqual([check(1, 3)])

      await store.write((tx) => tx.deleteRuns([runIds[1] as RunId]))
      expect(await store.listStopChecks({ sweepId })).toEqual([])
    })
  })
}
