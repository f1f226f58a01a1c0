// How sure a ranking is: repeats of one configuration (the same parameters, or all but the seed) tell how far two runs
// differ by luck, and so which runs cannot be told from the best. Without repeats nothing is claimed. Pure.
import { betaQuantile } from '../../optimizers/beta.ts'
import { canonicalText, parseConfigText } from '../config-text.ts'
import type { ConfigMap } from '../config-text.ts'

/** With less there is no standard deviation to speak of. */
const LEAST_FREEDOM = 2
/** Two runs differ when chance alone would do so in less than one of twenty cases. */
const CONFIDENCE = 0.95

/** A run with a place in the ranking. */
export interface MeasuredRun {
  readonly id: string
  readonly configText: string
  /** Finite. */
  readonly value: number
  /** Ended early: it is no repeat of one that went to its end. */
  readonly isStopped: boolean
}

export interface Noise {
  /** Standard deviation of repeats, pooled over their groups. */
  readonly sd: number
  /** Configurations that were run more than once, and the runs among them. */
  readonly groups: number
  readonly runs: number
  /** `seed`: repeats differ in a seed alone; `repeat`: in nothing. */
  readonly basis: 'seed' | 'repeat'
  /** Two runs that differ by less cannot be told apart. */
  readonly difference: number
  /** Ids of ranked runs that cannot be told from the best, it included, best first; 20 at the most are named. */
  readonly equal: readonly string[]
  readonly equalCount: number
  /** The ranks that they hold are 1 to this, as they are neighbours. */
}

const MAX_NAMED = 20
const SEED_NAME = /(^|[._-])(random_?)?seed$/i

/** @param ranked best first @returns null when too few runs are repeats */
export function measureNoise(ranked: readonly MeasuredRun[]): Noise | null {
  const whole = ranked.filter(({ isStopped }) => !isStopped)
  const seeds = whole[0] === undefined ? [] : seedNames(parseConfigText(whole[0].configText))
  const keyOf = seeds.length === 0 ? (run: MeasuredRun) => run.configText : keyWithout(new Set(seeds))
  const groups = new Map<string, number[]>()
  for (const run of whole) {
    const key = keyOf(run)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [run.value])
    else group.push(run.value)
  }
  const repeats = [...groups.values()].filter((values) => values.length > 1)
  const freedom = repeats.reduce((sum, values) => sum + values.length - 1, 0)
  const best = ranked[0]
  if (freedom < LEAST_FREEDOM || best === undefined) return null
  const squares = repeats.reduce((sum, values) => sum + sumOfSquares(values), 0)
  const sd = Math.sqrt(squares / freedom)
  const difference = studentQuantile((1 + CONFIDENCE) / 2, freedom) * sd * Math.SQRT2
  const equal = ranked.filter(({ value }) => Math.abs(value - best.value) <= difference)
  return {
    sd,
    groups: repeats.length,
    runs: freedom + repeats.length,
    basis: seeds.length === 0 ? 'repeat' : 'seed',
    difference,
    equal: equal.slice(0, MAX_NAMED).map(({ id }) => id),
    equalCount: equal.length,
  }
}

function seedNames(config: ConfigMap): string[] {
  return [...config.keys()].filter((name) => SEED_NAME.test(name))
}

function keyWithout(names: ReadonlySet<string>): (run: MeasuredRun) => string {
  return ({ configText }) =>
    canonicalText(new Map([...parseConfigText(configText)].filter(([name]) => !names.has(name))))
}

function sumOfSquares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
}

/** Student's t with `freedom` degrees of freedom. @param p in [0.5, 1) */
export function studentQuantile(p: number, freedom: number): number {
  const x = betaQuantile(2 * (1 - p), freedom / 2, 0.5)
  return Math.sqrt((freedom * (1 - x)) / x)
}
