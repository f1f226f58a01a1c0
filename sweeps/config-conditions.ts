// `when`: parameters that exist only while others have certain values. Here the references are resolved and checked;
// what it means for the space is in search-space.ts.
import { ConfigNumber, writeConfigText } from './config-text.ts'
import type { ConfigValue } from './config-text.ts'
import { describeNode, readMap } from './config-fields.ts'
import type { ProblemList } from './config-fields.ts'
import { sampledValues } from './distributions.ts'
import { didYouMean } from './nearest-name.ts'
import { leavesOf, parameterPath } from './parameter-tree.ts'
import type { Condition, ParameterLeaf, ParameterNode } from './parameter-tree.ts'
import { configValueOf } from './sweep-text.ts'
import type { TextEntry } from './sweep-text.ts'

/** A `when` as it stands in the file, with the parameter or the group that has it. */
export interface WrittenCondition {
  readonly names: readonly string[]
  /** Its keys name other parameters. */
  readonly entry: TextEntry
}

/** More joint values of parameters that others depend on would make the space too slow to count. */
export const MAX_CONDITION_CASES = 100_000

/** The tree with each leaf's conditions, those of the groups around it included; what is wrong is noted. */
export function attachConditions(
  problems: ProblemList,
  parameters: readonly ParameterNode[],
  written: readonly WrittenCondition[],
): ParameterNode[] {
  if (written.length === 0) return [...parameters]
  const leaves = leavesOf(parameters)
  const conditions = new Map<string, Condition[]>()
  for (const one of written) conditions.set(keyOf(one.names), readConditions(problems, one, leaves))
  const attach = (nodes: readonly ParameterNode[], outer: readonly Condition[]): ParameterNode[] =>
    nodes.map((node) => {
      const when = [...outer, ...(conditions.get(keyOf(node.names)) ?? [])]
      return node.kind === 'leaf' ? { ...node, when } : { ...node, children: attach(node.children, when) }
    })
  const attached = attach(parameters, [])
  refuseCircles(problems, leavesOf(attached), written)
  return attached
}

function keyOf(names: readonly string[]): string {
  return names.join('\n')
}

function readConditions(
  problems: ProblemList,
  { names, entry }: WrittenCondition,
  leaves: readonly ParameterLeaf[],
): Condition[] {
  const map = readMap(problems, entry.value, 'a mapping such as {optimizer: sgd}')
  if (map === null) return []
  if (map.entries.length === 0)
    problems.error(
      entry.value.path,
      entry,
      'no_values',
      '"when" names no parameter',
      'Write when: {optimizer: sgd}.',
    )
  return map.entries.flatMap((one) => readCondition(problems, names, one, leaves) ?? [])
}

function readCondition(
  problems: ProblemList,
  names: readonly string[],
  entry: TextEntry,
  leaves: readonly ParameterLeaf[],
): Condition | null {
  const { path } = entry.value
  const parent = findParent(names, entry.key, leaves)
  if (parent === undefined) {
    const known = leaves.map(parameterPath).filter((other) => other !== names.join('.'))
    const hint = didYouMean(entry.key, known, `Known here: ${known.join(', ')}.`)
    return problems.error(path, entry, 'unknown_parameter', `"${entry.key}" is not a parameter`, hint)
  }
  if (parent.distribution.name === 'constant') {
    const message = `"${parameterPath(parent)}" is a constant: it never changes`
    return problems.error(path, entry, 'when_never_changes', message, 'Leave this condition out.')
  }
  const choices = sampledValues(parent.distribution)
  if (choices === null) {
    const message = `"${parameterPath(parent)}" has no list of values to compare with`
    const hint = 'A condition needs a parameter with values, or whole numbers between min and max.'
    return problems.error(path, entry, 'when_not_listed', message, hint)
  }
  const { content } = entry.value
  const items = content.kind === 'list' ? content.items : [entry.value]
  if (items.length === 0)
    return problems.error(path, entry, 'no_values', 'the list of values is empty', 'Name at least one value.')
  const values: ConfigValue[] = []
  for (const item of items) {
    const value = configValueOf(item)
    if (choices.indexOf(value) >= 0) values.push(value)
    else {
      const message = `${describeNode(item)} is not a value of "${parameterPath(parent)}"`
      problems.error(item.path, item, 'when_value', message, hintOfValues(value, choices))
    }
  }
  return { names: parent.names, values }
}

/** In the block of the parameter itself, then in each block around it; a dotted path reaches into blocks. */
function findParent(
  names: readonly string[],
  wanted: string,
  leaves: readonly ParameterLeaf[],
): ParameterLeaf | undefined {
  for (let depth = names.length - 1; depth >= 0; depth--) {
    const path = [...names.slice(0, depth), wanted].join('.')
    const found = leaves.find((leaf) => parameterPath(leaf) === path && keyOf(leaf.names) !== keyOf(names))
    if (found !== undefined) return found
  }
  return undefined
}

const SHOWN_VALUES = 8

function hintOfValues(
  value: ConfigValue,
  choices: { readonly count: number; valueAt(index: number): ConfigValue },
): string {
  const shown = Array.from({ length: Math.min(choices.count, SHOWN_VALUES) }, (_, index) =>
    shownValue(choices.valueAt(index)),
  )
  const list = `One of ${shown.join(', ')}${choices.count > SHOWN_VALUES ? ', ...' : ''}.`
  return typeof value === 'string' ? didYouMean(value, shown, list) : list
}

/** A value in few words: text without quotes, everything else as JSON. */
function shownValue(value: ConfigValue): string {
  return typeof value === 'string'
    ? value
    : value instanceof ConfigNumber
      ? value.text
      : writeConfigText(value)
}

/** A parameter that depends on itself, directly or through others, would never exist. */
function refuseCircles(
  problems: ProblemList,
  leaves: readonly ParameterLeaf[],
  written: readonly WrittenCondition[],
): void {
  const byKey = new Map(leaves.map((leaf) => [keyOf(leaf.names), leaf]))
  const done = new Set<string>()
  const visit = (leaf: ParameterLeaf, chain: readonly ParameterLeaf[]): void => {
    const key = keyOf(leaf.names)
    if (done.has(key)) return
    const start = chain.findIndex((other) => other.names === leaf.names)
    if (start >= 0) {
      const path = [...chain.slice(start), leaf].map(parameterPath).join(' needs ')
      const place = written.find((one) => key.startsWith(keyOf(one.names)))?.entry ?? {
        line: null,
        column: null,
      }
      problems.error(
        `parameters.${parameterPath(leaf)}.when`,
        place,
        'when_circle',
        `${path}: a circle`,
        'Remove one of these conditions.',
      )
      done.add(key)
      return
    }
    for (const { names } of leaf.when) {
      const parent = byKey.get(keyOf(names))
      if (parent !== undefined) visit(parent, [...chain, leaf])
    }
    done.add(key)
  }
  for (const leaf of leaves) visit(leaf, [])
}

/** Joint values of all parameters that others depend on. */
export function countConditionCases(parameters: readonly ParameterNode[]): number {
  const leaves = leavesOf(parameters)
  const parents = new Set(leaves.flatMap((leaf) => leaf.when.map(({ names }) => keyOf(names))))
  return leaves
    .filter((leaf) => parents.has(keyOf(leaf.names)))
    .reduce((product, leaf) => product * (sampledValues(leaf.distribution)?.count ?? 1), 1)
}
