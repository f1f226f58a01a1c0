// What early termination did to a sweep, band by band: how many runs came, how many it ended, what that saved, and
// whether it can be trusted. Pure; it reads checks and runs, and decides nothing.
import { rankRuns } from './ranking.ts'
import type { RankableRun } from './ranking.ts'
import { judgeWinner, pictureStops } from './stop-picture.ts'
import type { BandPicture, WinnerCheck } from './stop-picture.ts'
import type { StopCheck } from './store.ts'
import type { MetricSpec, RunId } from './sweep.ts'

/** A run as far as the report needs it. */
export interface ReportedRun extends RankableRun {
  /** Reports of the metric. */
  readonly reportCount: number
  readonly startedAt: number | null
}

export interface BandReport {
  /** 0: runs that reported only NaN. */
  readonly band: number
  readonly reached: number
  readonly stopped: number
  readonly controls: number
  /** Reports that the stopped runs did not come to make, against the median finished run; null: none has finished. */
  readonly savedReports: number | null
  /** The same in hours, each run at its own pace. */
  readonly savedHours: number | null
  /** Spearman's, between the value at the band and the final one, over finished runs; null: fewer than 3. */
  readonly rankCorrelation: number | null
  readonly finishedCount: number
}

export interface ControlReport {
  readonly runId: RunId
  /** Where it would have been ended first. */
  readonly band: number
  readonly value: number | null
  readonly threshold: number | null
  /** Its place in the ranking; null: not ranked yet. */
  readonly rank: number | null
  /** Among the best tenth. */
  readonly isAmongBest: boolean
}

export interface StopReport {
  readonly bands: readonly BandReport[]
  readonly stopped: number
  readonly savedReports: number | null
  readonly savedHours: number | null
  /** Reports of the metric in the median finished run. */
  readonly fullReports: number | null
  readonly controls: readonly ControlReport[]
  readonly rankedCount: number
  /** Beside `bands`, band by band. */
  readonly pictures: readonly BandPicture[]
  /** The best run, and how it stood at each band; null: none is ranked. */
  readonly winner: { readonly runId: RunId; readonly checks: readonly WinnerCheck[] } | null
}

const BEST_SHARE = 0.1
const MS_PER_HOUR = 3_600_000

export function reportStops(
  checks: readonly StopCheck[],
  runs: readonly ReportedRun[],
  metric: MetricSpec,
): StopReport {
  const byId = new Map(runs.map((run) => [run.id, run]))
  const fullReports = median(runs.filter(({ state }) => state === 'finished').map((run) => run.reportCount))
  const { ranked } = rankRuns(runs, metric)
  const ranks = new Map(ranked.map((run, index) => [run.id, index + 1]))
  const byBand = new Map<number, StopCheck[]>()
  for (const check of checks) {
    if (byId.has(check.runId)) byBand.set(check.band, [...(byBand.get(check.band) ?? []), check])
  }
  const bands = [...byBand]
    .sort(([a], [b]) => a - b)
    .map(([band, some]) => reportBand(band, some, byId, fullReports))
  const known = checks.filter(({ runId }) => byId.has(runId))
  const pictures = pictureStops(known)
  const [best] = ranked
  return {
    pictures,
    winner:
      best === undefined ? null : { runId: best.id, checks: judgeWinner(best.id, known, pictures, metric) },
    bands,
    stopped: bands.reduce((sum, { stopped }) => sum + stopped, 0),
    savedReports: sumOrNull(bands.map(({ savedReports }) => savedReports)),
    savedHours: sumOrNull(bands.map(({ savedHours }) => savedHours)),
    fullReports,
    controls: reportControls(checks, ranks),
    rankedCount: ranked.length,
  }
}

function reportBand(
  band: number,
  checks: readonly StopCheck[],
  runs: ReadonlyMap<RunId, ReportedRun>,
  fullReports: number | null,
): BandReport {
  const stopped = checks.flatMap(({ outcome, runId }) => {
    const run = runs.get(runId)
    // One that ended by itself before the stop reached it saved nothing
    return outcome === 'stopped' && run?.state === 'stopped' ? [run] : []
  })
  const pairs = checks.flatMap(({ mark, runId }) => {
    const run = runs.get(runId)
    const isWhole = run?.state === 'finished' && run.value !== null && Number.isFinite(run.value)
    return isWhole && mark !== null ? [{ mark, final: run.value ?? NaN }] : []
  })
  const saved = stopped.map((run) => savings(run, fullReports))
  return {
    band,
    reached: checks.length,
    stopped: stopped.length,
    controls: checks.filter(({ outcome }) => outcome === 'control').length,
    savedReports: fullReports === null ? null : saved.reduce((sum, { reports }) => sum + reports, 0),
    savedHours: fullReports === null ? null : saved.reduce((sum, { hours }) => sum + hours, 0),
    rankCorrelation: rankCorrelation(
      pairs.map(({ mark }) => mark),
      pairs.map(({ final }) => final),
    ),
    finishedCount: pairs.length,
  }
}

function savings(run: ReportedRun, fullReports: number | null): { reports: number; hours: number } {
  const reports = Math.max(0, (fullReports ?? 0) - run.reportCount)
  const { startedAt, finishedAt } = run
  if (startedAt === null || finishedAt === null || run.reportCount === 0) return { reports, hours: 0 }
  return { reports, hours: (reports * (finishedAt - startedAt)) / run.reportCount / MS_PER_HOUR }
}

function reportControls(checks: readonly StopCheck[], ranks: ReadonlyMap<RunId, number>): ControlReport[] {
  const first = new Map<RunId, StopCheck>()
  for (const check of checks) {
    const known = first.get(check.runId)
    if (check.outcome === 'control' && (known === undefined || check.band < known.band))
      first.set(check.runId, check)
  }
  const bestCount = Math.max(1, Math.ceil(BEST_SHARE * ranks.size))
  return [...first.values()]
    .map(({ runId, band, value, threshold }) => {
      const rank = ranks.get(runId) ?? null
      return { runId, band, value, threshold, rank, isAmongBest: rank !== null && rank <= bestCount }
    })
    .sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || (a.runId < b.runId ? -1 : 1))
}

/** Spearman's coefficient with mean ranks for ties, in [-1, 1]; null with fewer than 3 pairs or without variation. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | null {
  if (a.length < 3) return null
  const [x, y] = [meanRanks(a), meanRanks(b)]
  const mean = (a.length + 1) / 2
  let [xy, xx, yy] = [0, 0, 0]
  for (const [index, rank] of x.entries()) {
    const [dx, dy] = [rank - mean, (y[index] ?? 0) - mean]
    xy += dx * dy
    xx += dx * dx
    yy += dy * dy
  }
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy)
}

/** Ranks from 1, of equal values their mean. */
export function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0))
  const ranks = new Array<number>(values.length).fill(0)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++
    for (let at = from; at < to; at++) ranks[order[at] ?? 0] = (from + to + 1) / 2
    from = to
  }
  return ranks
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  if (upper === undefined) return null
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.every((value) => value === null) ? null : values.reduce<number>((sum, v) => sum + (v ?? 0), 0)
}
