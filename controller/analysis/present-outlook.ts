// The outlook of a sweep as the API shows it.
import type { OutlookResponse } from '../../sweeps/analysis-schema.ts'
import { CHANCE_RUNS } from '../../sweeps/analysis/chance.ts'
import type { Noise } from '../../sweeps/analysis/noise.ts'
import type { Outlook } from '../../sweeps/analysis/outlook.ts'
import type { SweepRecord } from '../../sweeps/sweep.ts'
import { isoTime, presentNumber } from '../present.ts'

/** What stands beside the outlook in its answer. */
export interface OutlookFrame {
  readonly sweep: SweepRecord
  readonly seq: number
  readonly now: number
  readonly agents: { readonly alive: number; readonly total: number }
  readonly slots: { readonly alive: number; readonly busy: number }
  readonly nameOf: (runId: string) => string
}

export function presentOutlook(outlook: Outlook, frame: OutlookFrame): OutlookResponse {
  const { best, noise, pace, chance } = outlook
  return {
    sweep: presentHead(frame.sweep),
    seq: frame.seq,
    at: isoTime(frame.now),
    runsLeft: outlook.runsLeft,
    runsInAll: outlook.runsInAll,
    runsPerHour: pace.runsPerHour,
    medianRunMs: pace.medianRunMs,
    eta: outlook.timeLeft === null ? null : { ...outlook.timeLeft },
    etaReason: outlook.timeLeftReason,
    agents: { ...frame.agents },
    slots: { ...frame.slots },
    hours: { ...outlook.hours },
    best:
      best === null
        ? null
        : {
            runId: best.runId,
            name: frame.nameOf(best.runId),
            value: presentNumber(best.value),
            at: isoTime(best.foundAt),
            runsSince: best.runsSince,
            isImproving: best.isImproving,
          },
    noise: noise === null ? null : { ...noise, equal: [...noise.equal], text: sayNoise(noise) },
    noiseReason: noise === null ? 'no configuration was run often enough: two repeats at the least' : null,
    chance: { ...chance, runs: CHANCE_RUNS, record: chance.record === null ? null : { ...chance.record } },
    next: outlook.next.map((step) => ({ ...step })),
  }
}

export function presentHead({ id, name, metric }: SweepRecord): OutlookResponse['sweep'] {
  return { id, name, metric: metric === null ? null : { ...metric } }
}

function sayNoise({ sd, equalCount }: Noise): string {
  const spread = `the noise of its repeats (sd ${Number(sd.toPrecision(2))})`
  return equalCount > 1
    ? `1–${equalCount} are within ${spread}: treat them as equal.`
    : `The best run is better than the others by more than ${spread}.`
}
