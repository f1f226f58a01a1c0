// A run's config as JSON text: the only reader and writer. It keeps 1 and 1.0 apart, every float round trips, and
// the order of keys is kept. The text is always strict JSON, so that it can stand inside any JSON document:
// a non-finite number is written {"$float":"nan"}, {"$float":"inf"} or {"$float":"-inf"} (as in RUNS.jsonl), and
// Python's bare NaN, Infinity and -Infinity are read as well.
import { SweepError } from './errors.ts'

export type ConfigValue = null | boolean | string | ConfigNumber | readonly ConfigValue[] | ConfigMap
/** Keys in their written order; a Map, so that no key reaches a prototype. */
export type ConfigMap = ReadonlyMap<string, ConfigValue>

/** Deeper configs are refused: the reader and every printer recurse. */
export const MAX_CONFIG_DEPTH = 64

/** A number that knows whether it was written as an integer. */
export class ConfigNumber {
  /** null until it is asked for: a filter reads 10,000 configs and prints none of their numbers. */
  #printed: string | null

  private constructor(
    /** Nearest double; exact for integers up to 2^53. */
    readonly value: number,
    printed: string | null,
    readonly isInteger: boolean,
  ) {
    this.#printed = printed
  }

  /** As Python prints it: `3`, `3.0`, `1e-05`, `nan`, `inf`. Integers keep all their digits. */
  get text(): string {
    return (this.#printed ??= printFloat(this.value))
  }

  /** @param value an integer; -0 becomes 0 */
  static int(value: number | bigint): ConfigNumber {
    const number = Number(value) + 0
    const text = Number.isSafeInteger(number) ? String(number) : BigInt(value).toString()
    return new ConfigNumber(number, text, true)
  }

  static float(value: number): ConfigNumber {
    return new ConfigNumber(value, null, false)
  }

  /** A JSON or YAML decimal number: an integer when it has neither a point nor an exponent. */
  static fromText(text: string): ConfigNumber {
    const value = Number(text)
    if (!INTEGER.test(text)) return ConfigNumber.float(value)
    return ConfigNumber.int(
      Number.isSafeInteger(value) ? value : BigInt(text.startsWith('+') ? text.slice(1) : text),
    )
  }
}

const INTEGER = /^[-+]?\d+$/

export function isConfigMap(value: ConfigValue): value is ConfigMap {
  return value instanceof Map
}

export function isConfigList(value: ConfigValue): value is readonly ConfigValue[] {
  return Array.isArray(value)
}

/** The float as Python's repr prints it: shortest digits, exponent below 1e-4 and from 1e16 on. */
export function printFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  const magnitude = Math.abs(value)
  // JavaScript writes fixed notation between 1e-6 and 1e21, with the same digits
  if (magnitude >= 1e-4 && magnitude < 1e16) {
    const fixed = JSON.stringify(value) // four fifths of the time of String(value)
    return Number.isInteger(value) ? `${fixed}.0` : fixed
  }
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  if (magnitude >= 1e-6 && magnitude < 1e-4) return withExponent(value, magnitude < 1e-5 ? 6 : 5)
  const [digits = '0', exponent = '+0'] = value.toExponential().split('e')
  return `${digits}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`
}

/** 0.0000123 as 1.23e-05: cutting the fixed notation takes a third of the time of toExponential. */
function withExponent(value: number, exponent: number): string {
  const fixed = JSON.stringify(Math.abs(value))
  const digits = fixed.slice('0.'.length + exponent - 1)
  const mantissa = digits.length === 1 ? digits : `${digits.charAt(0)}.${digits.slice(1)}`
  return `${value < 0 ? '-' : ''}${mantissa}e-0${exponent}`
}

/**
 * Reads a run's config.
 * @throws SweepError REQUEST_INVALID when the text is not a JSON object, or nests deeper than MAX_CONFIG_DEPTH
 */
export function parseConfigText(text: string): ConfigMap {
  const value = parseConfigValue(text)
  if (!isConfigMap(value)) {
    throw new SweepError('REQUEST_INVALID', 'config: expected a JSON object', {
      hint: 'Write the parameters as {"name": value}.',
    })
  }
  return value
}

/** Reads any JSON value with the rules of this file. @throws SweepError REQUEST_INVALID */
export function parseConfigValue(text: string): ConfigValue {
  const reader = new JsonReader(text)
  return reader.readDocument()
}

class JsonReader {
  private position = 0

  constructor(private readonly text: string) {}

  readDocument(): ConfigValue {
    const value = this.readValue(0)
    this.skipSpace()
    if (this.position < this.text.length) this.fail('text after the end')
    return value
  }

  private readValue(depth: number): ConfigValue {
    if (depth > MAX_CONFIG_DEPTH) this.fail(`nesting deeper than ${MAX_CONFIG_DEPTH}`)
    this.skipSpace()
    const first = this.text.charAt(this.position)
    if (first === '{') return this.readMap(depth)
    if (first === '[') return this.readList(depth)
    if (first === '"') return this.readString()
    return this.readWord()
  }

  private readMap(depth: number): ConfigValue {
    const map = new Map<string, ConfigValue>()
    this.position += 1
    this.skipSpace()
    if (this.take('}')) return map
    for (;;) {
      this.skipSpace()
      if (this.text.charAt(this.position) !== '"') this.fail('expected a key in double quotes')
      const key = this.readString()
      this.skipSpace()
      if (!this.take(':')) this.fail('expected ":"')
      map.set(key, this.readValue(depth + 1))
      this.skipSpace()
      if (this.take('}')) return nonFiniteFrom(map) ?? map
      if (!this.take(',')) this.fail('expected "," or "}"')
    }
  }

