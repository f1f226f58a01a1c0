// Reading the fields of a sweep file: each reader answers with the value or null, and notes what is wrong with it.
import { ConfigNumber, writeConfigText } from './config-text.ts'
import type { ConfigProblem } from './errors.ts'
import { didYouMean, nearestName } from './nearest-name.ts'
import { configValueOf, joinPath } from './sweep-text.ts'
import type { MapContent, TextEntry, TextNode } from './sweep-text.ts'

/** Where a problem stands: a node, an entry's key, or anything else with a place. */
export interface Place {
  readonly line: number | null
  readonly column: number | null
}

/** All problems of one file, in the order they were found. */
export class ProblemList {
  readonly errors: ConfigProblem[] = []
  readonly warnings: ConfigProblem[] = []

  error(path: string, place: Place, code: string, message: string, hint = ''): null {
    this.errors.push({ path, line: place.line, column: place.column, code, message, hint })
    return null
  }

  warn(path: string, place: Place, code: string, message: string, hint = ''): void {
    this.warnings.push({ path, line: place.line, column: place.column, code, message, hint })
  }

  /** The common sentence: what was wanted, what was found. */
  unexpected(node: TextNode, wanted: string, hint = ''): null {
    return this.error(node.path, node, 'wrong_type', `expected ${wanted}, found ${describeNode(node)}`, hint)
  }
}

/** A few words for what stands there: `the text "adam"`, `3.0`, `a list`. */
export function describeNode(node: TextNode): string {
  switch (node.content.kind) {
    case 'list':
      return 'a list'
    case 'map':
      return 'a mapping'
    case 'scalar': {
      const { value, source } = node.content
      if (value === null) return 'nothing'
      const shown = source.length <= 40 ? source : `${source.slice(0, 37)}...`
      return typeof value === 'string' ? `the text ${JSON.stringify(shown)}` : shown
    }
  }
}

export function findEntry(map: MapContent, key: string): TextEntry | undefined {
  return map.entries.find((entry) => entry.key === key)
}

/** Notes each key that is not known, with the nearest one that is. */
export function refuseUnknownKeys(
  problems: ProblemList,
  path: string,
  map: MapContent,
  known: readonly string[],
): void {
  for (const entry of map.entries) {
    if (known.includes(entry.key)) continue
    const shown = entry.key.length <= 60 ? entry.key : `${entry.key.slice(0, 57)}...`
    const hint = didYouMean(entry.key, known, `Known here: ${known.join(', ')}.`)
    problems.error(joinPath(path, entry.key), entry, 'unknown_key', `"${shown}" is not a known key`, hint)
  }
}

/** The entry of a key that must be there. Of a misspelt one refuseUnknownKeys tells: it must be called for this map too. */
export function requireEntry(
  problems: ProblemList,
  map: MapContent,
  key: string,
  missing: { readonly path: string; readonly place: Place; readonly hint: string },
): TextEntry | null {
  const entry = findEntry(map, key)
  if (entry !== undefined) return entry
  const isMisspelt = map.entries.some((other) => nearestName(other.key, [key]) !== null)
  if (!isMisspelt)
    problems.error(missing.path, missing.place, 'missing_key', `"${key}" is missing`, missing.hint)
  return null
}

export function readMap(problems: ProblemList, node: TextNode, wanted = 'a mapping'): MapContent | null {
  return node.content.kind === 'map' ? node.content : problems.unexpected(node, wanted)
}

export function readText(problems: ProblemList, node: TextNode): string | null {
  const value = node.content.kind === 'scalar' ? node.content.value : undefined
  if (typeof value !== 'string')
    return problems.unexpected(node, 'text', value === undefined ? '' : 'Put it in quotes.')
  return value === '' ? problems.unexpected(node, 'text', 'Leave the key out instead.') : value
}

