// One linear look at the text of a sweep file before the YAML parser sees it. npm `yaml` 2.9 lets two deeply nested
// 10 KB documents abort the whole process (a regular expression runs out of memory, which no try/catch contains), and
// takes quadratic time for tags, anchors and keys. So what a sweep file never needs is refused here, in words.
//
// The scanner follows the parser's own rules for where quoted text, block text and comments begin and end. Where the
// two could disagree it refuses: nothing may hide from the scanner that the parser would read as structure. One
// state machine, left whole although it is long.
import type { ConfigProblem } from './errors.ts'

export const MAX_TEXT_BYTES = 64 * 1024
/**
 * Brackets and columns. A list at its key's own column counts once with it, so the parser may nest about twice as deep
 * (measured against its syntax tree on 1.5 million random texts); it is in danger from some hundreds on.
 */
export const MAX_TEXT_DEPTH = 32
export const MAX_TEXT_KEYS = 2000

/** The first reason not to parse this text, or null when it is safe. O(n). */
export function findUnsafeText(text: string): ConfigProblem | null {
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_TEXT_BYTES) {
    return problemAt(
      text,
      0,
      'text_too_long',
      `${bytes} bytes; at most ${MAX_TEXT_BYTES} are read`,
      'Shorten the file.',
    )
  }
  try {
    new Scanner(text).scan()
    return null
  } catch (refusal) {
    if (refusal instanceof Refusal) {
      return problemAt(text, refusal.offset, refusal.code, refusal.message, refusal.hint)
    }
    throw refusal
  }
}

