// What early termination did: the report of a sweep, the checks of a run, and what the first finished run tells about
// the sweep's file. Reads only.
import { parseSweepFile } from '../sweeps/config.ts'
import { SweepError } from '../sweeps/errors.ts'
import { reportStops } from '../sweeps/stop-report.ts'
import type { StopReport } from '../sweeps/stop-report.ts'
import { noticesOf } from '../sweeps/sweep-notices.ts'
import type { SweepNotice } from '../sweeps/sweep-notices.ts'
import type { StopCheck, SweepStore } from '../sweeps/store.ts'
import type { RunId, SweepRecord } from '../sweeps/sweep.ts'

export interface StopService {
  /** @throws SweepError ILLEGAL_TRANSITION when the sweep has no early termination */
  reportStops(sweep: SweepRecord): Promise<StopReport & { readonly rule: Readonly<Record<string, unknown>> }>
  checksOf(runId: RunId): Promise<StopCheck[]>
  noticesOf(sweep: SweepRecord): Promise<SweepNotice[]>
}

export function createStopService({ store }: { readonly store: SweepStore }): StopService {
  return {
    async reportStops(sweep) {
      const { metric } = sweep
      const rule = parseSweepFile(sweep.configText).config.earlyTerminate
      if (rule === null || metric === null) {
        throw new SweepError('ILLEGAL_TRANSITION', `sweep ${sweep.id} has no early termination`, {
          hint: 'Add early_terminate: {type: hyperband, min_iter: 3} to the file of the next sweep.',
        })
      }
      const checks = await store.listStopChecks({ sweepId: sweep.id })
      const runs = await store.listRuns({ sweepId: sweep.id })
      const summaries = await store.listSummaries(runs.map(({ id }) => id))
      const reported = runs.map((run) => ({
        ...run,
        reportCount: summaries.get(run.id)?.find(({ key }) => key === metric.name)?.steps ?? 0,
      }))
      return { ...reportStops(checks, reported, metric), rule }
    },

    checksOf: (runId) => store.listStopChecks({ runId }),

    async noticesOf(sweep) {
      if (sweep.metric === null) return []
      const [run] = await store.listRuns({
        sweepId: sweep.id,
        states: ['finished'],
        sort: 'finished',
        limit: 1,
      })
      if (run === undefined) return []
      const { earlyTerminate } = parseSweepFile(sweep.configText).config
      const told = {
        id: run.id,
        summaries: (await store.listSummaries([run.id])).get(run.id) ?? [],
        valueKeys: [...(await store.listValues(run.id)).keys()],
        trainingSeconds: ((run.finishedAt ?? 0) - (run.startedAt ?? 0)) / 1000,
      }
      return noticesOf(told, sweep.metric, earlyTerminate)
    },
  }
}
