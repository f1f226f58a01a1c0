// `initial_configs`: configurations tried first. Constants are filled in, everything else must be given.
import type { ProblemList } from './config-fields.ts'
import { describeNode } from './config-fields.ts'
import { parameterPath } from './parameter-tree.ts'
import type { ParameterLeaf, ParameterNode } from './parameter-tree.ts'
import { isConfigMap, writeConfigText } from './config-text.ts'
import type { ConfigMap } from './config-text.ts'
import { coordinateOf } from './distributions.ts'
import { didYouMean } from './nearest-name.ts'
import { createComposer, sortedLeaves } from './compose-config.ts'
import { identityOf } from './config-text.ts'
import { valueInside } from './space-axis.ts'
import { configValueOf } from './sweep-text.ts'
import type { MapContent, TextNode } from './sweep-text.ts'

/** Config texts in the order of the file; what is wrong is noted and left out. */
export function readInitialConfigs(
  problems: ProblemList,
  node: TextNode,
  parameters: readonly ParameterNode[],
): readonly string[] {
  if (node.content.kind !== 'list') {
    problems.unexpected(node, 'a list of configs', 'Write initial_configs: [{lr: 0.01}].')
    return []
  }
  return node.content.items.flatMap((item) => readGivenConfig(problems, item, parameters) ?? [])
}

/** The text of a config that a person gave; null when something is wrong with it. */
export function readGivenConfig(
  problems: ProblemList,
  item: TextNode,
  parameters: readonly ParameterNode[],
): string | null {
  const value = configValueOf(item)
  if (item.content.kind !== 'map' || value === null || typeof value !== 'object' || !isConfigMap(value))
    return problems.unexpected(item, 'a mapping of parameters')
  const before = problems.errors.length
  refuseUnknownParameters(problems, item.content, parameters)
  const leaves = sortedLeaves(parameters)
  const exists = (leaf: ParameterLeaf): boolean => conditionsHold(leaf, leaves, value)
  for (const leaf of leaves) checkValue(problems, item, value, leaf, exists(leaf))
  if (problems.errors.length > before) return null
  const config = createComposer(parameters)((leaf) =>
    exists(leaf) ? (valueInside(value, leaf.names) ?? constantOf(leaf)) : undefined,
  )
  return writeConfigText(config)
}

/** Every parameter that this one depends on exists itself and has a value that it wants. */
function conditionsHold(leaf: ParameterLeaf, leaves: readonly ParameterLeaf[], config: ConfigMap): boolean {
  return leaf.when.every(({ names, values }) => {
    const parent = leaves.find((other) => other.names.join('\n') === names.join('\n'))
    const value = valueInside(config, names)
    if (parent === undefined || value === undefined || !conditionsHold(parent, leaves, config)) return false
    return values.some((wanted) => identityOf(wanted) === identityOf(value))
  })
}

function constantOf(leaf: ParameterLeaf): ReturnType<typeof configValueOf> {
  return leaf.distribution.name === 'constant' ? leaf.distribution.value : null
}

function refuseUnknownParameters(
  problems: ProblemList,
  map: MapContent,
  parameters: readonly ParameterNode[],
): void {
  const names = parameters.map((parameter) => parameter.name)
  for (const entry of map.entries) {
    const parameter = parameters.find((candidate) => candidate.name === entry.key)
    if (parameter === undefined) {
      const hint = didYouMean(entry.key, names, `Known here: ${names.join(', ')}.`)
      problems.error(entry.value.path, entry, 'unknown_parameter', `"${entry.key}" is not a parameter`, hint)
    } else if (parameter.kind === 'group' && entry.value.content.kind === 'map') {
      refuseUnknownParameters(problems, entry.value.content, parameter.children)
    } else if (parameter.kind === 'group') {
      problems.error(
        entry.value.path,
        entry,
        'wrong_type',
        `expected a mapping, found ${describeNode(entry.value)}`,
      )
    }
  }
}

function checkValue(
  problems: ProblemList,
  item: TextNode,
  config: ConfigMap,
  leaf: ParameterLeaf,
  exists: boolean,
): void {
  const path = `${item.path}.${parameterPath(leaf)}`
  const value = valueInside(config, leaf.names)
  if (!exists) {
    if (value === undefined) return
    const message = `"${parameterPath(leaf)}" does not exist here: its \`when\` does not hold`
    problems.error(path, item, 'inactive_parameter', message, 'Leave it out of this entry.')
  } else if (value === undefined) {
    if (leaf.distribution.name === 'constant') return
    problems.error(
      path,
      item,
      'missing_parameter',
      `"${parameterPath(leaf)}" is missing`,
      'Give every parameter a value.',
    )
  } else if (coordinateOf(leaf.distribution, value) === null) {
    const message = `${writeConfigText(value)} is outside the parameter's range`
    problems.warn(path, item, 'outside_space', message, 'It is tried all the same.')
  }
}
