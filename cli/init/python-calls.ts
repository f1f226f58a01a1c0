// Calls and literals in Python tokens: `parser.add_argument("--lr", type=float)` as a name and its arguments.
import type { PythonToken } from './python-tokens.ts'

/** A value as far as it can be known without running anything. */
export type PythonLiteral =
  | { readonly kind: 'number'; readonly value: number; readonly isInteger: boolean; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'list'; readonly items: readonly PythonLiteral[] }

export interface PythonCall {
  /** The last part of its name: `add_argument`. */
  readonly name: string
  /** The part before it, `parser`; empty when there is none or it is itself a call. */
  readonly owner: string
  readonly positional: readonly (readonly PythonToken[])[]
  readonly keywords: ReadonlyMap<string, readonly PythonToken[]>
  readonly line: number
  /** Index of its name among the tokens. */
  readonly tokenIndex: number
}

/** Name -> what a module-level assignment says it is. */
export type Constants = ReadonlyMap<string, PythonLiteral>

/** Every call whose name is one of `names`, in the order of the text. */
export function findCalls(tokens: readonly PythonToken[], names: ReadonlySet<string>): PythonCall[] {
  const calls: PythonCall[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'name' || !names.has(token.text) || !isSign(tokens[index + 1], '(')) continue
    if (tokens[index - 1]?.kind === 'name' && /^(?:def|class)$/.test(tokens[index - 1]?.text ?? '')) continue
    const hasOwner = isSign(tokens[index - 1], '.') && tokens[index - 2]?.kind === 'name'
    calls.push({
      name: token.text,
      owner: hasOwner ? (tokens[index - 2]?.text ?? '') : '',
      ...readArguments(tokens, index + 2),
      line: token.line,
      tokenIndex: index,
    })
  }
  return calls
}

function readArguments(
  tokens: readonly PythonToken[],
  from: number,
): Pick<PythonCall, 'positional' | 'keywords'> {
  const positional: (readonly PythonToken[])[] = []
  const keywords = new Map<string, readonly PythonToken[]>()
  for (const part of splitList(tokens, from)) {
    const [first, second] = part
    if (first?.kind === 'name' && isSign(second, '=')) keywords.set(first.text, part.slice(2))
    else positional.push(part)
  }
  return { positional, keywords }
}

/** The parts between commas, up to the bracket that closes the list which begins at `from`. */
function splitList(tokens: readonly PythonToken[], from: number): PythonToken[][] {
  const parts: PythonToken[][] = [[]]
  let depth = 0
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index]
    if (token === undefined) break
    if (token.kind === 'sign') {
      if ('([{'.includes(token.text)) depth++
      else if (')]}'.includes(token.text)) {
        if (depth === 0) break
        depth--
      } else if (token.text === ',' && depth === 0) {
        parts.push([])
        continue
      }
    }
    parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

/** The literal that the tokens are; null when it takes more than reading to know it. */
export function readLiteral(tokens: readonly PythonToken[], constants: Constants): PythonLiteral | null {
  const [first, ...rest] = tokens
  if (first === undefined) return null
  if (tokens.every(({ kind }) => kind === 'string')) {
    if (tokens.some(({ isFormatted }) => isFormatted)) return null
    return { kind: 'string', value: tokens.map(({ text }) => text).join('') }
  }
  if (first.kind === 'sign' && /^[-+]$/.test(first.text)) {
    const number = readLiteral(rest, constants)
    if (number?.kind !== 'number') return null
    return first.text === '+' ? number : { ...number, value: -number.value, text: negate(number.text) }
  }
  if (first.kind === 'sign' && '[('.includes(first.text)) return readList(tokens, constants)
  if (rest.length > 0) return null
  if (first.kind === 'number') return readNumber(first.text)
  if (first.text === 'None') return { kind: 'none' }
  if (first.text === 'True' || first.text === 'False')
    return { kind: 'boolean', value: first.text === 'True' }
  return first.kind === 'name' ? (constants.get(first.text) ?? null) : null
}

function negate(text: string): string {
  return text.startsWith('-') ? text.slice(1) : `-${text}`
}

function readNumber(text: string): PythonLiteral | null {
  const plain = text.replaceAll('_', '').toLowerCase()
  const value = Number(plain)
  if (!Number.isFinite(value)) return null
  return { kind: 'number', value, isInteger: /^(?:\d+|0[xob].*)$/.test(plain), text: plain }
}

/** `[1, 2]`, `(1, 2)`; `(1)` is 1 itself. */
function readList(tokens: readonly PythonToken[], constants: Constants): PythonLiteral | null {
  const last = tokens.at(-1)
  if (last?.kind !== 'sign' || !')]'.includes(last.text)) return null
  const parts = splitList(tokens, 1)
  // The list must close with the last token: `[1] + [2]` is no literal.
  const inside = parts.reduce((sum, part) => sum + part.length, 0)
  const commas = tokens.length - 2 - inside
  if (commas !== parts.length - 1 && commas !== parts.length) return null
  const items = parts.map((part) => readLiteral(part, constants))
  if (items.some((item) => item === null)) return null
  const known = items.filter((item) => item !== null)
  return tokens[0]?.text === '(' && commas === 0 && known[0] ? known[0] : { kind: 'list', items: known }
}

/** `LR = 1e-3` at the left margin. One that is assigned twice is not known. */
export function readConstants(tokens: readonly PythonToken[]): Constants {
  const constants = new Map<string, PythonLiteral>()
  const isTwice = new Set<string>()
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'name' || token.column !== 0 || !isSign(tokens[index + 1], '=')) continue
    if (constants.has(token.text) || isTwice.has(token.text)) {
      isTwice.add(token.text)
      constants.delete(token.text)
      continue
    }
    const literal = readLiteral(readStatement(tokens, index + 2), constants)
    if (literal !== null) constants.set(token.text, literal)
  }
  return constants
}

/** The tokens up to the end of the line, or of the line on which the last open bracket closes. */
export function readStatement(tokens: readonly PythonToken[], from: number): PythonToken[] {
  const statement: PythonToken[] = []
  let depth = 0
  let line = tokens[from - 1]?.line ?? 0
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index]
    if (token === undefined || (depth === 0 && token.line > line)) break
    if (token.kind === 'sign' && '([{'.includes(token.text)) depth++
    if (token.kind === 'sign' && ')]}'.includes(token.text)) depth--
    line = token.line
    statement.push(token)
  }
  return statement
}

export function isSign(token: PythonToken | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text
}
