// The space of configurations: parameters in the order of W&B's engine, as dimensions of the unit cube. A point of
// the cube becomes a config and a config a point; no method and no randomness here.
import type { Dimension } from '../optimizers/optimizer.ts'
import { countPoints, equalLevels } from '../optimizers/optimizer.ts'
import type { ParameterLeaf, ParameterNode } from './config-parameters.ts'
import { isConfigMap, writeConfigText } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'
import { coordinateOf, gridValues, quantile, sampledValues } from './distributions.ts'
import type { FiniteValues } from './finite-values.ts'

/** How a finite parameter is laid out: `grid` lists it as W&B's grid does, `sampled` follows its distribution. */
export type SpaceLayout = 'grid' | 'sampled'

export interface SearchSpace {
  /** Number of different configurations, or null when a parameter is continuous. Exact up to 2^53. */
  readonly size: number | null
  /** One per parameter that is not constant, names sorted at each level; the last one varies fastest in a grid. */
  readonly dimensions: readonly Dimension[]
  /** The parameters of `dimensions`. */
  readonly leaves: readonly ParameterLeaf[]
  /** The config at a point of the cube, constants included. */
  configAt(point: readonly number[]): ConfigMap
  /** JSON text of the same. */
  configTextAt(point: readonly number[]): string
  /** The point that gives a config's values; null when a value is missing or outside the space. */
  pointOf(config: ConfigMap): number[] | null
  /** Number of the cell that a point stands for, or null in a continuous space. */
  cellOfPoint(point: readonly number[]): number | null
  /**
   * Number of the cell that a config covers, by W&B's rule: each parameter that is not constant has an equal value;
   * constants and unknown keys do not matter. null when it covers none.
   */
  cellOfConfig(config: ConfigMap): number | null
}

interface Axis {
  readonly leaf: ParameterLeaf
  readonly values: FiniteValues | null
  /** Keys of the parameter's mapping values; null when it has none. Others are ignored when comparing. */
  readonly mapKeys: ReadonlySet<string> | null
  readonly valueAt: (coordinate: number) => ConfigValue
  /** Index among `values`. */
  readonly levelAt: (coordinate: number) => number
}

