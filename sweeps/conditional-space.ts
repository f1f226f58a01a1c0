// The search space when parameters have conditions (`when`): a config holds those that exist, and points that differ only
// in others are one configuration.
import { createActivity, createConditionalCells } from './conditional-cells.ts'
import type { Activity, ConditionalCells } from './conditional-cells.ts'
import { createComposer } from './compose-config.ts'
import { hashConfig } from './config-hash.ts'
import { writeConfigText } from './config-text.ts'
import type { ConfigMap } from './config-text.ts'
import type { FiniteValues } from './finite-values.ts'
import type { ParameterLeaf, ParameterNode } from './parameter-tree.ts'
import { allOf } from './plain-space.ts'
import type { SearchSpace } from './plain-space.ts'
import { levelOfConfig, pointCoordinate } from './space-axis.ts'
import type { SpaceAxis, SpaceLayout } from './space-axis.ts'

export interface SpaceConditions {
  /** Which leaves exist, given the level of each leaf that others depend on; -1 is a value that none of them lists. */
  readonly activity: Activity
  /** Levels by leaf, constants included with their only level 0; null when a parameter is continuous. */
  readonly cells: ConditionalCells | null
}

/**
 * @param leaves all parameters, constants included
 * @param valuesOf what each can be, as the layout lists it; null: continuous
 * @returns null when no parameter has a condition
 */
export function createSpaceConditions(
  leaves: readonly ParameterLeaf[],
  valuesOf: (leaf: ParameterLeaf) => FiniteValues | null,
): SpaceConditions | null {
  if (leaves.every((leaf) => leaf.when.length === 0)) return null
  const indexes = new Map(leaves.map((leaf, index) => [leaf.names.join('\n'), index]))
  const axes = leaves.map((leaf) => ({
    levelCount: leaf.distribution.name === 'constant' ? 1 : (valuesOf(leaf)?.count ?? null),
    when: leaf.when.map(({ names, values }) => {
      const axis = indexes.get(names.join('\n'))
      const parent = axis === undefined ? undefined : leaves[axis]
      const choices = parent === undefined ? null : valuesOf(parent)
      if (axis === undefined || choices === null)
        throw new RangeError(
          `${leaf.names.join('.')} depends on ${names.join('.')}, which has no list of values`,
        )
      return { axis, levels: new Set(values.map((value) => choices.indexOf(value))) }
    }),
  }))
  const activity = createActivity(axes)
  const isFinite = axes.every((axis) => axis.levelCount !== null)
  return { activity, cells: isFinite ? createConditionalCells(axes, activity) : null }
}

/** The space whose plain form, with every parameter always there, is `plain`. */
export function addConditions(
  plain: SearchSpace,
  layout: SpaceLayout,
  parameters: readonly ParameterNode[],
  leaves: readonly ParameterLeaf[],
  axes: readonly SpaceAxis[],
  { activity, cells }: SpaceConditions,
): SearchSpace {
  /** Of each leaf its axis; -1 for constants. */
  const axisOfLeaf = leaves.map((leaf) => axes.findIndex((axis) => axis.leaf === leaf))
  const levelsBy = (levelOf: (axis: SpaceAxis, index: number) => number): number[] =>
    axisOfLeaf.map((index) => {
      const axis = axes[index]
      return axis === undefined ? 0 : levelOf(axis, index)
    })
  const levelsOfPoint = (point: readonly number[]) =>
    levelsBy((axis, index) => axis.levelAt(point[index] ?? 0))
  const existingAt = (levels: readonly number[]): ReadonlySet<ParameterLeaf> => {
    const exists = activity((leaf) => levels[leaf] ?? 0)
    return new Set(leaves.filter((_, index) => exists[index] === true))
  }
  const cellOf = (levels: readonly number[]): number | null => {
    if (cells === null || cells.count > Number.MAX_SAFE_INTEGER) return null
    const existing = existingAt(levels)
    const isOutside = leaves.some((leaf, index) => existing.has(leaf) && (levels[index] ?? -1) < 0)
    return isOutside ? null : cells.cellOf(levels)
  }
  const pointOfCell = (numbered: ConditionalCells, cell: number): number[] => {
    const levels = numbered.levelsOf(cell)
    const point = new Array<number>(axes.length).fill(0.5)
    for (const [leaf, index] of axisOfLeaf.entries()) {
      const dimension = plain.dimensions[index]
      if (dimension?.kind === 'finite') point[index] = dimension.centre(levels[leaf] ?? 0)
    }
    return point
  }
  const compose = createComposer(parameters)
  const indexOfLeaf = new Map(leaves.map((leaf, index) => [leaf, axisOfLeaf[index] ?? -1]))
  const configAt = (point: readonly number[]): ConfigMap => {
    const existing = existingAt(levelsOfPoint(point))
    return compose((leaf) => {
      if (!existing.has(leaf)) return undefined
      if (leaf.distribution.name === 'constant') return leaf.distribution.value
      const index = indexOfLeaf.get(leaf) ?? -1
      return axes[index]?.valueAt(point[index] ?? 0)
    })
  }
  const parentLeaves = leaves.flatMap((leaf, index) => {
    const isParent = leaves.some((other) =>
      other.when.some(({ names }) => names.join('\n') === leaf.names.join('\n')),
    )
    return isParent && (axisOfLeaf[index] ?? -1) >= 0 ? [index] : []
  })
  return {
    ...plain,
    activity: {
      parents: parentLeaves.map((leaf) => axisOfLeaf[leaf] ?? -1),
      existsAt(levels) {
        const levelOf = new Map(parentLeaves.map((leaf, at) => [leaf, levels[at] ?? 0]))
        const exists = activity((leaf) => levelOf.get(leaf) ?? 0)
        return axes.map((_, index) => exists[axisOfLeaf.indexOf(index)] === true)
      },
    },
    size: cells?.count ?? null,
    cells: cells === null ? null : { count: cells.count, pointOf: (cell) => pointOfCell(cells, cell) },
    configAt,
    renderAt(point) {
      const config = configAt(point)
      return { text: writeConfigText(config), hash: hashConfig(config) }
    },
    pointOf(config) {
      const existing = existingAt(levelsBy((axis) => levelOfConfig(axis, config)))
      return allOf(axes, (axis) => (existing.has(axis.leaf) ? pointCoordinate(axis, layout, config) : 0.5))
    },
    cellOfPoint: (point) => cellOf(levelsOfPoint(point)),
    cellOfConfig: (config) => cellOf(levelsBy((axis) => levelOfConfig(axis, config))),
  }
}
