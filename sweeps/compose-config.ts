// A config from values: which keys it has, and in which order.
import type { ConfigMap, ConfigValue } from './config-text.ts'
import type { ParameterLeaf, ParameterNode } from './parameter-tree.ts'

/**
 * Makes configs with W&B's order of keys: a level's own parameters sorted, then its groups sorted. A parameter without
 * a value is left out, and a group of which nothing is left.
 */
export function createComposer(
  parameters: readonly ParameterNode[],
): (valueOf: (leaf: ParameterLeaf) => ConfigValue | undefined) => ConfigMap {
  const ordered = orderForConfig(parameters)
  return (valueOf) => compose(ordered, valueOf)
}

/** Depth first, names sorted by code point at each level: a group stands where its own name sorts. */
export function sortedLeaves(parameters: readonly ParameterNode[]): ParameterLeaf[] {
  return sortByName(parameters).flatMap((node) =>
    node.kind === 'leaf' ? [node] : sortedLeaves(node.children),
  )
}

function sortByName(parameters: readonly ParameterNode[]): ParameterNode[] {
  return [...parameters].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** At each level the parameters sorted by name, then the groups: W&B's order of a config's keys. */
export function orderForConfig(parameters: readonly ParameterNode[]): ParameterNode[] {
  const sorted = sortByName(parameters)
  const groups = sorted.flatMap((node) =>
    node.kind === 'group' ? [{ ...node, children: orderForConfig(node.children) }] : [],
  )
  return [...sorted.filter((node) => node.kind === 'leaf'), ...groups]
}

function compose(
  ordered: readonly ParameterNode[],
  valueOf: (leaf: ParameterLeaf) => ConfigValue | undefined,
): ConfigMap {
  const config = new Map<string, ConfigValue>()
  for (const node of ordered) {
    if (node.kind === 'leaf') {
      const value = valueOf(node)
      if (value !== undefined) config.set(node.name, value)
    } else {
      const inside = compose(node.children, valueOf)
      if (inside.size > 0) config.set(node.name, inside)
    }
  }
  return config
}
