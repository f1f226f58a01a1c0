// Early termination as a picture: at each band how the values of the runs lie, which were ended, and where the line was;
// and how the run that is best now stood there. Pure.
import type { StopCheck } from './store.ts'
import type { MetricSpec, RunId } from './sweep.ts'

export interface StopBin {
  readonly from: number
  readonly to: number
  readonly kept: readonly RunId[]
  readonly stopped: readonly RunId[]
  /** Condemned, and kept to see whether that was right. */
  readonly controls: readonly RunId[]
}

export interface BandPicture {
  readonly band: number
  /** Of the newest check, in the metric's own sign; null: nothing was compared yet. */
  readonly threshold: number | null
  /** Ascending; values far out are in the first and the last one. Empty: no value is finite. */
  readonly bins: readonly StopBin[]
}

/** How the best run stood at a band. */
export interface WinnerCheck {
  readonly band: number
  readonly value: number | null
  readonly threshold: number | null
  readonly rank: number
  readonly of: number
  /** It was condemned and lived on as a control, or would be by the line of today. */
  readonly isCut: boolean
}

const BINS = 24
/** Of the values outside: they are put into the first and the last bin. */
const OUTSIDE = 0.02

/** One for each band that has checks, ascending. */
export function pictureStops(checks: readonly StopCheck[]): BandPicture[] {
  const byBand = new Map<number, StopCheck[]>()
  for (const check of checks) {
    const own = byBand.get(check.band)
    if (own === undefined) byBand.set(check.band, [check])
    else own.push(check)
  }
  return [...byBand]
    .sort(([a], [b]) => a - b)
    .map(([band, own]) => ({ band, threshold: newestThreshold(own), bins: binChecks(own) }))
}

function newestThreshold(checks: readonly StopCheck[]): number | null {
  let newest: StopCheck | null = null
  for (const check of checks)
    if (check.threshold !== null && (newest === null || check.at >= newest.at)) newest = check
  return newest?.threshold ?? null
}

function binChecks(checks: readonly StopCheck[]): StopBin[] {
  const finite = checks.flatMap((check) => {
    const value = check.value ?? check.mark
    return value === null || !Number.isFinite(value) ? [] : [{ check, value }]
  })
  const sorted = finite.map(({ value }) => value).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]
  const [low, high] = [at(OUTSIDE), at(1 - OUTSIDE)]
  if (low === undefined || high === undefined) return []
  const count = high > low ? BINS : 1
  const width = high > low ? (high - low) / count : 0
  const bins = Array.from({ length: count }, (_, index) => ({
    from: low + index * width,
    to: low + (index + 1) * width,
    kept: new Array<RunId>(),
    stopped: new Array<RunId>(),
    controls: new Array<RunId>(),
  }))
  for (const { check, value } of finite) {
    const index = width === 0 ? 0 : Math.min(Math.max(Math.floor((value - low) / width), 0), count - 1)
    const bin = bins[index]
    const list =
      check.outcome === 'stopped' ? bin?.stopped : check.outcome === 'control' ? bin?.controls : bin?.kept
    list?.push(check.runId)
  }
  return bins
}

/** @param pictures of the same checks */
export function judgeWinner(
  winner: RunId | null,
  checks: readonly StopCheck[],
  pictures: readonly BandPicture[],
  { goal }: MetricSpec,
): WinnerCheck[] {
  return checks
    .filter(({ runId, band }) => runId === winner && band > 0)
    .sort((a, b) => a.band - b.band)
    .map(({ band, value, mark, threshold, rank, of, outcome }) => {
      const line = pictures.find((picture) => picture.band === band)?.threshold ?? threshold
      const own = value ?? mark
      const isWorse = own !== null && line !== null && (goal === 'minimize' ? own > line : own < line)
      return { band, value: own, threshold: line, rank, of, isCut: outcome === 'control' || isWorse }
    })
}
