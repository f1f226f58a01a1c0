// Learning curves of runs that ended, for methods that learn from runs that were stopped early: read from what is stored,
// so that a proposal can be made again from the same numbers whenever it is asked for.
import { progressAt } from '../../sweeps/early-stopping.ts'
import { RunCurve } from '../../sweeps/run-curve.ts'
import type { CurvePoint } from '../../sweeps/run-curve.ts'
import { countedRows } from '../../sweeps/run-history.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import { stoppingSettings } from '../../sweeps/stopping-settings.ts'
import type { StoppingResource } from '../../sweeps/stopping-settings.ts'
import type { SweepConfig } from '../../sweeps/config.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { MetricSpec, RunId } from '../../sweeps/sweep.ts'
import { TrainingTime, progressRow } from './run-progress.ts'
import type { CountedRow } from './run-progress.ts'

/** A method that learns, whose runs may be stopped, ranked by their best value: only then is a part of a curve a value. */
export function learnsFromCurves(config: SweepConfig): boolean {
  return config.method === 'bayes' && config.earlyTerminate !== null && config.metric?.summary === 'best'
}

/** Of runs that ended. Cost: all their stored rows are read. */
export async function readCurves(
  store: SweepStore,
  { earlyTerminate, metric }: SweepConfig,
  runs: readonly Pick<RunRecord, 'id'>[],
): Promise<Map<RunId, CurvePoint[]>> {
  const curves = new Map<RunId, CurvePoint[]>()
  if (earlyTerminate === null || metric === null) return curves
  const { resource } = stoppingSettings(earlyTerminate)
  const attempts = resource === 'time' ? await store.listAttempts(runs.map((run) => run.id)) : []
  for (const { id } of runs) {
    const startedAt = new Map(
      attempts.filter(({ runId }) => runId === id).map((one) => [one.attempt, one.startedAt]),
    )
    const rows = countedRows(await store.readMetrics(id))
    curves.set(
      id,
      curveOf(rows, metric, resource, (attempt) => startedAt.get(attempt) ?? null),
    )
  }
  return curves
}

function curveOf(
  rows: readonly CountedRow[],
  metric: MetricSpec,
  resource: StoppingResource,
  startedAtOf: (attempt: number) => number | null,
): CurvePoint[] {
  const time = new TrainingTime()
  const curve = new RunCurve(metric.goal)
  let [valueCount, progress] = [0, 0]
  for (const counted of rows) {
    const row = progressRow(counted, metric.name, time.at(counted, startedAtOf))
    if (row.value === null && resource === 'epoch') progress = Math.max(progress, row.epoch ?? 0)
    if (row.value === null || !Number.isFinite(row.value)) continue
    valueCount += 1
    progress = progressAt(row, resource, { valueCount, progress })
    curve.add(progress, row.value)
  }
  return curve.points
}
