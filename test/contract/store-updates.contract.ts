// Saving many records at once: all of them, exactly, or none.
import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../../sweeps/run.ts'
import { aRun, aSummary, anAttempt } from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

/** More than one statement holds, and no round number. */
const COUNT = 87

export function describeUpdates({ store }: OpenContract): void {
  describe('saving many at once', () => {
    it('replaces each run and attempt with its own record', async () => {
      const { sweep, runs } = await storedSweep(
        store(),
        Array.from({ length: COUNT }, () => ({})),
      )
      const attempts = runs.map((run) => anAttempt({ runId: run.id }))
      await store().write((tx) => tx.insertAttempts(attempts))
      const values = [NaN, Infinity, -Infinity, 1 / 3, null]
      const changedRuns = runs.map((run, i): RunRecord => {
        const value = values[i % values.length] ?? null
        return { ...run, state: 'running', value, bestStep: i, notes: `it's ${i}`, startedAt: 2 ** 45 + i }
      })
      const changedAttempts = attempts.map((attempt, i) => ({ ...attempt, reportSeq: i, pid: null }))

      await store().write(async (tx) => {
        await tx.saveRuns(changedRuns)
        await tx.saveAttempts(changedAttempts)
      })

      expect(await store().listRuns({ sweepId: sweep.id })).toEqual(changedRuns)
      expect(await store().listAttempts(runs.map(({ id }) => id))).toEqual(changedAttempts)
    })

    it('changes nothing when one of them is not there', async () => {
      const { sweep, runs } = await storedSweep(store(), [{}, {}, {}, {}, {}])
      const changed = [...runs, aRun({ sweepId: sweep.id })].map((run) => ({ ...run, notes: 'changed' }))

      await expect(store().write((tx) => tx.saveRuns(changed))).rejects.toMatchObject({ code: 'INTERNAL' })

      expect(await store().listRuns({ sweepId: sweep.id })).toEqual(runs)
    })

    it('keeps the last of two records of one run', async () => {
      const { sweep, runs } = await storedSweep(store(), [{}, {}, {}, {}])
      const first = runs.map((run) => ({ ...run, notes: 'first' }))
      const last = runs.map((run) => ({ ...run, notes: 'last' }))

      await store().write((tx) => tx.saveRuns([...first, ...last]))

      expect(await store().listRuns({ sweepId: sweep.id })).toEqual(last)
    })

    it('keeps the last of two summaries of one run and metric', async () => {
      const { runs } = await storedSweep(store(), [{}, {}])
      const [first, last] = [aSummary({ last: 1 }), aSummary({ last: 2 })]

      await store().write((tx) => tx.saveSummariesOf(new Map(runs.map(({ id }) => [id, [first, last]]))))

      const stored = await store().listSummaries(runs.map(({ id }) => id))
      expect([...stored.values()]).toEqual([[last], [last]])
    })
  })
}
