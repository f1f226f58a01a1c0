// Which way the next proposal is looked for: in the whole space, near the best run, or, when nothing improves any more,
// where the model is not asked of its own accord. A function of the history and the proposal's index alone.
//   i     index of the proposal;  best   least value so far
import type { EndedRun } from './run-history.ts'
import { quantileOf } from './objective-transform.ts'
import type { ModelSpace } from './model-space.ts'

export type SearchArm =
  /** Expected improvement over the whole space. */
  | { readonly kind: 'global' }
  /** In a box round the best run; side lengths in units of the space, before the length scales shape it. */
  | { readonly kind: 'trust-region'; readonly side: number }
  /** Values as they were measured, and more to improve than the best: a broad look. */
  | { readonly kind: 'raw' }
  /** With one category held at a level that the best run does not have. */
  | { readonly kind: 'level'; readonly axis: number; readonly level: number }
  /** Away from the best run. */
  | { readonly kind: 'outside' }

/** Every so many proposals are made in the trust region, and, in stagnation, by the other arms. */
const TRUST_REGION_EVERY = 3
const STAGNATION_EVERY = 2
const STAGNATION_WINDOW = 8
/** Gain over the window, as a share of the gain since the start, below which nothing improves. */
const STAGNATION_GAIN = 0.002
const FIRST_SIDE = 0.4
const LARGEST_SIDE = 0.8
const LEAST_SIDE = 0.005
const SUCCESSES_TO_GROW = 2
const FAILURES_TO_SHRINK = 3

/**
 * @param incumbent row of the best run
 * @param initialCount how many runs count as the start
 */
export function chooseArm(
  index: number,
  runs: readonly EndedRun[],
  space: ModelSpace,
  incumbent: Float64Array,
  initialCount: number,
): SearchArm {
  const progress = foldProgress(runs, initialCount)
  if (progress.isStagnant && index % STAGNATION_EVERY === 0) {
    const arms = stagnationArms(space, incumbent)
    return arms[Math.floor(index / STAGNATION_EVERY) % arms.length]!
  }
  return isTrustRegionIndex(index) ? { kind: 'trust-region', side: progress.side } : { kind: 'global' }
}

function stagnationArms(space: ModelSpace, incumbent: Float64Array): SearchArm[] {
  const levels = space.axes.flatMap((axis, j) =>
    axis.kind === 'category' && axis.levels <= MAX_LEVELS_IN_TURN && incumbent[j]! < axis.levels
      ? Array.from({ length: axis.levels }, (_, level) => ({ kind: 'level' as const, axis: j, level }))
      : [],
  )
  const others = levels.filter(({ axis, level }) => incumbent[axis] !== level)
  return [{ kind: 'raw' }, ...others, { kind: 'outside' }]
}

/** Of longer lists no level would get a second turn. */
const MAX_LEVELS_IN_TURN = 20

const isTrustRegionIndex = (index: number): boolean => index % TRUST_REGION_EVERY === TRUST_REGION_EVERY - 1

interface Progress {
  readonly side: number
  readonly isStagnant: boolean
}

/** Goes through the history once: O(n). */
function foldProgress(runs: readonly EndedRun[], initialCount: number): Progress {
  let side = FIRST_SIDE
  let successes = 0
  let failures = 0
  let best = Infinity
  let isStagnant = false
  const bests: number[] = []
  const spread = new RunningSpread()
  const startValues: number[] = []
  for (const { index, value } of runs) {
    const wasOtherArm = isStagnant && index % STAGNATION_EVERY === 0
    const isGain = value !== null && value < best - 1e-4 * spread.std
    if (index >= 0 && isTrustRegionIndex(index) && !wasOtherArm && bests.length > 0) {
      successes = isGain ? successes + 1 : 0
      failures = isGain ? 0 : failures + 1
      if (successes >= SUCCESSES_TO_GROW) [side, successes] = [Math.min(LARGEST_SIDE, 2 * side), 0]
      if (failures >= FAILURES_TO_SHRINK) [side, failures] = [Math.max(LEAST_SIDE, side / 2), 0]
    }
    if (value !== null) {
      best = Math.min(best, value)
      spread.add(value)
      if (startValues.length < initialCount) startValues.push(value)
    }
    bests.push(best)
    const before = bests[bests.length - 1 - STAGNATION_WINDOW]
    if (before === undefined || bests.length < initialCount + STAGNATION_WINDOW) continue
    const median = quantileOf(
      startValues.toSorted((a, b) => a - b),
      0.5,
    )
    isStagnant = before - best < STAGNATION_GAIN * (median - best)
  }
  return { side, isStagnant }
}

/** Population standard deviation of a growing list (Welford 1962). */
class RunningSpread {
  #count = 0
  #mean = 0
  #squares = 0

  add(value: number): void {
    this.#count += 1
    const before = value - this.#mean
    this.#mean += before / this.#count
    this.#squares += before * (value - this.#mean)
  }

  get std(): number {
    return this.#count < 2 || !Number.isFinite(this.#squares) ? 0 : Math.sqrt(this.#squares / this.#count)
  }
}
