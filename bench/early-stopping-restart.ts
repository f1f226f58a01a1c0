// What a new leader spends on early termination: reading the checks of a sweep's ended runs, and the histories of the
// open ones, from SQLite.
import { loadSweepStopping, ruleName } from '../controller/dispatch/sweep-stopping.ts'
import { stoppingSettings } from '../sweeps/stopping-settings.ts'
import type { RunId } from '../sweeps/sweep.ts'
import { aMetricChunk, aRun, aSummary, aSweep } from '../test/support/records.ts'
import { openTemporaryStore } from '../test/support/store.ts'

const OPEN_RUNS = 64
const REPORTS_OF_OPEN = 100
const BANDS = [3, 9, 27]
const METRIC = { name: 'loss', goal: 'minimize', summary: 'best', target: null } as const

/** Seconds until a sweep of so many ended runs, each with three checks, and of 64 open ones is ready to be judged. */
export async function measureRestart(endedCount: number): Promise<number> {
  const temporary = await openTemporaryStore()
  try {
    const { store } = temporary
    const sweep = aSweep({ metric: METRIC })
    const settings = stoppingSettings({ type: 'hyperband', min_iter: 3 })
    const makeRun = (index: number) => {
      const isOpen = index < OPEN_RUNS
      const state = isOpen ? 'running' : 'finished'
      return aRun({ sweepId: sweep.id, state, attemptCount: 1, openAttempt: isOpen ? 1 : null, value: index })
    }
    const runs = Array.from({ length: endedCount + OPEN_RUNS }, (_, index) => makeRun(index))
    const checksOf = (runId: RunId, value: number) =>
      BANDS.map((band) => ({
        ...{ runId, sweepId: sweep.id, rule: ruleName(settings), band, mark: value, value },
        ...{ threshold: null, rank: 1, of: 1, outcome: 'kept' as const, reason: '', at: 0 },
      }))
    await store.write(async (tx) => {
      await tx.insertSweep(sweep)
      await tx.insertRuns(runs)
      await tx.saveStopChecks(runs.slice(OPEN_RUNS).flatMap(({ id }, index) => checksOf(id, index)))
      const open = runs.slice(0, OPEN_RUNS).map(({ id }) => id)
      const chunkOf = (runId: RunId, seq: number) =>
        aMetricChunk({ runId, attempt: 1, seq, rows: [{ step: seq, at: 0, metrics: { loss: seq } }] })
      await tx.insertMetrics(
        open.flatMap((id) => Array.from({ length: REPORTS_OF_OPEN }, (_, seq) => chunkOf(id, seq + 1))),
      )
      const summary = aSummary({ key: METRIC.name, steps: REPORTS_OF_OPEN })
      await tx.saveSummariesOf(new Map(open.map((id) => [id, [summary]])))
    })
    const start = performance.now()
    const { stopping } = await loadSweepStopping(store, sweep, settings, METRIC)
    const seconds = (performance.now() - start) / 1000
    const reached = stopping.rules.thresholds()[0]?.reached
    if (reached !== runs.length) throw new Error(`${reached} of ${runs.length} runs were read`)
    return seconds
  } finally {
    await temporary.close()
  }
}
