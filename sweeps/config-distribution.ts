// One parameter's distribution: which of the 18 shapes its keys name, and whether its numbers are sound ones.
import type { ProblemList, Place } from './config-fields.ts'
import { findEntry, readChoice, readNumber } from './config-fields.ts'
import { ConfigNumber } from './config-text.ts'
import { BETA_KINDS, BOUNDED_KINDS, DISTRIBUTION_NAMES, NORMAL_KINDS, rangeOf } from './distributions.ts'
import type { Distribution, DistributionName } from './distributions.ts'
import { didYouMean } from './nearest-name.ts'
import { configValueOf } from './sweep-text.ts'
import type { MapContent, TextEntry, TextNode } from './sweep-text.ts'

/** Every key that some parameter may have. */
const ALL_KEYS = [
  'distribution',
  'value',
  'values',
  'probabilities',
  'min',
  'max',
  'mu',
  'sigma',
  'q',
  'a',
  'b',
  'parameters',
  'when',
]

/**
 * The distribution of a parameter that is no group; null, with the problems noted, when it is not sound.
 * @param entry where the parameter's name stands
 * @param map its keys, at `node`
 */
export function readDistribution(
  problems: ProblemList,
  entry: TextEntry,
  map: MapContent,
  node: TextNode,
): Distribution | null {
  const named = findEntry(map, 'distribution')
  const name =
    named === undefined
      ? inferDistribution(problems, entry, map, node)
      : readChoice(problems, named.value, DISTRIBUTION_NAMES)
  if (name === null) return null
  const known = keysOf(name)
  const before = problems.errors.length
  for (const extra of map.entries) {
    if (known.includes(extra.key) || extra.key === 'when' || extra.key === 'distribution') continue
    const hint = ALL_KEYS.includes(extra.key)
      ? `${name} takes ${known.join(', ')}.`
      : didYouMean(extra.key, known, `${name} takes ${known.join(', ')}.`)
    problems.error(extra.value.path, extra, 'unknown_key', `"${extra.key}" is not a key of ${name}`, hint)
  }
  const distribution = new DistributionReader(problems, entry, map, node).read(name)
  return problems.errors.length > before ? null : distribution
}

/** W&B's inference: from `value`, `values`, or two bounds; integers only when both are written as integers. */
function inferDistribution(
  problems: ProblemList,
  entry: TextEntry,
  map: MapContent,
  node: TextNode,
): DistributionName | null {
  const has = (key: string): boolean => findEntry(map, key) !== undefined
  if (has('value') && !has('values')) return 'constant'
  if (has('values') && !has('value'))
    return has('probabilities') ? 'categorical_w_probabilities' : 'categorical'
  if (has('min') && has('max') && !has('q')) {
    const bounds = [findEntry(map, 'min'), findEntry(map, 'max')].map((bound) =>
      bound?.value.content.kind === 'scalar' ? bound.value.content.value : null,
    )
    return bounds.every((bound) => bound instanceof ConfigNumber && bound.isInteger)
      ? 'int_uniform'
      : 'uniform'
  }
  const typo = map.entries.find((extra) => !ALL_KEYS.includes(extra.key))
  if (typo !== undefined) {
    const hint = didYouMean(typo.key, ALL_KEYS, 'A parameter needs value, values, or min and max.')
    return problems.error(
      typo.value.path,
      typo,
      'unknown_key',
      `"${typo.key}" is not a key of a parameter`,
      hint,
    )
  }
  const keys = map.entries.map((extra) => extra.key).join(', ')
  const found = keys === '' ? 'an empty mapping' : `only ${keys}`
  const hint = has('q')
    ? 'Add distribution: q_uniform.'
    : has('mu') || has('sigma')
      ? 'Add distribution: normal.'
      : 'Give value, values, min and max, or a distribution.'
  return problems.error(node.path, entry, 'no_distribution', `no distribution follows from ${found}`, hint)
}

function keysOf(name: DistributionName): readonly string[] {
  const quantised = name.startsWith('q_') ? ['q'] : []
  if (name === 'constant') return ['value']
  if (name === 'categorical') return ['values']
  if (name === 'categorical_w_probabilities') return ['values', 'probabilities']
  if (name === 'int_uniform' || isOneOf(BOUNDED_KINDS, name)) return ['min', 'max', ...quantised]
  return isOneOf(BETA_KINDS, name) ? ['a', 'b', ...quantised] : ['mu', 'sigma', ...quantised]
}

function isOneOf<T extends string>(list: readonly T[], name: string): name is T {
  return (list as readonly string[]).includes(name) // widened to search it
}

class DistributionReader {
  constructor(
    private readonly problems: ProblemList,
    private readonly entry: TextEntry,
    private readonly map: MapContent,
    private readonly node: TextNode,
  ) {}

  read(name: DistributionName): Distribution | null {
    if (name === 'constant') {
      const value = this.required('value')
      return value === null ? null : { name, value: configValueOf(value) }
    }
    if (name === 'categorical') {
      const values = this.values()
      return values === null ? null : { name, values: values.map(configValueOf) }
    }
    if (name === 'categorical_w_probabilities') return this.weighted()
    if (name === 'int_uniform') return this.intUniform()
    if (isOneOf(NORMAL_KINDS, name)) {
      const mu = this.optional('mu', 0, {})
      const sigma = this.optional('sigma', 1, { above: 0 })
      return mu === null || sigma === null ? null : { name, mu, sigma, q: this.step(name) }
    }
    if (isOneOf(BETA_KINDS, name)) {
      const a = this.optional('a', 1, { above: 0 })
      const b = this.optional('b', 1, { above: 0 })
      return a === null || b === null ? null : { name, a, b, q: this.step(name) }
    }
    return this.bounded(name)
  }

