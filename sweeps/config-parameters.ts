// The `parameters` of a sweep file as a tree of groups and leaves. Nested groups are checked like the rest, at any
// depth. What one parameter's distribution is, is read in config-distribution.ts.
import { readDistribution } from './config-distribution.ts'
import type { ProblemList } from './config-fields.ts'
import { findEntry, readMap, refuseUnknownKeys } from './config-fields.ts'
import { gridValues } from './distributions.ts'
import type { Distribution } from './distributions.ts'
import { RESERVED_NAMES } from './sweep-text.ts'
import type { TextEntry, TextNode } from './sweep-text.ts'

/** One parameter with a distribution. */
export interface ParameterLeaf {
  readonly kind: 'leaf'
  readonly name: string
  /** Names from the top, outermost first: a name may itself contain dots. */
  readonly names: readonly string[]
  readonly distribution: Distribution
  /** The file does not name the distribution: it follows from the keys. */
  readonly isInferred: boolean
}

/** A nested `parameters` block. */
export interface ParameterGroup {
  readonly kind: 'group'
  readonly name: string
  readonly names: readonly string[]
  readonly children: readonly ParameterNode[]
}
export type ParameterNode = ParameterLeaf | ParameterGroup

export type Method = 'grid' | 'random' | 'bayes'

const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/
/** Dotted path for people: `opt.lr`. */
export function parameterPath(node: ParameterNode): string {
  return node.names.join('.')
}

/** In the order of the file; what is wrong is noted and left out. */
export function readParameters(
  problems: ProblemList,
  node: TextNode,
  method: Method | null,
): ParameterNode[] {
  return readGroup(problems, node, [], method)
}

function readGroup(
  problems: ProblemList,
  node: TextNode,
  names: readonly string[],
  method: Method | null,
): ParameterNode[] {
  const map = readMap(problems, node, 'a mapping of parameters')
  if (map === null) return []
  if (map.entries.length === 0) {
    problems.error(
      node.path,
      node,
      'no_parameters',
      'there is no parameter here',
      'Add at least one: lr: {min: 0.001, max: 0.1}.',
    )
  }
  return map.entries.flatMap((entry) => readParameter(problems, entry, names, method) ?? [])
}

function readParameter(
  problems: ProblemList,
  entry: TextEntry,
  parents: readonly string[],
  method: Method | null,
): ParameterNode | null {
  const { key: name, value: node } = entry
  if (RESERVED_NAMES.has(name)) {
    return problems.error(
      node.path,
      entry,
      'reserved_name',
      `"${name}" cannot be a parameter's name`,
      'Choose another name.',
    )
  }
  if (!NAME_PATTERN.test(name)) {
    const hint = 'Start with a letter or _, then letters, digits, _ . - (128 at most).'
    return problems.error(
      node.path,
      entry,
      'bad_name',
      `${JSON.stringify(name.slice(0, 60))} is not a parameter's name`,
      hint,
    )
  }
  if (node.content.kind !== 'map') {
    const hint = `Write ${name}: {value: ...} for a constant, {values: [...]} or {min: ..., max: ...}.`
    return problems.unexpected(node, 'a mapping', hint)
  }
  const map = node.content
  const names = [...parents, name]
  const nested = findEntry(map, 'parameters')
  if (nested !== undefined) {
    refuseUnknownKeys(problems, node.path, map, ['parameters'])
    return { kind: 'group', name, names, children: readGroup(problems, nested.value, names, method) }
  }
  const when = findEntry(map, 'when')
  if (when !== undefined) {
    const message = 'conditional parameters are not in this version'
    problems.error(
      when.value.path,
      when,
      'when_not_available',
      message,
      'Leave `when` out, or write one sweep per case.',
    )
  }
  const distribution = readDistribution(problems, entry, map, node)
  if (distribution === null) return null
  if (method === 'grid') refuseOutsideGrid(problems, entry, node, distribution)
  return { kind: 'leaf', name, names, distribution, isInferred: findEntry(map, 'distribution') === undefined }
}

function refuseOutsideGrid(
  problems: ProblemList,
  entry: TextEntry,
  node: TextNode,
  distribution: Distribution,
): void {
  if (gridValues(distribution) !== null) return
  const hint =
    distribution.name === 'categorical_w_probabilities'
      ? 'Remove `probabilities`, or use method: random.'
      : 'List its `values`, use distribution: q_uniform with a step `q`, or use method: random.'
  problems.error(node.path, entry, 'not_for_grid', `a grid cannot enumerate ${distribution.name}`, hint)
}