export function readChoice<T extends string>(
  problems: ProblemList,
  node: TextNode,
  choices: readonly T[],
): T | null {
  const value = node.content.kind === 'scalar' ? node.content.value : undefined
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  const hint =
    typeof value === 'string' ? didYouMean(value, choices) : value === false ? 'Put it in quotes.' : ''
  const message = `expected ${listWords(choices)}, found ${describeNode(node)}`
  return problems.error(node.path, node, 'unknown_choice', message, hint)
}

function listWords(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

export interface NumberLimits {
  readonly min?: number
  /** The number must be larger than this. */
  readonly above?: number
}

/** A finite number. */
export function readNumber(
  problems: ProblemList,
  node: TextNode,
  limits: NumberLimits = {},
): ConfigNumber | null {
  const value = node.content.kind === 'scalar' ? node.content.value : undefined
  if (!(value instanceof ConfigNumber)) {
    const isQuoted = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
    return problems.unexpected(node, 'a number', isQuoted ? 'Remove the quotes.' : '')
  }
  if (!Number.isFinite(value.value)) return problems.unexpected(node, 'a finite number')
  return isWithin(problems, node, value, limits) ? value : null
}

function isWithin(
  problems: ProblemList,
  node: TextNode,
  number: ConfigNumber,
  limits: NumberLimits,
): boolean {
  if (limits.above !== undefined && !(number.value > limits.above)) {
    problems.error(node.path, node, 'out_of_range', `must be > ${limits.above}, found ${describeNode(node)}`)
    return false
  }
  if (limits.min !== undefined && !(number.value >= limits.min)) {
    problems.error(node.path, node, 'out_of_range', `must be >= ${limits.min}, found ${describeNode(node)}`)
    return false
  }
  return true
}

/** A whole number; `5.0` counts as 5, as in JSON schema. */
export function readWhole(problems: ProblemList, node: TextNode, limits: NumberLimits = {}): number | null {
  const value = node.content.kind === 'scalar' ? node.content.value : undefined
  if (!(value instanceof ConfigNumber) || !Number.isSafeInteger(value.value)) {
    return problems.unexpected(node, 'a whole number')
  }
  return isWithin(problems, node, value, limits) ? value.value : null
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration such as `90m`, `1h30m` or `500ms`, in milliseconds. */
export function readDuration(problems: ProblemList, node: TextNode): number | null {
  const source =
    node.content.kind === 'scalar' && typeof node.content.value === 'string' ? node.content.value : ''
  if (!/^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/.test(source)) {
    return problems.unexpected(node, 'a duration', 'For example 90m, 1h30m or 45s.')
  }
  let total = 0
  for (const [, amount, unit] of source.matchAll(/([\d.]+)(ms|s|m|h|d)/g))
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0)
  return total > 0 ? Math.round(total) : problems.unexpected(node, 'a duration above zero')
}

/** A small settings block as plain values without a prototype; lists and mappings inside become JSON text. */
export function plainSettings(map: MapContent): Record<string, string | number | boolean | null> {
  const plain = Object.create(null) as Record<string, string | number | boolean | null> // no prototype: keys are the user's
  for (const { key, value } of map.entries) {
    const scalar =
      value.content.kind === 'scalar' ? value.content.value : writeConfigText(configValueOf(value))
    plain[key] = scalar instanceof ConfigNumber ? scalar.value : scalar
  }
  return plain
}

/** Reads a mapping's fields by key: null when missing, or when wrong (which is noted). */
export class FieldReader {
  constructor(
    private readonly problems: ProblemList,
    private readonly map: MapContent,
  ) {}

  read<T>(key: string, reader: (node: TextNode) => T | null): T | null {
    const entry = findEntry(this.map, key)
    return entry === undefined ? null : reader(entry.value)
  }

  text(key: string): string | null {
    return this.read(key, (node) => readText(this.problems, node))
  }

  whole(key: string, min?: number): number | null {
    return this.read(key, (node) => readWhole(this.problems, node, min === undefined ? {} : { min }))
  }
}
