// Config values in PyYAML's block style, byte for byte as yaml.dump(value, default_flow_style=False,
// allow_unicode=True, sort_keys=False) writes them: W&B's client reads such a file. Follows yaml/emitter.py of
// PyYAML 6 (analyze_scalar, the write_* methods), for what a config can hold.
import { ConfigNumber, isConfigMap } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'

export function printPythonYaml(map: ConfigMap): string {
  const writer = new BlockWriter()
  writer.writeMap(map, 0)
  return `${writer.text}\n`
}

const LINE_WIDTH = 80
const STEP = 2
const BREAKS = '\n\x85\u2028\u2029'

/** Words that YAML 1.1 reads as something other than text. */
const RESOLVED = new RegExp(
  [
    '^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|~|null|Null|NULL|=|<<|)$',
    '^[-+]?(?:0b[01_]+|0x[\\da-fA-F_]+|0[0-7_]+|0|[1-9][\\d_]*(?::[0-5]?\\d)*)$',
    '^[-+]?(?:\\d[\\d_]*\\.[\\d_]*(?:[eE][-+]\\d+)?|\\d[\\d_]*(?::[0-5]?\\d)+\\.[\\d_]*|\\.(?:inf|Inf|INF))$',
    '^(?:\\.\\d[\\d_]*(?:[eE][-+]\\d+)?|\\.(?:nan|NaN|NAN))$',
    '^\\d{4}-\\d\\d-\\d\\d$',
    '^\\d{4}-\\d\\d?-\\d\\d?(?:[Tt]|[ \\t]+)\\d\\d?:\\d\\d:\\d\\d(?:\\.\\d*)?(?:[ \\t]*(?:Z|[-+]\\d\\d?(?::\\d\\d)?))?$',
  ].join('|'),
)

type Style = 'plain' | 'single' | 'double'

class BlockWriter {
  text = ''
  private column = 0
  /** The last thing written was space: no other is needed. */
  private isAfterSpace = true
  /** Nothing but indentation and indicators stands on this line yet. */
  private isIndenting = true

  writeMap(map: ConfigMap, indent: number): void {
    for (const [key, value] of map) {
      this.startLine(indent)
      const style = chooseStyle(key, true)
      // 5 for the tag !!str, which the emitter counts and does not write
      const isSimple = key !== '' && [...key].length + 5 < 128 && !hasBreak(key)
      if (isSimple) {
        this.writeText(key, style, indent + STEP, false)
        this.writeSign(':', false, false)
      } else {
        this.writeSign('?', true, true)
        this.writeText(key, chooseStyle(key, false), indent + STEP, true)
        this.startLine(indent)
        this.writeSign(':', true, true)
      }
      this.writeValue(value, indent, true)
    }
  }

  private writeList(list: readonly ConfigValue[], indent: number): void {
    for (const item of list) {
      this.startLine(indent)
      this.writeSign('-', true, true)
      this.writeValue(item, indent, false)
    }
  }

  private writeValue(value: ConfigValue, indent: number, isInMap: boolean): void {
    if (typeof value === 'string')
      return this.writeText(value, chooseStyle(value, false), indent + STEP, true)
    if (value === null || typeof value !== 'object' || value instanceof ConfigNumber) {
      return this.writeText(plainScalar(value), 'plain', indent + STEP, true)
    }
    if (isConfigMap(value)) {
      return value.size === 0 ? this.writeSign('{}', true, false) : this.writeMap(value, indent + STEP)
    }
    if (value.length === 0) return this.writeSign('[]', true, false)
    // A list straight below its key is not indented further
    const isIndentless = isInMap && !this.isIndenting
    this.writeList(value, isIndentless ? indent : indent + STEP)
  }

  private writeText(text: string, style: Style, indent: number, mayFold: boolean): void {
    if (style === 'double') return this.writeDouble(text, indent, mayFold)
    if (style === 'single') {
      this.writeSign("'", true, false)
      this.writeFolded(text, indent, mayFold, true)
      return this.writeSign("'", false, false)
    }
    if (text === '') return
    if (!this.isAfterSpace) this.put(' ')
    this.isAfterSpace = false
    this.isIndenting = false
    this.writeFolded(text, indent, mayFold, false)
  }

