// The text of a sweep file (YAML or JSON) as a tree of nodes with positions. Numbers keep how they were written, maps
// are lists of entries, and literals that YAML 1.1, YAML 1.2 and people read differently are problems, not guesses.
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Scalar, YAMLMap } from 'yaml'
import { ConfigNumber } from './config-text.ts'
import type { ConfigValue } from './config-text.ts'
import { SweepConfigError, SweepError } from './errors.ts'
import type { ConfigProblem } from './errors.ts'
import { findUnsafeText, positionOf } from './sweep-text-scan.ts'

/** A value with its place. `path` is dotted (`parameters.lr.values.2`), line and column are 1-based. */
export interface TextNode {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly content: ScalarContent | ListContent | MapContent
}
export interface ScalarContent {
  readonly kind: 'scalar'
  readonly value: null | boolean | string | ConfigNumber
  /** As written, without quotes. */
  readonly source: string
}
export interface ListContent {
  readonly kind: 'list'
  readonly items: readonly TextNode[]
}
export interface MapContent {
  readonly kind: 'map'
  readonly entries: readonly TextEntry[]
}
export interface TextEntry {
  readonly key: string
  readonly line: number
  readonly column: number
  readonly value: TextNode
}

export interface ReadText {
  /** null when the text cannot be read at all, or is empty. */
  readonly root: TextNode | null
  readonly errors: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

/** Reads the text; never throws for what it contains. */
export function readSweepText(text: string): ReadText {
  const source = text.replace(/^\ufeff/, '')
  const unsafe = findUnsafeText(source)
  if (unsafe !== null) return { root: null, errors: [unsafe], warnings: [] }
  const document = parseSafeText(source)
  if (document.errors.length > 0)
    return { root: null, errors: document.errors.map((e) => syntaxProblem(source, e)), warnings: [] }
  return new TreeReader(source).read(document)
}

/** uniqueKeys: the library compares each key with each other; duplicates are found below in linear time. */
function parseSafeText(text: string): Document.Parsed {
  return parseDocument(text, { version: '1.2', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
}

function syntaxProblem(
  text: string,
  error: { readonly message: string; readonly pos: readonly [number, number] },
): ConfigProblem {
  return {
    path: '',
    ...positionOf(text, error.pos[0]),
    code: 'syntax',
    message: `not valid YAML: ${error.message.split('\n')[0] ?? ''}`,
    hint: 'Check indentation, quotes and brackets here.',
  }
}

class TreeReader {
  private readonly errors: ConfigProblem[] = []
  private readonly warnings: ConfigProblem[] = []
  private readonly lineStarts: number[] = [0]

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.lineStarts.push(at + 1)
  }

  read(document: Document.Parsed): ReadText {
    const root = document.contents === null ? null : this.readNode(document.contents, '', 0)
    return { root, errors: this.errors, warnings: this.warnings }
  }

  private readNode(node: unknown, path: string, fallbackOffset: number): TextNode {
    const offset = rangeStart(node) ?? fallbackOffset
    const place = this.place(offset)
    if (isMap(node)) return { path, ...place, content: this.readMap(node, path, offset) }
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.readNode(item, joinPath(path, String(index)), offset),
      )
      return { path, ...place, content: { kind: 'list', items } }
    }
    if (isScalar(node)) return { path, ...place, content: this.readScalar(node, path, place) }
    return { path, ...place, content: { kind: 'scalar', value: null, source: '' } }
  }

  private readMap(map: YAMLMap, path: string, offset: number): MapContent {
    const entries: TextEntry[] = []
    const seen = new Set<string>()
    for (const pair of map.items) {
      const keyOffset = rangeStart(pair.key) ?? offset
      const place = this.place(keyOffset)
      const key = isScalar(pair.key) ? keyText(pair.key) : null
      if (key === null) {
        this.report({
          path,
          ...place,
          code: 'bad_key',
          message: 'a key that is not text',
          hint: 'Write key: value.',
        })
        continue
      }
      const keyPath = joinPath(path, key)
      if (seen.has(key)) {
        this.report({
          path: keyPath,
          ...place,
          code: 'duplicate_key',
          message: `"${key}" stands here twice`,
          hint: 'Remove one.',
        })
      }
      seen.add(key)
      entries.push({ key, ...place, value: this.readNode(pair.value, keyPath, keyOffset) })
    }
    return { kind: 'map', entries }
  }