  private readList(depth: number): ConfigValue {
    const list: ConfigValue[] = []
    this.position += 1
    this.skipSpace()
    if (this.take(']')) return list
    for (;;) {
      list.push(this.readValue(depth + 1))
      this.skipSpace()
      if (this.take(']')) return list
      if (!this.take(',')) this.fail('expected "," or "]"')
    }
  }

  private readString(): string {
    const start = this.position
    const close = this.text.indexOf('"', start + 1)
    const plain = this.text.slice(start + 1, Math.max(close, start + 1))
    if (close > 0 && !ESCAPED.test(plain)) {
      this.position = close + 1
      return plain
    }
    let end = start + 1
    while (end < this.text.length && this.text.charAt(end) !== '"') {
      end += this.text.charAt(end) === '\\' ? 2 : 1
    }
    this.position = end + 1
    try {
      return JSON.parse(this.text.slice(start, end + 1)) as string // starts and ends with quotes: a string or an error
    } catch {
      this.position = start
      return this.fail('not a valid string')
    }
  }

  private readWord(): ConfigValue {
    WORD.lastIndex = this.position
    const text = WORD.exec(this.text)?.[0] ?? ''
    const known = WORDS.get(text)
    if (known !== undefined) {
      this.position += text.length
      return known
    }
    if (!NUMBER.test(text)) this.fail('expected a value')
    this.position += text.length
    return ConfigNumber.fromText(text)
  }

  private take(character: string): boolean {
    if (this.text.charAt(this.position) !== character) return false
    this.position += 1
    return true
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.position)
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return
      this.position += 1
    }
  }

  private fail(what: string): never {
    throw new SweepError('REQUEST_INVALID', `config: ${what} at character ${this.position + 1}`, {
      hint: 'Write the config as JSON, e.g. {"lr": 0.01, "layers": 3}.',
    })
  }
}

const WORD = /[-+.\w]*/y
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/
/** What JSON.parse must look at: escapes, and control characters, which it refuses. */
const ESCAPED = /[\u0000-\u001f\\]/

const WORDS: ReadonlyMap<string, ConfigValue> = new Map<string, ConfigValue>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', ConfigNumber.float(NaN)],
  ['Infinity', ConfigNumber.float(Infinity)],
  ['-Infinity', ConfigNumber.float(-Infinity)],
])

const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['-inf', -Infinity],
])

function nonFiniteFrom(map: ConfigMap): ConfigNumber | null {
  const name = map.size === 1 ? map.get('$float') : undefined
  const value = typeof name === 'string' ? NON_FINITE.get(name) : undefined
  return value === undefined ? null : ConfigNumber.float(value)
}

/** The value as JSON text; reading it again gives the same value. */
export function writeConfigText(value: ConfigValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof ConfigNumber) return writeNumber(value)
  if (isConfigMap(value)) {
    return `{${[...value].map(([key, child]) => `${JSON.stringify(key)}:${writeConfigText(child)}`).join(',')}}`
  }
  return `[${value.map(writeConfigText).join(',')}]`
}

function writeNumber(number: ConfigNumber): string {
  return Number.isFinite(number.value) || number.isInteger ? number.text : `{"$float":"${number.text}"}`
}

/** Text that two values of one parameter share exactly when they are the same value (see hashConfigText). */
export function identityOf(value: ConfigValue): string {
  if (value instanceof ConfigNumber && Number.isInteger(value.value) && !value.isInteger) {
    return ConfigNumber.int(value.value).text
  }
  return canonicalText(value)
}

/** Text that two values inside a list or a map share exactly when they are the same value. */
export function canonicalText(value: ConfigValue): string {
  if (typeof value === 'object' && value !== null && isConfigMap(value)) {
    const keys = [...value.keys()].sort()
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(value.get(key) ?? null)}`).join(',')}}`
  }
  if (value !== null && typeof value === 'object' && isConfigList(value)) {
    return `[${value.map(canonicalText).join(',')}]`
  }
  return writeConfigText(value)
}

/** Plain JavaScript for display and for reading single values: int and float are one, maps have no prototype. */
export function configToPlain(text: string): Record<string, unknown> {
  return plainOf(parseConfigText(text)) as Record<string, unknown> // a map becomes an object
}

/** Non-finite numbers become the strings "NaN", "Infinity" and "-Infinity". */
export function plainOf(value: ConfigValue): unknown {
  if (value instanceof ConfigNumber) return Number.isFinite(value.value) ? value.value : String(value.value)
  if (value === null || typeof value !== 'object') return value
  if (isConfigList(value)) return value.map(plainOf)
  const plain = Object.create(null) as Record<string, unknown> // no prototype: a key named __proto__ stays a key
  for (const [key, child] of value as ConfigMap) plain[key] = plainOf(child)
  return plain
}

/** The text as answers show it: as it stands, but non-finite numbers are the strings "NaN", "Infinity", "-Infinity". */
export function shownConfigText(text: string): string {
  if (!text.includes('"$float"')) return text
  const members = [...parseConfigText(text)].map(([key, value]) => {
    const written = writeConfigText(value)
    const shown = written.includes('"$float"') ? JSON.stringify(plainOf(value)) : written
    return `${JSON.stringify(key)}:${shown}`
  })
  return `{${members.join(',')}}`
}