/** @param parameters checked; for layout `grid` only kinds that a grid takes */
export function buildSearchSpace(
  parameters: readonly ParameterNode[],
  options: { readonly layout?: SpaceLayout } = {},
): SearchSpace {
  const layout = options.layout ?? 'sampled'
  const axes = sortedLeaves(parameters)
    .filter((leaf) => leaf.distribution.name !== 'constant')
    .map((leaf) => buildAxis(leaf, layout))
  const dimensions = axes.map((axis) => dimensionOf(axis, layout))
  const size = countPoints(dimensions)
  const compose = createComposer(parameters, axes)
  const configAt = (point: readonly number[]): ConfigMap =>
    compose(axes.map((axis, index) => axis.valueAt(point[index] ?? 0)))
  return {
    size,
    dimensions,
    leaves: axes.map((axis) => axis.leaf),
    configAt,
    configTextAt: (point) => writeConfigText(configAt(point)),
    pointOf: (config) => allOf(axes, (axis) => pointCoordinate(axis, layout, config)),
    cellOfPoint: (point) => cellNumber(axes, (axis, index) => axis.levelAt(point[index] ?? 0)),
    cellOfConfig: (config) => cellNumber(axes, (axis) => levelOfConfig(axis, config)),
  }
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

function buildAxis(leaf: ParameterLeaf, layout: SpaceLayout): Axis {
  const { distribution } = leaf
  const values = layout === 'grid' ? gridValues(distribution) : sampledValues(distribution)
  if (layout === 'grid' && values === null) throw new RangeError(`${leaf.names.join('.')} has no grid`)
  const maps = distribution.name === 'categorical' ? distribution.values.filter(isConfigMap) : []
  const mapKeys = maps.length > 0 ? new Set(maps.flatMap((map) => [...map.keys()])) : null
  if (layout === 'grid' && values !== null) {
    const levelAt = (u: number): number => Math.min(Math.floor(u * values.count), values.count - 1)
    return { leaf, values, mapKeys, valueAt: (u) => values.valueAt(levelAt(u)), levelAt }
  }
  const valueAt = (u: number): ConfigValue => quantile(distribution, u)
  return { leaf, values, mapKeys, valueAt, levelAt: (u) => values?.indexOf(valueAt(u)) ?? -1 }
}

function dimensionOf(axis: Axis, layout: SpaceLayout): Dimension {
  const { values, leaf } = axis
  if (values === null) return { kind: 'continuous' }
  if (layout === 'grid') return equalLevels(values.count)
  return {
    kind: 'finite',
    levels: values.count,
    centre: (level) => coordinateOf(leaf.distribution, values.valueAt(level)) ?? 0.5,
  }
}

function allOf<T>(axes: readonly Axis[], coordinate: (axis: Axis) => T | null): T[] | null {
  const found: T[] = []
  for (const axis of axes) {
    const one = coordinate(axis)
    if (one === null) return null
    found.push(one)
  }
  return found
}

function pointCoordinate(axis: Axis, layout: SpaceLayout, config: ConfigMap): number | null {
  const value = valueInside(config, axis.leaf.names)
  if (value === undefined) return null
  if (layout === 'sampled' || axis.values === null) return coordinateOf(axis.leaf.distribution, value)
  const level = axis.values.indexOf(value)
  return level < 0 ? null : (level + 0.5) / axis.values.count
}

function cellNumber(axes: readonly Axis[], levelOf: (axis: Axis, index: number) => number): number | null {
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

function levelOfConfig(axis: Axis, config: ConfigMap): number {
  const value = valueInside(config, axis.leaf.names)
  if (value === undefined || axis.values === null) return -1
  const { mapKeys } = axis
  if (mapKeys === null || value === null || typeof value !== 'object' || !isConfigMap(value)) {
    return axis.values.indexOf(value)
  }
  return axis.values.indexOf(new Map([...value].filter(([key]) => mapKeys.has(key))))
}

/** The value at a path of names; undefined when it, or a mapping on the way, is missing. */
export function valueInside(config: ConfigMap, names: readonly string[]): ConfigValue | undefined {
  let value: ConfigValue | undefined = config
  for (const name of names) {
    if (value === undefined || value === null || typeof value !== 'object' || !isConfigMap(value))
      return undefined
    value = value.get(name)
  }
  return value
}

/** Builds configs with W&B's order of keys: a level's own parameters sorted, then its groups sorted. */
function createComposer(
  parameters: readonly ParameterNode[],
  axes: readonly Axis[],
): (values: readonly ConfigValue[]) => ConfigMap {
  const ordered = orderForConfig(parameters)
  const indexes = new Map(axes.map((axis, index) => [axis.leaf.names.join('\n'), index]))
  return (values) =>
    composeOrdered(ordered, (leaf) => {
      if (leaf.distribution.name === 'constant') return leaf.distribution.value
      return values[indexes.get(leaf.names.join('\n')) ?? -1] ?? null
    })
}

/** A config with a value for each parameter, in the order that every config of the sweep has. */
export function composeConfig(
  parameters: readonly ParameterNode[],
  valueOf: (leaf: ParameterLeaf) => ConfigValue,
): ConfigMap {
  return composeOrdered(orderForConfig(parameters), valueOf)
}

function orderForConfig(parameters: readonly ParameterNode[]): ParameterNode[] {
  const sorted = sortByName(parameters)
  const groups = sorted.flatMap((node) =>
    node.kind === 'group' ? [{ ...node, children: orderForConfig(node.children) }] : [],
  )
  return [...sorted.filter((node) => node.kind === 'leaf'), ...groups]
}

function composeOrdered(
  ordered: readonly ParameterNode[],
  valueOf: (leaf: ParameterLeaf) => ConfigValue,
): ConfigMap {
  const config = new Map<string, ConfigValue>()
  for (const node of ordered) {
    config.set(node.name, node.kind === 'leaf' ? valueOf(node) : composeOrdered(node.children, valueOf))
  }
  return config
}
