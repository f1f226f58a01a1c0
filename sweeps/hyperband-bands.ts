// Where hyperband looks at a run: the numbers of reports at which it is compared with the others, as W&B's engine
// computes them (spec: `early_terminate` of its documentation and code).

/** min_iter alone gives bands without end: W&B makes 100. Those beyond 2^53, which no run reaches, are left out. */
const MAX_BANDS = 100
const DEFAULT_ETA = 3

export interface HyperbandSettings {
  readonly min_iter?: unknown
  readonly max_iter?: unknown
  readonly s?: unknown
  readonly eta?: unknown
}

/** In growing order (repeats where eta is near 1), each at least 1. `max_iter` with `s` wins over `min_iter`; max_iter itself is no band. */
export function hyperbandBands(settings: HyperbandSettings): number[] {
  const eta = numberOr(settings.eta, DEFAULT_ETA)
  const maxIter = numberOr(settings.max_iter, null)
  const bands: number[] = []
  if (maxIter !== null) {
    let band = maxIter
    for (let count = numberOr(settings.s, 0); count > 0 && bands.length < MAX_BANDS; count--) {
      band /= eta // not rounded between: 10 / 3 / 3 is 1
      if (band < 1) break
      bands.unshift(Math.floor(band))
    }
    return bands
  }
  const minIter = numberOr(settings.min_iter, null)
  if (minIter === null) return bands
  // Multiplied step by step, as W&B does: 3 * 1.1 ** i differs from it in the last bit
  for (let band = minIter; bands.length < MAX_BANDS && band <= Number.MAX_SAFE_INTEGER; band *= eta) {
    bands.push(Math.floor(band))
  }
  return bands
}

function numberOr<T>(value: unknown, fallback: T): number | T {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback
}
