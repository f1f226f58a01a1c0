// Config values as Python prints them, by str() and json.dumps: what training scripts get on their command line.
import { ConfigNumber, isConfigMap } from './config-text.ts'
import type { ConfigValue } from './config-text.ts'

/** str(value) of a scalar; lists and maps as JSON, because a Python repr can be read by Python alone. */
export function printPythonString(value: ConfigValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return value
  if (value instanceof ConfigNumber) return value.text
  return printPythonJson(value)
}

/** json.dumps(value): ", " and ": " between, everything beyond ASCII escaped, NaN and Infinity bare. */
export function printPythonJson(value: ConfigValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoteAscii(value)
  if (value instanceof ConfigNumber) {
    return Number.isFinite(value.value) || value.isInteger ? value.text : jsonNonFinite(value.value)
  }
  if (isConfigMap(value)) {
    return `{${[...value].map(([key, child]) => `${quoteAscii(key)}: ${printPythonJson(child)}`).join(', ')}}`
  }
  return `[${value.map(printPythonJson).join(', ')}]`
}

function jsonNonFinite(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

function quoteAscii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
