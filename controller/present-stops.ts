// Early termination as the API shows it.
import type { StopCheckJson, StopsResponse } from '../sweeps/api-schema.ts'
import type { StopReport } from '../sweeps/stop-report.ts'
import type { StopCheck } from '../sweeps/store.ts'
import type { SweepRecord } from '../sweeps/sweep.ts'
import { isoTime, presentNumber } from './present.ts'

export function presentStopCheck(check: StopCheck): StopCheckJson {
  const { band, value, threshold, rank, of, outcome, reason, at } = check
  return {
    band,
    value: value === null ? null : presentNumber(value),
    threshold: threshold === null ? null : presentNumber(threshold),
    rank,
    of,
    outcome,
    reason,
    at: isoTime(at),
  }
}

export function presentStopReport(
  sweep: SweepRecord,
  report: StopReport & { readonly rule: Readonly<Record<string, unknown>> },
): StopsResponse {
  const { bands, stopped, savedReports, savedHours, fullReports, rankedCount, rule } = report
  const controls = report.controls.map(({ value, threshold, isAmongBest, ...control }) => ({
    ...control,
    value: value === null ? null : presentNumber(value),
    threshold: threshold === null ? null : presentNumber(threshold),
    amongBest: isAmongBest,
  }))
  return {
    sweep: { id: sweep.id, name: sweep.name },
    rule: { ...rule },
    bands: bands.map((band) => ({ ...band })),
    stopped,
    savedReports,
    savedHours,
    fullReports,
    controls,
    wasAmongBest: controls.some(({ amongBest }) => amongBest),
    ranked: rankedCount,
  }
}
