// Values as people read them: states with glyph and word, metric values, parameters as `lr=0.00073 bs=64`.
import { ConfigNumber, isConfigMap, parseConfigText, writeConfigText } from '../sweeps/config-text.ts'
import type { ConfigValue } from '../sweeps/config-text.ts'
import type { MetricValue } from '../sweeps/protocol.ts'
import type { RunState } from '../sweeps/run.ts'
import type { SweepState } from '../sweeps/sweep.ts'
import { printable } from './terminal.ts'

const GLYPHS: Readonly<Record<SweepState | RunState, string>> = {
  queued: '◌',
  paused: '◌',
  running: '●',
  finishing: '●',
  finished: '✓',
  stopped: '⊣',
  failed: '✗',
  cancelled: '⊘',
  lost: '?',
  preempted: '↻',
}

/** `✓ finished`: the glyph and the word of a state. */
export function stateLabel(state: SweepState | RunState): string {
  return `${GLYPHS[state]} ${state}`
}

/**
 * A metric's value; `-` when there is none.
 * @param isShort five significant digits, for a terminal; else all digits
 */
export function formatMetric(value: MetricValue | null | undefined, isShort: boolean): string {
  if (value === null || value === undefined) return '-'
  if (typeof value === 'string') return value
  return isShort && !Number.isInteger(value) ? shortNumber(value, 5) : String(value)
}

/**
 * A config as `lr=0.00073 bs=64 opt=adamw`, nested names dotted, in the written order.
 * @param isShort floats to four significant digits, for a terminal; else as written
 */
export function formatParams(configText: string, isShort: boolean): string {
  return flattenConfig(configText)
    .map(([name, value]) => `${printable(name)}=${printable(formatConfigValue(value, isShort))}`)
    .join(' ')
}

/** Leaves of a config with dotted names; an empty map is a leaf. */
export function flattenConfig(configText: string): [name: string, value: ConfigValue][] {
  const leaves: [string, ConfigValue][] = []
  const visit = (value: ConfigValue, path: string): void => {
    if (!isConfigMap(value) || (value.size === 0 && path !== '')) {
      leaves.push([path, value])
      return
    }
    for (const [key, inner] of value) visit(inner, path === '' ? key : `${path}.${key}`)
  }
  visit(parseConfigText(configText), '')
  return leaves
}

/** One value: strings bare, numbers as written, everything else as JSON. */
export function formatConfigValue(value: ConfigValue, isShort = false): string {
  if (typeof value === 'string') return value
  if (!(value instanceof ConfigNumber)) return writeConfigText(value)
  const isLongFloat = !value.isInteger && value.text.length > 7
  return isShort && isLongFloat ? shortNumber(value.value, 4) : value.text
}

function shortNumber(value: number, digits: number): string {
  const text = String(value)
  if (text.length <= digits + 1) return text
  const rounded = Number(value.toPrecision(digits))
  return String(rounded).length <= text.length ? String(rounded) : text
}

/** `1 run`, `3 runs`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
