// Early termination as the API shows it.
import type { StopCheckJson } from '../sweeps/run-schema.ts'
import type { StopsResponse } from '../sweeps/sweep-schema.ts'
import type { MetricValue } from '../sweeps/protocol.ts'
import type { StopBin } from '../sweeps/stop-picture.ts'
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
  const { bands, stopped, savedReports, savedHours, fullReports, rankedCount, rule, pictures, winner } =
    report
  const controls = report.controls.map(({ value, threshold, isAmongBest, ...control }) => ({
    ...control,
    value: value === null ? null : presentNumber(value),
    threshold: threshold === null ? null : presentNumber(threshold),
    amongBest: isAmongBest,
  }))
  return {
    sweep: { id: sweep.id, name: sweep.name },
    rule: { ...rule },
    bands: bands.map((band) => {
      const picture = pictures.find((one) => one.band === band.band)
      return {
        ...band,
        threshold: shown(picture?.threshold ?? null),
        bins: (picture?.bins ?? []).map(presentBin),
      }
    }),
    winner:
      winner === null
        ? null
        : {
            runId: winner.runId,
            checks: winner.checks.map((check) => ({
              ...check,
              value: shown(check.value),
              threshold: shown(check.threshold),
            })),
          },
    stopped,
    savedReports,
    savedHours,
    fullReports,
    controls,
    wasAmongBest: controls.some(({ amongBest }) => amongBest),
    ranked: rankedCount,
  }
}

function shown(value: number | null): MetricValue | null {
  return value === null ? null : presentNumber(value)
}

function presentBin({ from, to, kept, stopped, controls }: StopBin) {
  return { from, to, kept: [...kept], stopped: [...stopped], controls: [...controls] }
}
