// What to try next, in sentences: where the best runs sit at the edge of what a parameter may be, there may be better ones
// beyond it; where they all share a value, the others need not be tried. Pure.
import { ConfigNumber, identityOf, parseConfigText, plainOf } from '../config-text.ts'
import type { ConfigMap, ConfigValue } from '../config-text.ts'
import { coordinateOf } from '../distributions.ts'
import { levelPositions } from '../model-coordinates.ts'
import { parameterPath } from '../parameter-tree.ts'
import type { ParameterLeaf } from '../parameter-tree.ts'
import { valueInside } from '../space-axis.ts'
import { sampledValues } from '../distributions.ts'

export interface NextStep {
  readonly parameter: string
  readonly kind: 'widen-down' | 'widen-up' | 'extend-list' | 'keep-value'
  /** For people, one sentence. */
  readonly text: string
}

/** The best of fewer runs sit anywhere. */
const LEAST_RUNS = 20
const BEST = 5
const MOST = 4
/** Of what is sampled this share at each end is its edge: four of five runs are there by chance once in 2,000 times. */
const EDGE = 0.1
/** Chance has no better side. */
const SEED = /^(?:random[_-]?)?seed$|^random[_-]?state$/i

/** @param ranked best first */
export function adviseNext(
  leaves: readonly ParameterLeaf[],
  ranked: readonly { readonly configText: string }[],
): NextStep[] {
  if (ranked.length < LEAST_RUNS) return []
  const best = ranked.slice(0, BEST).map(({ configText }) => parseConfigText(configText))
  return leaves.flatMap((leaf) => adviseOn(leaf, best) ?? [])
}

function adviseOn(leaf: ParameterLeaf, best: readonly ConfigMap[]): NextStep | null {
  const { distribution } = leaf
  if (distribution.name === 'constant' || SEED.test(leaf.names.at(-1) ?? '')) return null
  const values = best.flatMap((config) => valueInside(config, leaf.names) ?? [])
  if (values.length < MOST) return null
  if (distribution.name === 'categorical' || distribution.name === 'categorical_w_probabilities')
    return adviseOnList(leaf, distribution.values, values)
  const parameter = parameterPath(leaf)
  const places = values.map((value) => coordinateOf(distribution, value) ?? 0.5)
  const few = (sampledValues(distribution)?.count ?? Infinity) <= 1 / EDGE
  const edge = few ? 1 / (sampledValues(distribution)?.count ?? 1) : EDGE
  const needed = few ? BEST : MOST
  const low = places.filter((place) => place <= edge).length
  const high = places.filter((place) => place >= 1 - edge).length
  const of = `${values.length} best runs`
  if (low >= needed)
    return {
      parameter,
      kind: 'widen-down',
      text: `${parameter}: ${low} of the ${of} sit at the lower end (${shown(least(values))}): widen it downwards.`,
    }
  if (high >= needed)
    return {
      parameter,
      kind: 'widen-up',
      text: `${parameter}: ${high} of the ${of} sit at the upper end (${shown(greatest(values))}): widen it upwards.`,
    }
  return null
}

function adviseOnList(
  leaf: ParameterLeaf,
  listed: readonly ConfigValue[],
  values: readonly ConfigValue[],
): NextStep | null {
  const first = values[0]
  if (first === undefined || values.length < BEST || listed.length < 2) return null
  if (!values.every((value) => identityOf(value) === identityOf(first))) return null
  const parameter = parameterPath(leaf)
  const numbers = listed.map((value) => (value instanceof ConfigNumber ? value.value : NaN))
  const own = first instanceof ConfigNumber ? first.value : NaN
  const all = sampledValues(leaf.distribution)
  const isOrdered = all !== null && levelPositions(leaf.distribution, all) !== null
  if (isOrdered && (own === Math.min(...numbers) || own === Math.max(...numbers))) {
    const end = own === Math.min(...numbers) ? 'smallest' : 'largest'
    const text = `${parameter}: the ${BEST} best runs all have the ${end} value (${shown(first)}): add ${end === 'smallest' ? 'smaller' : 'larger'} ones.`
    return { parameter, kind: 'extend-list', text }
  }
  const text = `${parameter}: the ${BEST} best runs all have ${shown(first)}: the other values need not be tried again.`
  return { parameter, kind: 'keep-value', text }
}

function least(values: readonly ConfigValue[]): ConfigValue {
  return values.reduce((a, b) => (numberOf(b) < numberOf(a) ? b : a))
}

function greatest(values: readonly ConfigValue[]): ConfigValue {
  return values.reduce((a, b) => (numberOf(b) > numberOf(a) ? b : a))
}

function numberOf(value: ConfigValue): number {
  return value instanceof ConfigNumber ? value.value : NaN
}

/** Four digits are enough to find the place. */
function shown(value: ConfigValue): string {
  if (value instanceof ConfigNumber)
    return value.isInteger ? value.text : String(Number(value.value.toPrecision(4)))
  return typeof value === 'string' ? value : JSON.stringify(plainOf(value))
}