  /** Plain and single-quoted text: single spaces beyond the line's width become line ends. */
  private writeFolded(text: string, indent: number, mayFold: boolean, isQuoted: boolean): void {
    const pieces = text.match(/ +|[\n\x85\u2028\u2029]+|[^ \n\x85\u2028\u2029]+/g) ?? []
    for (const [index, piece] of pieces.entries()) {
      if (piece.startsWith(' ')) {
        const isInner = !isQuoted || (index > 0 && index < pieces.length - 1)
        if (piece === ' ' && this.column > LINE_WIDTH && mayFold && isInner) this.continueLine(indent)
        else this.put(piece)
      } else if (hasBreak(piece)) {
        if (piece.startsWith('\n')) this.endLine('\n')
        for (const lineBreak of piece) this.endLine(lineBreak)
        this.continueLine(indent)
      } else this.put(isQuoted ? piece.replaceAll("'", "''") : piece)
    }
  }

  private continueLine(indent: number): void {
    this.startLine(indent)
    this.isAfterSpace = false
    this.isIndenting = false
  }

  private writeDouble(text: string, indent: number, mayFold: boolean): void {
    this.writeSign('"', true, false)
    const characters = [...text]
    let pending = ''
    for (let end = 0; end <= characters.length; end++) {
      const character = characters[end]
      const isEscaped = character === undefined || needsEscape(character)
      if (isEscaped) {
        this.put(pending)
        pending = ''
        if (character !== undefined) this.put(escapeOf(character))
      }
      const mayEnd = end > 0 && end < characters.length - 1 && (character === ' ' || pending === '')
      if (mayFold && mayEnd && this.column + [...pending].length > LINE_WIDTH) {
        this.put(`${pending}\\`)
        pending = ''
        this.continueLine(indent)
        if ((isEscaped ? characters[end + 1] : character) === ' ') this.put('\\')
      }
      if (!isEscaped) pending += character
    }
    this.writeSign('"', false, false)
  }

  private writeSign(sign: string, needsSpace: boolean, keepsIndenting: boolean): void {
    this.put(this.isAfterSpace || !needsSpace ? sign : ` ${sign}`)
    this.isAfterSpace = false
    this.isIndenting = this.isIndenting && keepsIndenting
  }

  private startLine(indent: number): void {
    const isPast = this.column > indent || (this.column === indent && !this.isAfterSpace)
    if (!this.isIndenting || isPast) this.endLine('\n')
    if (this.column < indent) {
      this.isAfterSpace = true
      this.put(' '.repeat(indent - this.column))
    }
  }

  private endLine(lineBreak: string): void {
    this.text += lineBreak
    this.column = 0
    this.isAfterSpace = true
    this.isIndenting = true
  }

  private put(text: string): void {
    this.text += text
    this.column += [...text].length
  }
}

function plainScalar(value: null | boolean | ConfigNumber): string {
  if (!(value instanceof ConfigNumber)) return String(value)
  if (value.isInteger) return value.text
  if (!Number.isFinite(value.value)) return value.text.replace(/(?=nan|inf)/, '.')
  // YAML 1.1 wants a point in a float: 1e-05 is written 1.0e-05
  return value.text.includes('.') ? value.text : value.text.replace('e', '.0e')
}

function chooseStyle(text: string, isKey: boolean): Style {
  const isBroken = hasBreak(text)
  const isPlain =
    !isBroken && text !== '' && !RESOLVED.test(text) && !hasIndicators(text) && !/^ | $/.test(text)
  const isSpecial = [...text].some((character) => character !== '\n' && !isPrintable(character))
  const hasSpaceAtBreak = / [\n\x85\u2028\u2029]|[\n\x85\u2028\u2029] /.test(text)
  if (isSpecial || hasSpaceAtBreak) return 'double'
  if (isPlain) return 'plain'
  return isKey && isBroken ? 'double' : 'single'
}

/** Would the text be read as something else in block context? */
function hasIndicators(text: string): boolean {
  const space = '[\\0 \\t\\r\\n\\x85\\u2028\\u2029]'
  return new RegExp(
    `^(?:---|\\.\\.\\.)|^[#,\\[\\]{}&*!|>'"%@\`]|^[-?:](?:${space}|$)|:(?:${space}|$)|${space}#`,
  ).test(text)
}

function hasBreak(text: string): boolean {
  return [...BREAKS].some((lineBreak) => text.includes(lineBreak))
}

function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  if (code >= 0x20 && code <= 0x7e) return true
  const isUnicode = code === 0x85 || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd)
  return (isUnicode || (code >= 0x10000 && code < 0x10ffff)) && code !== 0xfeff
}

function needsEscape(character: string): boolean {
  return (
    '"\\\x85\u2028\u2029\ufeff'.includes(character) ||
    !isPrintable(character) ||
    (character.codePointAt(0) ?? 0) > 0xffff
  )
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}

function escapeOf(character: string): string {
  const short = ESCAPES[character]
  if (short !== undefined) return `\\${short}`
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
