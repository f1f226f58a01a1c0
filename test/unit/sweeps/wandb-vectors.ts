// Reads test/vectors/wandb: each case with the source text of its parts, because JSON.parse loses 3 against 3.0.
import { readFileSync } from 'node:fs'
import { ConfigNumber, isConfigList, isConfigMap, parseConfigValue } from '../../../sweeps/config-text.ts'
import type { ConfigMap, ConfigValue } from '../../../sweeps/config-text.ts'
import { parseSweepFile } from '../../../sweeps/config.ts'
import type { SweepConfig } from '../../../sweeps/config.ts'

export function readVectors(name: string): ConfigMap[] {
  const text = readFileSync(new URL(`../../vectors/wandb/${name}`, import.meta.url), 'utf8')
  return listOf(parseConfigValue(text)).map(mapOf)
}

export function mapOf(value: ConfigValue | undefined): ConfigMap {
  if (value === undefined || value === null || typeof value !== 'object' || !isConfigMap(value))
    throw new Error('not a map')
  return value
}

export function listOf(value: ConfigValue | undefined): readonly ConfigValue[] {
  if (value === undefined || value === null || typeof value !== 'object' || !isConfigList(value))
    throw new Error('not a list')
  return value
}

export function numberOf(value: ConfigValue | undefined): number {
  if (!(value instanceof ConfigNumber)) throw new Error('not a number')
  return value.value
}

export function textOf(value: ConfigValue | undefined): string {
  if (typeof value !== 'string') throw new Error('not a text')
  return value
}

/** W&B wraps the first level of a run's config in {"value": ...}. */
export function unwrap(config: ConfigValue | undefined): ConfigMap {
  return new Map([...mapOf(config)].map(([name, wrapped]) => [name, mapOf(wrapped).get('value') ?? null]))
}

/** JSON is YAML, but for non-finite numbers. */
export function toYaml(value: ConfigValue): string {
  if (value instanceof ConfigNumber) {
    return Number.isFinite(value.value)
      ? value.text
      : Number.isNaN(value.value)
        ? '.nan'
        : value.value > 0
          ? '.inf'
          : '-.inf'
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isConfigList(value)) return `[${value.map(toYaml).join(', ')}]`
  return `{${[...mapOf(value)].map(([key, child]) => `${JSON.stringify(key)}: ${toYaml(child)}`).join(', ')}}`
}

export function sweepOf(method: string, parameters: ConfigValue): SweepConfig {
  return parseSweepFile(`{method: ${method}, parameters: ${toYaml(parameters)}}`).config
}

/** Plain JavaScript for comparing. */
export function plainVector(value: ConfigValue | undefined): unknown {
  if (value instanceof ConfigNumber) return value.value
  if (value === undefined || value === null || typeof value !== 'object') return value
  if (isConfigList(value)) return value.map(plainVector)
  return Object.fromEntries([...mapOf(value)].map(([key, child]) => [key, plainVector(child)]))
}
