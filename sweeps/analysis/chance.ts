// The chance that further runs beat the best one by more than 1 %, and the record of such forecasts over the sweep's own
// past: what it would have said after 15, 20, 25 ... runs, against what came. Without a good record nothing is said.
// Pure; lower is better here.

/** So many runs ahead is looked, and so many must have ended. */
export const CHANCE_RUNS = 50
export const CHANCE_FROM = 30
/** Better by more than this share of the best value. */
export const CHANCE_MARGIN = 0.01
const FIRST_CUT = 15
const CUT_EVERY = 5
/** A forecast of the past is judged by at least so many runs that came after it. */
const SHORTEST_HORIZON = 10
/** More add nothing: neighbouring ones look at nearly the same runs. */
const MAX_FORECASTS = 60
const LEAST_FORECASTS = 6
/** Mean forecast and share of what came true may differ by so much. */
const MAX_BIAS = 0.15
/** Mean square of (forecast - what came); 0.25 is what "one half" gets, always. */
const MAX_BRIER = 0.2

export interface ForecastRecord {
  /** How many forecasts of the past were judged. */
  readonly forecasts: number
  /** Mean forecast, and share of those that came true. */
  readonly expected: number
  readonly observed: number
  readonly brier: number
  readonly isCalibrated: boolean
}

export interface Chance {
  /** null: it is not told, see `reason`. */
  readonly probability: number | null
  /** Why it is not told; null when it is. */
  readonly reason: string | null
  /** A run must be below this. */
  readonly threshold: number | null
  readonly record: ForecastRecord | null
}

/** @param values finite, lower is better, in the order in which the runs ended */
export function chanceToImprove(values: readonly number[]): Chance {
  if (values.length < CHANCE_FROM) {
    const reason = `needs ${CHANCE_FROM} runs with a value; there are ${values.length}`
    return { probability: null, reason, threshold: null, record: null }
  }
  const { record, forecast } = bestForecaster(values)
  const threshold = thresholdBelow(leastOf(values))
  const reason = reasonToHide(record)
  const probability = reason === null ? forecast(values, CHANCE_RUNS) : null
  return { probability, reason, threshold, record }
}

function reasonToHide(record: ForecastRecord): string | null {
  if (record.forecasts < LEAST_FORECASTS)
    return `its record is short: ${record.forecasts} forecasts of the past can be judged, ${LEAST_FORECASTS} are needed`
  if (record.isCalibrated) return null
  const percent = (share: number) => `${Math.round(100 * share)} %`
  return (
    `its record is poor: ${record.forecasts} forecasts of this sweep's past said ${percent(record.expected)} on ` +
    `average, and ${percent(record.observed)} came true`
  )
}

/** What would have been said after 15, 20, 25 ... runs, against the runs that came, by the forecaster that did best. */
export function replayForecasts(values: readonly number[]): ForecastRecord {
  return bestForecaster(values).record
}

function bestForecaster(values: readonly number[]): { forecast: Forecaster; record: ForecastRecord } {
  const judged = FORECASTERS.map((forecast) => ({ forecast, record: judge(forecast, values) }))
  return judged.reduce((best, one) => (one.record.brier < best.record.brier ? one : best))
}

function judge(forecast: Forecaster, values: readonly number[]): ForecastRecord {
  const cuts: number[] = []
  for (let cut = FIRST_CUT; cut <= values.length - SHORTEST_HORIZON; cut += CUT_EVERY) cuts.push(cut)
  const stride = Math.max(1, cuts.length / MAX_FORECASTS)
  const judged = Array.from(
    { length: Math.min(cuts.length, MAX_FORECASTS) },
    (_, index) => cuts[Math.floor(index * stride)] ?? FIRST_CUT,
  )
  let [expected, observed, squares] = [0, 0, 0]
  for (const cut of judged) {
    const past = values.slice(0, cut)
    const next = values.slice(cut, cut + CHANCE_RUNS)
    const probability = forecast(past, next.length)
    const came = leastOf(next) < thresholdBelow(leastOf(past)) ? 1 : 0
    expected += probability
    observed += came
    squares += (probability - came) ** 2
  }
  const count = Math.max(1, judged.length)
  const brier = squares / count
  return {
    forecasts: judged.length,
    expected: expected / count,
    observed: observed / count,
    brier,
    isCalibrated:
      judged.length >= LEAST_FORECASTS &&
      Math.abs(expected - observed) / count <= MAX_BIAS &&
      brier <= MAX_BRIER,
  }
}

/** What is better than the best by the margin. */
export function thresholdBelow(best: number): number {
  return best - CHANCE_MARGIN * Math.abs(best)
}

/**
 * Probability that the best of `ahead` further runs is below the threshold.
 * @param values at least one, finite, lower is better, in the order in which the runs ended
 */
type Forecaster = (values: readonly number[], ahead: number) => number

const MAX_WINDOW = 1000
const LEAST_WINDOW = 15

/**
 * Runs as before, in any order: a further one is the best of n + 1 once in n + 1 times, and better by the margin as often
 * as the tail of the best quarter says. The tail is a generalised Pareto one, fitted by probability-weighted moments
 * (Hosking and Wallis 1987), its shape held between exponential (0) and evenly spread down to an end (-1).
 */
const byTail: Forecaster = (values, ahead) => {
  const best = leastOf(values)
  const sorted = values.slice(-MAX_WINDOW).sort((a, b) => a - b)
  const peaks = Math.max(5, Math.round(0.25 * sorted.length))
  const edge = sorted[Math.min(peaks, sorted.length - 1)] ?? best
  const tail = fitParetoTail(sorted.slice(0, peaks).map((value) => edge - value))
  const reached = tail(edge - best)
  const share = reached > 0 ? tail(edge - thresholdBelow(best)) / reached : 0
  return 1 - (1 - share / (values.length + 1)) ** ahead
}

/** As often as lately: improvements by the margin in the newest half, with half a one on top (a Gamma-Poisson rate). */
const byRate: Forecaster = (values, ahead) => {
  const size = Math.min(Math.max(LEAST_WINDOW, Math.ceil(values.length / 2)), MAX_WINDOW)
  const first = Math.max(1, values.length - size)
  let best = leastOf(values.slice(0, first))
  let count = 0
  for (const value of values.slice(first)) {
    if (value < thresholdBelow(best)) count++
    best = Math.min(best, value)
  }
  return 1 - (1 + ahead / (values.length - first + 1)) ** -(count + 0.25)
}

/** The better of the two on the sweep's own past speaks for it. */
const FORECASTERS: readonly Forecaster[] = [byTail, byRate]

/** @returns P(excess > y) @param excesses descending, >= 0 */
function fitParetoTail(excesses: readonly number[]): (y: number) => number {
  const n = excesses.length
  let [mean, weighted] = [0, 0]
  for (const [index, excess] of excesses.entries()) {
    mean += excess / n
    weighted += (excess * (index + 0.35)) / n / n
  }
  if (!(mean > 0)) return () => 0
  const shape = Math.min(Math.max(2 - mean / (mean - 2 * weighted), -1), 0)
  const scale = mean * (1 - shape) // so that the mean is kept, whatever the shape was held to
  if (shape > -1e-6) return (y) => Math.exp(-y / scale)
  return (y) => Math.max(0, 1 + (shape * y) / scale) ** (-1 / shape)
}

function leastOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity)
}
