// Python text as tokens, as far as reading calls and literals needs it: names, numbers, strings, signs. Comments and
// line ends are dropped. Whatever the text, it ends and throws nothing: what is no Python gives odd tokens.

export interface PythonToken {
  readonly kind: 'name' | 'number' | 'string' | 'sign'
  /** Of a string: its content, escapes resolved. Else as written. */
  readonly text: string
  /** 1-based. */
  readonly line: number
  /** 0-based, of its first character. */
  readonly column: number
  /** Of a string: `{...}` in it is an expression. */
  readonly isFormatted: boolean
}

const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy
const NUMBER = /(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)[jJ]?/y
const STRING_START = /([rRbBuUfFtT]{0,2})("""|'''|"|')/y
const BLANK = /[^\S\n]+|\\\r?\n|#[^\n]*/y
const SIGN = /\*\*=?|\/\/=?|->|:=|[=!<>]=|<<=?|>>=?|[-+*/%@&|^]=|[^\s]/uy

export function readPythonTokens(source: string): PythonToken[] {
  const tokens: PythonToken[] = []
  let at = 0
  let line = 1
  let lineStart = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }
  const moveTo = (next: number) => {
    for (
      let index = source.indexOf('\n', at);
      index >= 0 && index < next;
      index = source.indexOf('\n', index + 1)
    ) {
      line++
      lineStart = index + 1
    }
    at = next
  }
  while (at < source.length) {
    if (source[at] === '\n') {
      moveTo(at + 1)
      continue
    }
    const blank = take(BLANK)
    if (blank) {
      moveTo(at + blank[0].length)
      continue
    }
    const place = { line, column: at - lineStart }
    const start = take(STRING_START)
    if (start) {
      const [opening, prefix = '', quote = ''] = start
      const from = at + opening.length
      const to = findStringEnd(source, from, quote)
      const content = source.slice(from, to)
      const text = /r/i.test(prefix) ? content : resolveEscapes(content)
      tokens.push({ kind: 'string', text, ...place, isFormatted: /[ft]/i.test(prefix) })
      moveTo(Math.min(source.length, to + (source.startsWith(quote, to) ? quote.length : 0)))
      continue
    }
    const [kind, match] = nextWord(take)
    if (match === null) {
      at++ // half of a surrogate pair, or another lone piece
      continue
    }
    tokens.push({ kind, text: match[0], ...place, isFormatted: false })
    at += match[0].length
  }
  return tokens
}

function nextWord(
  take: (pattern: RegExp) => RegExpExecArray | null,
): readonly [PythonToken['kind'], RegExpExecArray | null] {
  const name = take(NAME)
  if (name) return ['name', name]
  const number = take(NUMBER)
  if (number) return ['number', number]
  return ['sign', take(SIGN)]
}

/** Where the closing quote stands; a string of one line ends with its line at the latest. */
function findStringEnd(source: string, from: number, quote: string): number {
  for (let index = from; index < source.length; index++) {
    if (source[index] === '\\') index++
    else if (source.startsWith(quote, index)) return index
    else if (quote.length === 1 && source[index] === '\n') return index
  }
  return source.length
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '' }

function resolveEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, (whole, letter: string) => {
    if (letter in ESCAPES) return ESCAPES[letter] ?? ''
    return /[\\'"]/.test(letter) ? letter : whole
  })
}