  private readScalar(scalar: Scalar, path: string, place: Place): ScalarContent {
    const source = scalar.source ?? ''
    if (scalar.type !== 'PLAIN') {
      const value = typeof scalar.value === 'string' ? scalar.value : source
      if (value.includes('\0')) {
        this.report({
          path,
          ...place,
          code: 'nul_character',
          message: 'a NUL character in a text',
          hint: 'Remove it.',
        })
      }
      return { kind: 'scalar', value, source: value }
    }
    const literal = readPlainLiteral(source)
    if (literal.problem !== undefined) {
      const { isError, ...words } = literal.problem
      const target = isError ? this.errors : this.warnings
      target.push({ path, ...place, ...words })
    }
    return { kind: 'scalar', value: literal.value, source }
  }

  private report(problem: ConfigProblem): void {
    this.errors.push(problem)
  }

  private place(offset: number): Place {
    let low = 0
    let high = this.lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (this.lineStarts[low] ?? 0) + 1 }
  }
}

interface Place {
  readonly line: number
  readonly column: number
}

function rangeStart(node: unknown): number | null {
  const range = (node as { range?: readonly number[] | null } | null)?.range // every parsed node of the library has one
  return range?.[0] ?? null
}

function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? '')
}

export function joinPath(parent: string, child: string): string {
  return parent === '' ? child : `${parent}.${child}`
}

interface PlainLiteral {
  readonly value: ScalarContent['value']
  readonly problem?: {
    readonly isError: boolean
    readonly code: string
    readonly message: string
    readonly hint: string
  }
}

/** An unquoted word: null, boolean, number, or text. Numbers as YAML 1.2, and `1e-5` is one. */
export function readPlainLiteral(source: string): PlainLiteral {
  if (/^(?:|~|null|Null|NULL)$/.test(source)) return { value: null }
  if (/^(?:true|True|TRUE)$/.test(source)) return { value: true }
  if (/^(?:false|False|FALSE)$/.test(source)) return { value: false }
  if (/^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/.test(source))
    return { value: source, problem: ambiguousWord(source) }
  if (/^[-+]?\d+$/.test(source)) return readInteger(source)
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(source)) return readFloat(source)
  if (/^0x[\da-fA-F]+$/.test(source)) return readInteger(BigInt(source).toString())
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(source))
    return { value: ConfigNumber.float(source.startsWith('-') ? -Infinity : Infinity) }
  if (/^\.(?:nan|NaN|NAN)$/.test(source)) return { value: ConfigNumber.float(NaN) }
  if (/^[-+]?(?:0o[0-7]+|0b[01]+|\d[\d_]*_[\d_]*(?:\.[\d_]*)?|\d+(?::[0-5]?\d)+(?:\.\d*)?)$/.test(source)) {
    return { value: source, problem: ambiguousNumber(source) }
  }
  return { value: source }
}

function readInteger(source: string): PlainLiteral {
  const digits = source.replace(/^[-+]/, '')
  if (digits.length > 1 && digits.startsWith('0')) {
    return { value: source, problem: { ...ambiguousNumber(source), code: 'leading_zero' } }
  }
  if (digits.length > 16 || !Number.isSafeInteger(Number(source))) {
    const hint = 'Write it in quotes for text, or with a point for an approximate number.'
    const message = `${shorten(source)} is beyond 2^53 and would change silently`
    return {
      value: ConfigNumber.int(0),
      problem: { isError: true, code: 'number_out_of_range', message, hint },
    }
  }
  return { value: ConfigNumber.int(Number(source)) }
}

function readFloat(source: string): PlainLiteral {
  const value = Number(source)
  const isZeroAsWritten = !/[1-9]/.test(source.replace(/[eE].*$/, ''))
  if (!Number.isFinite(value) || (value === 0 && !isZeroAsWritten)) {
    const message = `${shorten(source)} does not fit a 64-bit float`
    const hint = 'Use a number between 1e-308 and 1e308.'
    return {
      value: ConfigNumber.float(0),
      problem: { isError: true, code: 'number_out_of_range', message, hint },
    }
  }
  if (/^[-+]?0\d/.test(source))
    return { value: source, problem: { ...ambiguousNumber(source), code: 'leading_zero' } }
  return { value: ConfigNumber.float(value) }
}

function ambiguousWord(source: string): NonNullable<PlainLiteral['problem']> {
  const isTrue = /^(?:yes|on)$/i.test(source)
  return {
    isError: false,
    code: 'ambiguous_word',
    message: `"${source}" is read as text; W&B reads it as ${isTrue}`,
    hint: `Write ${isTrue}, or "${source}" in quotes.`,
  }
}

