// Which way the next proposal is looked for: in the whole space, near the best run, or, when nothing improves any more,
// where the model is not asked of its own accord. A function of the history and the proposal's index alone.
//   i     index of the proposal;  best   least value so far
import type { EndedRun } from './run-history.ts'
import { quantileOf } from './objective-transform.ts'
import type { ModelSpace } from './model-space.ts'
import { normalQuantile } from './normal.ts'

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

/** Of so many proposals one is made in the trust region, one at another level, and, in stagnation, one by the other arms. */
const TRUST_REGION_EVERY = 3
const LEVEL_EVERY = 5
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
  pending: readonly Float64Array[],
  initialCount: number,
): SearchArm {
  const hasCategories = categoryAxes(space).length > 0
  const progress = foldProgress(runs, initialCount, hasCategories)
  if (hasCategories && isLevelIndex(index)) {
    const arm = chooseLevel(runs, space, incumbent, pending)
    if (arm !== null) return arm
  }
  if (progress.isStagnant && index % STAGNATION_EVERY === 0) {
    const arms = stagnationArms(space, incumbent)
    return arms[Math.floor(index / STAGNATION_EVERY) % arms.length]!
  }
  return isTrustRegionIndex(index, hasCategories)
    ? { kind: 'trust-region', side: progress.side }
    : { kind: 'global' }
}

/** Axes of categories with few enough levels for each to get its turn. */
function categoryAxes(space: ModelSpace): number[] {
  return space.axes.flatMap(({ kind, levels }, j) =>
    kind === 'category' && levels <= MAX_LEVELS_IN_TURN ? [j] : [],
  )
}

/**
 * The level, other than the best run's, that promises most: how good its best run is among all (as a normal score of its
 * rank), and more the fewer runs it has (the rule of Auer et al. 2002, Machine Learning 47). One bad run at the right
 * level of a category that decides must not be the last.
 */
function chooseLevel(
  runs: readonly EndedRun[],
  space: ModelSpace,
  incumbent: Float64Array,
  pending: readonly Float64Array[],
): SearchArm | null {
  const values = runs.flatMap(({ value }) => value ?? []).sort((a, b) => a - b)
  const total = runs.length + pending.length
  let chosen: { arm: SearchArm; promise: number } | null = null
  for (const axis of categoryAxes(space)) {
    const { levels } = space.axes[axis]!
    if (!(incumbent[axis]! < levels)) continue
    for (let level = 0; level < levels; level++) {
      if (level === incumbent[axis]) continue
      const own = runs.filter(({ row }) => row[axis] === level)
      const count = own.length + pending.filter((row) => row[axis] === level).length
      const best = own.reduce((least, { value }) => Math.min(least, value ?? Infinity), Infinity)
      const rank = best === Infinity ? values.length : values.indexOf(best)
      const score = -normalQuantile((rank + 0.5) / (values.length + 1))
      const promise = score + Math.sqrt(Math.log(total + 1) / count)
      if (chosen === null || promise > chosen.promise)
        chosen = { arm: { kind: 'level', axis, level }, promise }
    }
  }
  return chosen?.arm ?? null
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

const isLevelIndex = (index: number): boolean => index % LEVEL_EVERY === 3

const isTrustRegionIndex = (index: number, hasCategories: boolean): boolean =>
  index % TRUST_REGION_EVERY === TRUST_REGION_EVERY - 1 && !(hasCategories && isLevelIndex(index))

interface Progress {
  readonly side: number
  readonly isStagnant: boolean
}

/** Goes through the history once: O(n). */
function foldProgress(runs: readonly EndedRun[], initialCount: number, hasCategories: boolean): Progress {
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
    if (index >= 0 && isTrustRegionIndex(index, hasCategories) && !wasOtherArm && bests.length > 0) {
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
