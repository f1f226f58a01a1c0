// The store's contract: what is erased takes everything of it along, nothing of others, and reports that come late
// find nobody.
import { beforeEach, describe, expect, it } from 'vitest'
import { applyReports } from '../../controller/dispatch/apply-reports.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import {
  SOME_TIME,
  aChange,
  aLogChunk,
  aMetricChunk,
  aRunId,
  aSummary,
  anAttempt,
} from '../support/records.ts'
import { storedSweep } from '../support/store.ts'
import type { OpenContract } from './store-harness.ts'

export function describeRemoval(contract: OpenContract): void {
  let store: SweepStore
  beforeEach(() => {
    store = contract.store()
  })

  /** Everything that can be kept of a run. */
  async function fill(runId: RunId): Promise<void> {
    await store.write(async (tx) => {
      await tx.insertAttempts([anAttempt({ runId, outcome: 'finished' })])
      await tx.insertMetrics([aMetricChunk({ runId })])
      await tx.saveSummaries(runId, [aSummary()])
      await tx.saveValues(runId, new Map([['note', '"text"']]))
      await tx.insertLogs([aLogChunk({ runId })])
    })
  }

  /** How much is kept of a run, by kind. */
  async function keptOf(runId: RunId): Promise<Record<string, number>> {
    return {
      runs: (await store.findRuns([runId])).length,
      attempts: (await store.listAttempts([runId])).length,
      metrics: (await store.readMetrics(runId)).length,
      summaries: (await store.listSummaries([runId])).size,
      values: (await store.listValues(runId)).size,
      logs: (await store.readLogs(runId)).length,
    }
  }

  const EVERYTHING = { runs: 1, attempts: 1, metrics: 1, summaries: 1, values: 1, logs: 1 }
  const NOTHING = { runs: 0, attempts: 0, metrics: 0, summaries: 0, values: 0, logs: 0 }

  describe('erasing', () => {
    it('a run takes everything of it along, and nothing of the others', async () => {
      const { sweep, runs } = await storedSweep(store, [{}, {}])
      const [gone, kept] = [runs[0]!.id, runs[1]!.id]
      await fill(gone)
      await fill(kept)

      await store.write((tx) => tx.deleteRuns([gone]))

      expect(await keptOf(gone)).toEqual(NOTHING)
      expect(await keptOf(kept)).toEqual(EVERYTHING)
      expect(await store.findSweep(sweep.id)).toEqual(sweep)
    })

    it('a sweep takes its runs and everything of them along; its changes stay, and other sweeps', async () => {
      const { sweep, runs } = await storedSweep(store, [{}, {}])
      const other = await storedSweep(store, [{}])
      for (const run of [...runs, ...other.runs]) await fill(run.id)
      await store.write(async (tx) => {
        await tx.insertSpecVersion(sweep.id, 1, 'method: grid', SOME_TIME)
        await tx.recordChanges([aChange({ sweepId: sweep.id })])
      })

      await store.write((tx) => tx.deleteSweep(sweep.id))

      expect(await store.findSweep(sweep.id)).toBeNull()
      for (const run of runs) expect(await keptOf(run.id)).toEqual(NOTHING)
      expect(await keptOf(other.runs[0]!.id)).toEqual(EVERYTHING)
      expect(await store.findSweep(other.sweep.id)).toEqual(other.sweep)
      expect(await store.readChanges(0, 10)).toMatchObject([{ sweepId: sweep.id }])
    })

    it('is undone with its unit', async () => {
      const { sweep, runs } = await storedSweep(store, [{}])
      await fill(runs[0]!.id)

      const failing = store.write(async (tx) => {
        await tx.deleteSweep(sweep.id)
        throw new Error('no')
      })

      await expect(failing).rejects.toThrow('no')
      expect(await keptOf(runs[0]!.id)).toEqual(EVERYTHING)
    })

    it('many runs in one call, unknown ids among them', async () => {
      const { sweep, runs } = await storedSweep(
        store,
        Array.from({ length: 600 }, () => ({})),
      )

      await store.write((tx) => tx.deleteRuns([aRunId(), ...runs.slice(1).map((run) => run.id)]))

      expect(await store.listRuns({ sweepId: sweep.id })).toEqual([runs[0]])
    })

    it('lets the configuration be stored again', async () => {
      const { runs } = await storedSweep(store, [{}])
      const run = runs[0]!
      const again = { ...run, id: aRunId() }
      expect(await store.write((tx) => tx.insertRuns([again]))).toEqual(new Set())

      await store.write((tx) => tx.deleteRuns([run.id]))

      expect(await store.write((tx) => tx.insertRuns([again]))).toEqual(new Set([again.id]))
    })

    it('leaves a report that comes late without anybody: it is answered "unknown" and changes nothing', async () => {
      const { runs } = await storedSweep(store, [{ state: 'running', attemptCount: 1, openAttempt: 1 }])
      const attempt = anAttempt({ runId: runs[0]!.id })
      await store.write((tx) => tx.insertAttempts([attempt]))
      await store.write((tx) => tx.deleteRuns([attempt.runId]))
      const body = { kind: 'log', stream: 'stdout', text: 'still here\n' } as const
      const report = { runId: attempt.runId, attempt: 1, token: attempt.token, seq: 1, at: SOME_TIME, body }

      const { answers } = await store.write((tx) =>
        applyReports(tx, [{ agentId: attempt.agentId, report }], SOME_TIME),
      )

      expect(answers).toMatchObject([{ verdict: 'unknown', runId: attempt.runId, attempt: 1 }])
      expect(await keptOf(attempt.runId)).toEqual(NOTHING)
    })
  })
}
