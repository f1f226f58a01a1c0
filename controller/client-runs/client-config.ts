// The config as a W&B client wraps it, {"k":{"value":v},"_wandb":{"value":{...}}}: merged over time, and unwrapped into
// the config of a run. Text in and out, so that int and float stay apart.
import { isConfigMap, parseConfigText, writeConfigText } from '../../sweeps/config-text.ts'
import type { ConfigMap, ConfigValue } from '../../sweeps/config-text.ts'

const OWN_KEY = '_wandb'

/** Later keys win; what the client says of itself (`_wandb`) is joined, so that what each process said stays. */
export function mergeWandbConfig(before: string, given: string): string {
  const merged = new Map(parseConfigText(before))
  for (const [key, value] of parseConfigText(given)) {
    const old = merged.get(key)
    merged.set(key, key === OWN_KEY && old !== undefined ? joinDeep(old, value, 3) : value)
  }
  return writeConfigText(merged)
}

/** The config without its wrapping and without what the client says of itself. */
export function unwrapWandbConfig(text: string): string {
  const unwrapped = new Map<string, ConfigValue>()
  for (const [key, value] of parseConfigText(text)) {
    if (key !== OWN_KEY && key !== 'wandb_version') unwrapped.set(key, unwrap(value))
  }
  return writeConfigText(unwrapped)
}

/** `{"value": v, "desc": ...}` or, as some send it, v itself. */
function unwrap(value: ConfigValue): ConfigValue {
  if (!isMap(value)) return value
  const keys = [...value.keys()]
  const isWrapped = value.has('value') && keys.every((key) => key === 'value' || key === 'desc')
  return isWrapped ? (value.get('value') ?? null) : value
}

function joinDeep(before: ConfigValue, given: ConfigValue, depth: number): ConfigValue {
  if (depth === 0 || !isMap(before) || !isMap(given)) return given
  const joined = new Map(before)
  for (const [key, value] of given) {
    const old = joined.get(key)
    joined.set(key, old === undefined ? value : joinDeep(old, value, depth - 1))
  }
  return joined
}

function isMap(value: ConfigValue): value is ConfigMap {
  return typeof value === 'object' && value !== null && isConfigMap(value)
}
