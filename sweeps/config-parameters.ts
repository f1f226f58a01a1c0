// The `parameters` of a sweep file as a tree of groups and leaves. Nested groups are checked like the rest, at any
// depth. What one parameter's distribution is, is read in config-distribution.ts.
import { readDistribution } from './config-distribution.ts'
import { attachConditions } from './config-conditions.ts'
import type { WrittenCondition } from './config-conditions.ts'
import type { ProblemList } from './config-fields.ts'
import { findEntry, readMap, refuseUnknownKeys } from './config-fields.ts'
import { gridValues } from './distributions.ts'
import type { Distribution } from './distributions.ts'
import type { ParameterNode } from './parameter-tree.ts'
import { RESERVED_NAMES } from './sweep-text.ts'
import type { TextEntry, TextNode } from './sweep-text.ts'

export type Method = 'grid' | 'random' | 'bayes'

const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/
/** In the order of the file; what is wrong is noted and left out. */
export function readParameters(
  problems: ProblemList,
  node: TextNode,
  method: Method | null,
): ParameterNode[] {
  const reading: Reading = { problems, method, conditions: [] }
  return attachConditions(problems, readGroup(reading, node, []), reading.conditions)
}

interface Reading {
  readonly problems: ProblemList
  readonly method: Method | null
  /** Filled on the way; resolved when every parameter is known. */
  readonly conditions: WrittenCondition[]
}

function readGroup(reading: Reading, node: TextNode, names: readonly string[]): ParameterNode[] {
  const { problems } = reading
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
  return map.entries.flatMap((entry) => readParameter(reading, entry, names) ?? [])
}

function readParameter(reading: Reading, entry: TextEntry, parents: readonly string[]): ParameterNode | null {
  const { problems, method } = reading
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
  const when = findEntry(map, 'when')
  if (when !== undefined) reading.conditions.push({ names, entry: when })
  const nested = findEntry(map, 'parameters')
  if (nested !== undefined) {
    refuseUnknownKeys(problems, node.path, map, ['parameters', 'when'])
    return { kind: 'group', name, names, children: readGroup(reading, nested.value, names) }
  }
  const distribution = readDistribution(problems, entry, map, node)
  if (distribution === null) return null
  if (method === 'grid') refuseOutsideGrid(problems, entry, node, distribution)
  const isInferred = findEntry(map, 'distribution') === undefined
  return { kind: 'leaf', name, names, distribution, isInferred, when: [] }
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
