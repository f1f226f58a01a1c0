// One parameter as a coordinate of the unit cube: from a coordinate to a value and a level, and back from a config.
import { equalLevels } from '../optimizers/optimizer.ts'
import type { Dimension } from '../optimizers/optimizer.ts'
import { isConfigMap } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'
import { coordinateOf, gridValues, quantile, sampledValues } from './distributions.ts'
import type { FiniteValues } from './finite-values.ts'
import { levelPositions, modelScaleOf } from './model-coordinates.ts'
import type { ParameterLeaf } from './parameter-tree.ts'

/** How a finite parameter is laid out: `grid` lists it as W&B's grid does, `sampled` follows its distribution. */
export type SpaceLayout = 'grid' | 'sampled'

export interface SpaceAxis {
  readonly leaf: ParameterLeaf
  readonly values: FiniteValues | null
  /** Keys of the parameter's mapping values; null when it has none. Others are ignored when comparing. */
  readonly mapKeys: ReadonlySet<string> | null
  readonly valueAt: (coordinate: number) => ConfigValue
  /** Index among `values`. */
  readonly levelAt: (coordinate: number) => number
}

export function buildAxis(leaf: ParameterLeaf, layout: SpaceLayout): SpaceAxis {
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

export function dimensionOf(axis: SpaceAxis, layout: SpaceLayout): Dimension {
  const { values, leaf } = axis
  if (values === null) {
    const scale = modelScaleOf(leaf.distribution)
    return scale === undefined ? { kind: 'continuous' } : { kind: 'continuous', scale }
  }
  if (layout === 'grid') return equalLevels(values.count)
  const position = levelPositions(leaf.distribution, values)
  return {
    kind: 'finite',
    levels: values.count,
    centre: (level) => coordinateOf(leaf.distribution, values.valueAt(level)) ?? 0.5,
    levelAt: axis.levelAt,
    ...(position === null ? {} : { position }),
  }
}

/** The coordinate of a config's value; null when it is missing or outside. */
export function pointCoordinate(axis: SpaceAxis, layout: SpaceLayout, config: ConfigMap): number | null {
  const value = valueInside(config, axis.leaf.names)
  if (value === undefined) return null
  if (layout === 'sampled' || axis.values === null) return coordinateOf(axis.leaf.distribution, value)
  const level = axis.values.indexOf(value)
  return level < 0 ? null : (level + 0.5) / axis.values.count
}

/** The level of a config's value; -1 when it is missing, outside, or the parameter is continuous. */
export function levelOfConfig(axis: SpaceAxis, config: ConfigMap): number {
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
