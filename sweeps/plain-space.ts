// What a search space can do, and the space in which every parameter exists always.
import { productCells } from '../optimizers/optimizer.ts'
import type { Dimension, DimensionActivity, PointCells } from '../optimizers/optimizer.ts'
import { createComposer } from './compose-config.ts'
import { createConfigTemplate } from './config-template.ts'
import type { RenderedConfig } from './config-template.ts'
import type { ConfigMap } from './config-text.ts'
import type { ParameterLeaf, ParameterNode } from './parameter-tree.ts'
import { dimensionOf, levelOfConfig, pointCoordinate } from './space-axis.ts'
import type { SpaceAxis, SpaceLayout } from './space-axis.ts'

export interface SearchSpace {
  /** Number of different configurations, or null when a parameter is continuous. Exact up to 2^53. */
  readonly size: number | null
  /** The different configurations as points, by number; null when a parameter is continuous. */
  readonly cells: PointCells | null
  /** One per parameter that is not constant, names sorted at each level; the last one varies fastest in a grid. */
  readonly dimensions: readonly Dimension[]
  /** Which dimensions exist where; null: all of them, everywhere. */
  readonly activity: DimensionActivity | null
  /** The parameters of `dimensions`. */
  readonly leaves: readonly ParameterLeaf[]
  /** The config at a point of the cube, constants included, without the parameters whose conditions do not hold. */
  configAt(point: readonly number[]): ConfigMap
  /** JSON text and hash of the same. */
  renderAt(point: readonly number[]): RenderedConfig
  /**
   * The point that gives a config's values, 0.5 where a parameter's conditions do not hold; null when a value is missing
   * or outside the space.
   */
  pointOf(config: ConfigMap): number[] | null
  /** Number of the cell that a point stands for, or null in a continuous space. */
  cellOfPoint(point: readonly number[]): number | null
  /**
   * Number of the cell that a config covers, by W&B's rule: each parameter that is not constant has an equal value;
   * constants and unknown keys do not matter. null when it covers none.
   */
  cellOfConfig(config: ConfigMap): number | null
}

/** Every parameter exists always. */
export function buildPlainSpace(
  parameters: readonly ParameterNode[],
  axes: readonly SpaceAxis[],
  layout: SpaceLayout,
): SearchSpace {
  const dimensions = axes.map((axis) => dimensionOf(axis, layout))
  const cells = productCells(dimensions)
  const compose = createComposer(parameters)
  const indexOfLeaf = new Map(axes.map((axis, index) => [axis.leaf, index]))
  const render = createConfigTemplate(parameters, (leaf) => indexOfLeaf.get(leaf) ?? -1)
  const configAt = (point: readonly number[]): ConfigMap =>
    compose((leaf) => {
      if (leaf.distribution.name === 'constant') return leaf.distribution.value
      const index = indexOfLeaf.get(leaf) ?? -1
      return axes[index]?.valueAt(point[index] ?? 0)
    })
  return {
    size: cells?.count ?? null,
    cells,
    dimensions,
    activity: null,
    leaves: axes.map((axis) => axis.leaf),
    configAt,
    renderAt: (point) => render(axes.map((axis, index) => axis.valueAt(point[index] ?? 0))),
    pointOf: (config) => allOf(axes, (axis) => pointCoordinate(axis, layout, config)),
    cellOfPoint: (point) => cellNumber(axes, (axis, index) => axis.levelAt(point[index] ?? 0)),
    cellOfConfig: (config) => cellNumber(axes, (axis) => levelOfConfig(axis, config)),
  }
}

/** null as soon as one of them is. */
export function allOf<T>(axes: readonly SpaceAxis[], coordinate: (axis: SpaceAxis) => T | null): T[] | null {
  const found: T[] = []
  for (const axis of axes) {
    const one = coordinate(axis)
    if (one === null) return null
    found.push(one)
  }
  return found
}

function cellNumber(
  axes: readonly SpaceAxis[],
  levelOf: (axis: SpaceAxis, index: number) => number,
): number | null {
  let cell = 0
  let size = 1
  for (const [index, axis] of axes.entries()) {
    const level = levelOf(axis, index)
    if (level < 0 || axis.values === null) return null
    cell = cell * axis.values.count + level
    size *= axis.values.count
  }
  // Beyond 2^53 two cells would share a number: such a space is told apart by its configs' hashes
  return size <= Number.MAX_SAFE_INTEGER ? cell : null
}