/** 1-based line and column (in UTF-16 units) of an offset. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1
  let lineStart = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1
    lineStart = at + 1
  }
  return { line, column: offset - lineStart + 1 }
}

function problemAt(text: string, offset: number, code: string, message: string, hint: string): ConfigProblem {
  return { path: '', ...positionOf(text, offset), code, message, hint }
}

class Refusal extends Error {
  constructor(
    readonly offset: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message)
  }
}

const FLOW_ENDS = ',]}'
const REFUSED_STARTS: Readonly<Record<string, readonly [code: string, what: string, hint: string]>> = {
  '&': ['anchor', 'an anchor (&)', 'Write the value out, or put text that starts with & in quotes.'],
  '*': ['alias', 'an alias (*)', 'Write the value out, or put text that starts with * in quotes.'],
  '!': ['tag', 'a tag (!)', 'Leave it out: 1e-5 is read as a number. Put text that starts with ! in quotes.'],
  '%': ['directive', 'text that starts with %', 'Put it in quotes.'],
  '@': ['reserved_character', 'text that starts with @', 'Put it in quotes.'],
  '`': ['reserved_character', 'text that starts with `', 'Put it in quotes.'],
}

class Scanner {
  private position = 0
  private keys = 0
  /** Columns of the open block collections, growing. */
  private readonly columns: number[] = []
  /** Offsets of the open [ and {. */
  private readonly brackets: number[] = []
  private lineStart = 0
  /** Only `---` may stand before the first content, and only once. */
  private hasContent = false
  /** In a flow collection: a value is complete, so only a separator may follow. */
  private isComplete = false

  constructor(private readonly text: string) {}

  scan(): void {
    const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]|\r(?!\n)/.exec(this.text)
    if (control !== null) {
      this.refuse(
        control.index,
        'control_character',
        'a control character',
        'A sweep file is plain text (UTF-8).',
      )
    }
    while (this.position < this.text.length) this.scanLine()
    const open = this.brackets.at(-1)
    if (open !== undefined) {
      this.refuse(
        open,
        'unclosed_bracket',
        `"${this.text.charAt(open)}" is never closed`,
        'Add the closing bracket.',
      )
    }
  }

  /** From a line's start to its end, or further when a token goes on over several lines. */
  private scanLine(): void {
    this.lineStart = this.position
    this.refuseDocumentMarker()
    this.skipSpaces()
    const first = this.peek()
    if (this.endOfLine()) return this.nextLine()
    if (first === '\t' && this.brackets.length === 0) {
      this.refuse(this.position, 'tab_indentation', 'a tab at the start of a line', 'Indent with spaces.')
    }
    if (first !== '#') this.checkIndentation()
    while (!this.endOfLine()) this.scanToken()
    this.nextLine()
  }

  private refuseDocumentMarker(): void {
    const marker = /(?:---|\.\.\.)(?=\s|$)[^\n]*/y
    marker.lastIndex = this.position
    const found = marker.exec(this.text)?.[0]
    if (found === undefined) return
    const isFirst = !this.hasContent && /^---\s*(?:#.*)?$/.test(found)
    if (!isFirst) {
      this.refuse(
        this.position,
        'several_documents',
        'a document marker',
        'A sweep file is one document: remove this line.',
      )
    }
    this.hasContent = true
    this.position += found.length
  }

  /** A new line's column closes the block collections to its right; inside brackets it must stay right of them. */
  private checkIndentation(): void {
    const column = this.position - this.lineStart
    if (this.brackets.length === 0) {
      while (this.columns.length > 0 && (this.columns.at(-1) ?? 0) > column) this.columns.pop()
      return
    }
    const outer = this.columns.at(-1) ?? -1
    const closesLast = this.brackets.length === 1 && column === outer && ']}'.includes(this.peek())
    if (column <= outer && !closesLast) this.refuseUnindented('bracket', this.brackets.at(-1) ?? 0)
  }

  private refuseUnindented(what: string, start: number): never {
    const { line, column } = positionOf(this.text, start)
    this.refuse(
      this.position,
      'bad_indentation',
      `this line is not indented below what the ${what} at ${line}:${column} belongs to`,
      `Close that ${what}, or indent this line further.`,
    )
  }

  private scanToken(): void {
    const first = this.peek()
    if (first === ' ' || first === '\t') this.position += 1
    else if (first === '#' && this.isAfterSpace()) this.position = this.lineEnd()
    else {
      this.hasContent = true
      if (this.brackets.length > 0) this.scanInFlow(first)
      else this.scanInBlock(first)
    }
  }

  private scanInBlock(first: string): void {
    const column = this.position - this.lineStart
    const isAlone = this.isSpaceAt(this.position + 1)
    if (first === '-' && isAlone) {
      this.openColumn(column)
      this.position += 1
      this.isComplete = false
      return
    }
    if (first === '?' && isAlone)
      this.refuse(this.position, 'complex_key', 'a complex key (?)', 'Write key: value.')
    if (first === ':' && isAlone)
      this.refuse(this.position, 'missing_key', 'a colon without a key', 'Write key: value.')
    if (first === '|' || first === '>') return this.skipBlockText()
    if (first === '[' || first === '{') return this.openBracket()
    if (first === ']' || first === '}' || first === ',') {
      this.refuse(
        this.position,
        'stray_bracket',
        `"${first}" without an opening bracket`,
        'Remove it, or put it in quotes.',
      )
    }
    const start = this.position
    if (first === '"' || first === "'") this.skipQuoted(first)
    else this.skipPlain()
    this.skipBlanks()
    if (this.peek() === ':' && this.isSpaceAt(this.position + 1)) {
      this.countKey(start)
      // A key on a later line than its start would be an error of the parser's own
      if (start >= this.lineStart) this.openColumn(start - this.lineStart)
      this.position += 1
    } else if (first === '"' || first === "'") this.expectLineEnd()
    else if (this.endOfLine()) this.refuseSpecialContinuation()
  }

  private scanInFlow(first: string): void {
    if (first === ',') return this.separate()
    if (first === ':' && (this.isComplete || this.isSpaceAt(this.position + 1))) {
      if (!this.isComplete)
        this.refuse(this.position, 'missing_key', 'a colon without a key', 'Write key: value.')
      this.countKey(this.position)
      return this.separate()
    }
    if (first === ']' || first === '}') return this.closeBracket(first)
    if (this.isComplete) {
      this.refuse(
        this.position,
        'missing_separator',
        'text after a complete value',
        'Put a comma between, or use quotes.',
      )
    }
    if (first === '?' && this.isSpaceAt(this.position + 1)) {
      this.refuse(this.position, 'complex_key', 'a complex key (?)', 'Write key: value.')
    }
    if (first === '[' || first === '{') return this.openBracket()
    if (first === '|' || first === '>') {
      this.refuse(this.position, 'reserved_character', `text that starts with ${first}`, 'Put it in quotes.')
    }
    if (first === '"' || first === "'") this.skipQuoted(first)
    else this.skipPlain()
    this.isComplete = true
  }

  private separate(): void {
    this.position += 1
    this.isComplete = false
  }

  private openBracket(): void {
    this.brackets.push(this.position)
    this.checkDepth()
    this.separate()
  }

  private closeBracket(closing: string): void {
    const open = this.brackets.pop() ?? this.position
    const wanted = this.text.charAt(open) === '[' ? ']' : '}'
    if (closing !== wanted) {
      const { line, column } = positionOf(this.text, open)
      const message = `"${closing}" where "${wanted}" must close the bracket at ${line}:${column}`
      this.refuse(this.position, 'wrong_bracket', message, 'Correct the bracket.')
    }
    this.position += 1
    this.isComplete = true
    if (this.brackets.length > 0) return
    this.skipBlanks()
    if (this.peek() === ':') {
      this.refuse(this.position, 'complex_key', 'a list or mapping as a key', 'Write the key as text.')
    }
    this.expectLineEnd()
  }

  private openColumn(column: number): void {
    if (column <= (this.columns.at(-1) ?? -1)) return
    this.columns.push(column)
    this.checkDepth()
  }

  private checkDepth(): void {
    if (this.columns.length + this.brackets.length <= MAX_TEXT_DEPTH) return
    this.refuse(this.position, 'too_deep', `nesting deeper than ${MAX_TEXT_DEPTH}`, 'Nest less.')
  }

  private countKey(offset: number): void {
    this.keys += 1
    if (this.keys > MAX_TEXT_KEYS) {
      this.refuse(
        offset,
        'too_many_keys',
        `more than ${MAX_TEXT_KEYS} keys`,
        'Split the file into several sweeps.',
      )
    }
  }

  /** An unquoted text, to the end of its line or to what ends it earlier. */
  private skipPlain(): void {
    const start = this.position
    const refused = REFUSED_STARTS[this.peek()]
    if (refused !== undefined) this.refuse(start, refused[0], refused[1], refused[2])
    const inFlow = this.brackets.length > 0
    while (!this.endOfLine()) {
      const character = this.peek()
      if (character === '#' && this.isAfterSpace()) break
      if (
        character === ':' &&
        (this.isSpaceAt(this.position + 1) || (inFlow && this.isFlowSign(this.position + 1)))
      )
        break
      if (inFlow && (FLOW_ENDS.includes(character) || character === '[' || character === '{')) break
      this.position += 1
    }
    if (this.text.slice(start, this.position).trimEnd() === '<<') {
      this.refuse(start, 'merge_key', 'a merge key (<<)', 'Write the values out.')
    }
  }

  /**
   * The parser reads more indented lines after an unquoted text as its continuation. One that begins like a quote, a
   * bracket or a comment would be read differently here: it is refused.
   */
  private refuseSpecialContinuation(): void {
    const end = this.position
    let next = end
    let lineStart = end
    while (next < this.text.length && this.isSpaceAt(next)) {
      if (this.text.charAt(next) === '\n') lineStart = next + 1
      next += 1
    }
    if (next >= this.text.length || lineStart === end) return
    const isContinuation = next - lineStart > (this.columns.at(-1) ?? -1)
    if (isContinuation && `"'[]{}|>,`.includes(this.text.charAt(next))) {
      this.refuse(
        next,
        'unclear_text',
        'a text over several lines with a special character',
        'Put the whole text in quotes.',
      )
    }
  }

  private skipQuoted(quote: string): void {
    const start = this.position
    const outer = this.columns.at(-1) ?? -1
    this.position += 1
    for (;;) {
      if (this.position >= this.text.length) {
        this.refuse(start, 'unclosed_quote', `the quote ${quote} is never closed`, 'Add the closing quote.')
      }
      const character = this.peek()
      if (character === '\\' && quote === '"')
        this.position += this.peek(1) === '\n' || this.peek(1) === '\r' ? 1 : 2
      else if (character === '\n') this.continueQuoted(start, outer)
      else if (character !== quote) this.position += 1
      else if (quote === "'" && this.peek(1) === "'") this.position += 2
      else break
    }
    this.position += 1
  }

  private continueQuoted(start: number, outer: number): void {
    this.position += 1
    this.lineStart = this.position
    this.refuseDocumentMarker()
    this.skipSpaces()
    if (!this.endOfLine() && this.position - this.lineStart <= outer) this.refuseUnindented('quote', start)
  }

  /** Block text (| or >): all lines indented as the first one or further; blank lines belong to it. */
  private skipBlockText(): void {
    const outer = this.columns.at(-1) ?? -1
    const header = /[|>][-+]?(?=[ \t]*(?:\r?\n|$)|[ \t]+#)/y
    header.lastIndex = this.position
    if (outer < 0 || !header.test(this.text)) {
      this.refuse(this.position, 'block_text', 'text that starts with | or >', 'Put it in quotes.')
    }
    this.position = this.lineEnd()
    let contentColumn = -1
    while (this.position < this.text.length) {
      const before = this.position
      this.nextLine()
      this.lineStart = this.position
      this.skipSpaces()
      const column = this.position - this.lineStart
      if (!this.endOfLine()) {
        if (contentColumn < 0) contentColumn = Math.max(column, outer + 1)
        if (column < contentColumn) {
          this.position = before
          return
        }
      }
      this.position = this.lineEnd()
    }
  }

  private expectLineEnd(): void {
    this.skipBlanks()
    if (this.endOfLine() || (this.peek() === '#' && this.isAfterSpace())) return
    this.refuse(
      this.position,
      'text_after_value',
      'text after a complete value',
      'Put the whole value in quotes.',
    )
  }

  private peek(ahead = 0): string {
    return this.text.charAt(this.position + ahead)
  }

  private isSpaceAt(offset: number): boolean {
    return offset >= this.text.length || ' \t\n\r'.includes(this.text.charAt(offset))
  }

  private isFlowSign(offset: number): boolean {
    return ',[]{}'.includes(this.text.charAt(offset))
  }

  private isAfterSpace(): boolean {
    return this.position === this.lineStart || this.isSpaceAt(this.position - 1)
  }

  private endOfLine(): boolean {
    return (
      this.position >= this.text.length ||
      this.peek() === '\n' ||
      (this.peek() === '\r' && this.peek(1) === '\n')
    )
  }

  private lineEnd(): number {
    const end = this.text.indexOf('\n', this.position)
    return end < 0 ? this.text.length : end
  }

  private nextLine(): void {
    this.position = Math.min(this.lineEnd() + 1, this.text.length)
  }

  private skipSpaces(): void {
    while (this.peek() === ' ') this.position += 1
  }

  private skipBlanks(): void {
    while (this.peek() === ' ' || this.peek() === '\t') this.position += 1
  }

  private refuse(offset: number, code: string, message: string, hint: string): never {
    throw new Refusal(offset, code, message, hint)
  }
}
