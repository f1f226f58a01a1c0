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
  /** A leap from the best run along the coordinates that seem not to matter (hop.ts). */
  | { readonly kind: 'hop' }
  /** With one category held at a level that the best run does not have. */
  | { readonly kind: 'level'; readonly axis: number; readonly level: number }
  /** Away from the best run: everywhere, or in a box round the best run there. */
  | { readonly kind: 'outside'; readonly isNear: boolean }

/**
 * One of so many proposals is made in the trust region. With open runs it has every second one at the beginning: the
 * model of the whole space is vague, and what it would choose next is what is open already. One worker alone would
 * settle in a valley too early (decision 0008).
 */
const TRUST_REGION_EVERY = 3
const EARLY_TRUST_REGION_EVERY = 2
const EARLY_PER_DIMENSION = 3
/** One of so many is made at another level of a category, when the space has been seen a little. */
const LEVEL_EVERY = 6
const LEVELS_FROM_PER_DIMENSION = 2
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
  const isAlone = pending.length === 0
  const { side, isStagnant } = foldProgress(runs, space, initialCount, isAlone)
  const turn = turnOf(index, isStagnant, space, isAlone)
  if (turn === 'trust-region') return { kind: 'trust-region', side }
  if (turn === 'global') return { kind: 'global' }
  if (turn === 'hop') return { kind: turn }
  if (turn === 'outside') return { kind: turn, isNear: Math.floor(index / OUTSIDE_PERIOD) % 2 === 0 }
  return chooseLevel(runs, space, incumbent, pending) ?? { kind: 'global' }
}

/**
 * What a proposal is for, by its index. In stagnation two of three look elsewhere, in turn: when nothing improves the
 * model's own choice alternates between steps of 1e-5 and far corners, and finds no other valley.
 */
function turnOf(index: number, isStagnant: boolean, space: ModelSpace, isAlone: boolean): SearchArm['kind'] {
  const d = space.dimensionCount
  const hasLevels = categoryAxes(space).length > 0
  if (isStagnant) {
    if (index % TRUST_REGION_EVERY === TRUST_REGION_EVERY - 1) return 'trust-region'
    const turns = hasLevels ? TURNS_WITH_LEVELS : TURNS
    return turns[(index - Math.floor(index / TRUST_REGION_EVERY)) % turns.length]!
  }
  if (hasLevels && index % LEVEL_EVERY === LEVEL_EVERY - 2 && index >= LEVELS_FROM_PER_DIMENSION * d)
    return 'level'
  const isEarly = !isAlone && index < EARLY_PER_DIMENSION * d
  const every = isEarly ? EARLY_TRUST_REGION_EVERY : TRUST_REGION_EVERY
  return index % every === every - 1 ? 'trust-region' : 'global'
}

/** So many proposals bring each turn in stagnation about once. */
const OUTSIDE_PERIOD = 6
const TURNS = ['outside', 'hop'] as const
const TURNS_WITH_LEVELS = ['level', 'outside', 'level', 'hop'] as const

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
      const promise = score + CURIOSITY * Math.sqrt(Math.log(total + 1) / count)
      if (chosen === null || promise > chosen.promise)
        chosen = { arm: { kind: 'level', axis, level }, promise }
    }
  }
  return chosen?.arm ?? null
}

/**
 * At 1 the levels of a category that decides nothing take nearly every turn: their best runs are as good as the best.
 */
const CURIOSITY = 3
/** Of longer lists no level would get a second turn. */
const MAX_LEVELS_IN_TURN = 20

interface Progress {
  readonly side: number
  readonly isStagnant: boolean
}

/** Goes through the history once: O(n). Whether a past run was alone is not kept: it is taken to be as now. */
function foldProgress(
  runs: readonly EndedRun[],
  space: ModelSpace,
  initialCount: number,
  isAlone: boolean,
): Progress {
  let side = FIRST_SIDE
  let successes = 0
  let failures = 0
  let best = Infinity
  let isStagnant = false
  const bests: number[] = []
  const spread = new RunningSpread()
  const startValues: number[] = []
  for (const { index, value } of runs) {
    const isGain = value !== null && value < best - 1e-4 * spread.std
    if (index >= 0 && bests.length > 0 && turnOf(index, isStagnant, space, isAlone) === 'trust-region') {
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
