// When two configs are the same one: an identity of the values as a hash.
import { hash } from 'node:crypto'
import { identityOf, parseConfigText, type ConfigMap } from './config-text.ts'

/**
 * Identity of a config as SHA-256 (hex): the order of keys does not matter, and a parameter's 3.0 equals its 3;
 * numbers inside lists and maps keep their kind ([1] differs from [1.0]), `true` is not 1, "1" is not 1, NaN equals NaN.
 */
export function hashConfigText(text: string): string {
  return hashConfig(parseConfigText(text))
}

/** The same of a config that was read already. */
export function hashConfig(config: ConfigMap): string {
  const parts = [...config.keys()]
    .sort()
    .map((key) => `${JSON.stringify(key)}:${identityOf(config.get(key) ?? null)}`)
  return hashIdentity(parts.join(','))
}

/** @param identity `"key":identity` of each parameter, sorted by key and joined by commas */
export function hashIdentity(identity: string): string {
  return hash('sha256', identity)
}