function ambiguousNumber(source: string): NonNullable<PlainLiteral['problem']> {
  return {
    isError: true,
    code: 'ambiguous_number',
    message: `${shorten(source)} is read as different numbers by different programs`,
    hint: 'Write it as a plain decimal number, or in quotes for text.',
  }
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`
}

/** The node as a config value: what a parameter's `value` or `values` hold. */
export function configValueOf(node: TextNode): ConfigValue {
  switch (node.content.kind) {
    case 'scalar':
      return node.content.value
    case 'list':
      return node.content.items.map(configValueOf)
    case 'map':
      return new Map(node.content.entries.map((entry) => [entry.key, configValueOf(entry.value)]))
  }
}

/**
 * The text with settings applied: each `k=v` has a dotted path of keys and a YAML value. Comments and order stay.
 * @throws SweepConfigError when the text cannot be read; SweepError USAGE when a setting cannot be
 */
export function applySettings(text: string, settings: readonly string[]): string {
  if (settings.length === 0) return text
  const read = readSweepText(text)
  if (read.root === null || read.errors.length > 0) throw new SweepConfigError(read.errors, read.warnings)
  const document = parseSafeText(text.replace(/^\ufeff/, ''))
  for (const setting of settings) applySetting(document, setting)
  const changed = document.toString({ lineWidth: 0 })
  const again = readSweepText(changed)
  if (again.root === null) throw new SweepConfigError(again.errors, again.warnings)
  return changed
}

function applySetting(document: Document.Parsed, setting: string): void {
  const equals = setting.indexOf('=')
  const keys = setting.slice(0, Math.max(equals, 0)).trim().split('.')
  const reserved = keys.find((key) => RESERVED_NAMES.has(key))
  if (equals < 1 || keys.some((key) => key === '') || reserved !== undefined) {
    throw new SweepError('USAGE', `--set ${shorten(setting)}: expected path=value`, {
      hint: 'For example --set parameters.lr.max=0.1 or --set run_cap=20.',
    })
  }
  const valueText = setting.slice(equals + 1)
  const unsafe = findUnsafeText(valueText)
  const value = unsafe === null ? parseSafeText(valueText) : null
  if (value === null || value.errors.length > 0) {
    const reason = unsafe?.message ?? value?.errors[0]?.message.split('\n')[0] ?? 'not a value'
    throw new SweepError('USAGE', `--set ${keys.join('.')}: ${reason}`, {
      hint: 'Put text with special characters in quotes.',
    })
  }
  const target = documentPath(document, keys)
  for (let depth = 1; depth < target.length; depth++) {
    const parent = document.getIn(target.slice(0, depth))
    if (parent !== undefined && parent !== null && !isMap(parent) && !isSeq(parent)) {
      throw new SweepError(
        'USAGE',
        `--set ${keys.join('.')}: ${target.slice(0, depth).join('.')} is not a mapping`,
        {
          hint: 'A setting goes to a key of a mapping.',
        },
      )
    }
  }
  document.setIn(target, value.contents)
}

/**
 * The text without those keys, each a dotted path; one that is not there is no error. Comments and order stay.
 * @throws SweepConfigError when the text cannot be read
 */
export function removeSettings(text: string, paths: readonly string[]): string {
  if (paths.length === 0) return text
  const read = readSweepText(text)
  if (read.root === null || read.errors.length > 0) throw new SweepConfigError(read.errors, read.warnings)
  const document = parseSafeText(text.replace(/^\ufeff/, ''))
  for (const path of paths) {
    const target = documentPath(document, path.split('.'))
    if (document.hasIn(target)) document.deleteIn(target)
  }
  return document.toString({ lineWidth: 0 })
}

/** Dots also stand inside parameter names: the longest key that exists is taken at each level. */
function documentPath(document: Document.Parsed, keys: readonly string[]): (string | number)[] {
  const path: (string | number)[] = []
  let rest = [...keys]
  while (rest.length > 0) {
    const parent = document.getIn(path)
    let taken = 1
    for (let length = rest.length; length > 1; length--) {
      if (isMap(parent) && parent.has(rest.slice(0, length).join('.'))) {
        taken = length
        break
      }
    }
    const key = rest.slice(0, taken).join('.')
    path.push(isSeq(parent) && /^\d+$/.test(key) ? Number(key) : key)
    rest = rest.slice(taken)
  }
  return path
}

/** Never a name of anything here: they reach an object's prototype in careless programs, the training script's too. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  'toString',
])
