// The space of configurations: parameters in the order of W&B's engine, as dimensions of the unit cube. A point of
// the cube becomes a config and a config a point; no method and no randomness here.
import { sortedLeaves } from './compose-config.ts'
import { addConditions, createSpaceConditions } from './conditional-space.ts'
import type { ParameterNode } from './parameter-tree.ts'
import { buildPlainSpace } from './plain-space.ts'
import type { SearchSpace } from './plain-space.ts'
import { buildAxis } from './space-axis.ts'
import type { SpaceLayout } from './space-axis.ts'

export type { SearchSpace } from './plain-space.ts'
export type { SpaceLayout } from './space-axis.ts'

/** @param parameters checked; for layout `grid` only kinds that a grid takes */
export function buildSearchSpace(
  parameters: readonly ParameterNode[],
  options: { readonly layout?: SpaceLayout } = {},
): SearchSpace {
  const layout = options.layout ?? 'sampled'
  const leaves = sortedLeaves(parameters)
  const axes = leaves
    .filter((leaf) => leaf.distribution.name !== 'constant')
    .map((leaf) => buildAxis(leaf, layout))
  const plain = buildPlainSpace(parameters, axes, layout)
  const valuesOf = new Map(axes.map((axis) => [axis.leaf, axis.values]))
  const conditions = createSpaceConditions(leaves, (leaf) => valuesOf.get(leaf) ?? null)
  return conditions === null ? plain : addConditions(plain, layout, parameters, leaves, axes, conditions)
}