  private required(key: string): TextNode | null {
    const found = findEntry(this.map, key)
    if (found !== undefined) return found.value
    return this.problems.error(
      this.node.path,
      this.entry,
      'missing_key',
      `"${key}" is missing`,
      `Add ${key}.`,
    )
  }

  private optional(key: string, fallback: number, limits: { readonly above?: number }): number | null {
    const found = findEntry(this.map, key)
    return found === undefined ? fallback : (readNumber(this.problems, found.value, limits)?.value ?? null)
  }

  /** W&B's default step is the float 1.0. */
  private step(name: DistributionName): ConfigNumber | null {
    if (!name.startsWith('q_')) return null
    const found = findEntry(this.map, 'q')
    return found === undefined ? ConfigNumber.float(1) : readNumber(this.problems, found.value, { above: 0 })
  }

  private values(): readonly TextNode[] | null {
    const node = this.required('values')
    if (node === null) return null
    if (node.content.kind !== 'list')
      return this.problems.unexpected(node, 'a list', 'Write values: [1, 2, 3].')
    if (node.content.items.length > 0) return node.content.items
    return this.problems.error(node.path, node, 'no_values', 'the list is empty', 'Give at least one value.')
  }

  private weighted(): Distribution | null {
    const values = this.values()
    const node = this.required('probabilities')
    if (values === null || node === null) return null
    if (node.content.kind !== 'list') return this.problems.unexpected(node, 'a list of numbers')
    const read = node.content.items.map((item) => readNumber(this.problems, item, { min: 0 }))
    const probabilities = read.flatMap((number) => (number === null ? [] : [number.value]))
    if (probabilities.length < read.length) return null
    if (probabilities.length !== values.length) {
      const message = `${probabilities.length} probabilities for ${values.length} values`
      return this.problems.error(node.path, node, 'probabilities_length', message, 'Give one for each value.')
    }
    const sum = probabilities.reduce((total, p) => total + p, 0)
    // numpy's isclose, as W&B checks it
    if (Math.abs(sum - 1) > 1e-8 + 1e-5) {
      return this.problems.error(
        node.path,
        node,
        'probabilities_sum',
        `they sum to ${sum}, not to 1`,
        'Correct them.',
      )
    }
    return { name: 'categorical_w_probabilities', values: values.map(configValueOf), probabilities }
  }

  private intUniform(): Distribution | null {
    const bounds = this.bounds({})
    if (bounds === null) return null
    for (const key of ['min', 'max'] as const) {
      if (bounds[key].isInteger) continue
      const node = findEntry(this.map, key)?.value ?? this.node
      return this.problems.unexpected(
        node,
        'an integer',
        'Write it without a point, or use distribution: uniform.',
      )
    }
    if (bounds.max.value - bounds.min.value + 1 > Number.MAX_SAFE_INTEGER) {
      return this.problems.error(
        this.node.path,
        this.node,
        'out_of_range',
        'more than 2^53 values',
        'Narrow the range.',
      )
    }
    return { name: 'int_uniform', ...bounds }
  }

  private bounds(limits: { readonly above?: number }): { min: ConfigNumber; max: ConfigNumber } | null {
    const minNode = this.required('min')
    const maxNode = this.required('max')
    const min = minNode && readNumber(this.problems, minNode, limits)
    const max = maxNode && readNumber(this.problems, maxNode)
    if (!min || !max || !minNode) return null
    if (min.value < max.value) return { min, max }
    const message = `min (${min.text}) must be less than max (${max.text})`
    const hint = min.value === max.value ? `Write value: ${min.text} for a constant.` : 'Swap them.'
    return this.problems.error(minNode.path, minNode, 'min_max', message, hint)
  }

  private bounded(name: (typeof BOUNDED_KINDS)[number]): Distribution | null {
    const bounds = this.bounds(name.endsWith('_values') ? { above: 0 } : {})
    const q = this.step(name)
    if (bounds === null) return null
    const distribution: Distribution = { name, ...bounds, q }
    if (name === 'log_uniform' || name === 'inv_log_uniform' || name === 'q_log_uniform') {
      if (!this.checkExponents(name, distribution)) return null
    }
    const { low, high } = rangeOf(distribution)
    if (Number.isFinite(low) && Number.isFinite(high) && Number.isFinite(high - low)) return distribution
    return this.problems.error(
      this.node.path,
      this.node,
      'out_of_range',
      'the range does not fit a 64-bit float',
      'Narrow it.',
    )
  }

  /** The deprecated kinds take exponents of e; bounds in (0, 1] are surely meant as values. */
  private checkExponents(
    name: string,
    distribution: Extract<Distribution, { min: ConfigNumber; q: unknown }>,
  ): boolean {
    const place: Place = findEntry(this.map, 'distribution') ?? this.node
    const { min, max } = distribution
    const { low, high } = rangeOf(distribution)
    const range = `${Number(low.toPrecision(4))} to ${Number(high.toPrecision(4))}`
    const path = `${this.node.path}.distribution`
    if (min.value > 0 && max.value <= 1) {
      const message = `${name} takes exponents of e: ${min.text}..${max.text} means ${range}`
      this.problems.error(path, place, 'exponents_expected', message, `Write distribution: ${name}_values.`)
      return false
    }
    const message = `${name} takes exponents of e; this one gives ${range}`
    this.problems.warn(
      path,
      place,
      'deprecated_distribution',
      message,
      `${name}_values takes the values themselves.`,
    )
    return true
  }
}
