// Regular expressions whose time grows with the length of the text and no faster: a set of states walks over the text
// (Thompson 1968), nothing is tried twice. The syntax is a part of RE2's, which W&B's filters promise: no
// back-references, no look-around. Says only whether a text holds a match.
import { SweepError } from '../../sweeps/errors.ts'

/** How much work is left, over all texts that are looked at together. */
export interface RegexBudget {
  steps: number
}

/** @throws SweepError REQUEST_INVALID when the budget is used up */
export type RegexTest = (text: string, budget: RegexBudget) => boolean

export const MAX_PATTERN_LENGTH = 500
/** Instructions: a{1000} and the like are written out. */
const MAX_PROGRAM = 2_000
const MAX_DEPTH = 50
const MAX_REPEAT = 1_000

interface Flags {
  readonly ignoreCase: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
}

type CharTest = (code: number) => boolean
type Place = 'lineStart' | 'lineEnd' | 'textStart' | 'textEnd' | 'word' | 'noWord'

type Node =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'either'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number }

type Instruction =
  | { readonly op: 'char'; readonly test: CharTest }
  | { readonly op: 'place'; readonly place: Place }
  | { readonly op: 'fork'; left: number; right: number }
  | { readonly op: 'match' }

/**
 * @param options letters as in Python and Mongo: `i` either case, `m` lines, `s` dot takes line ends
 * @returns tells whether the pattern fits anywhere in a text
 * @throws SweepError REQUEST_INVALID in words: not a pattern, not in the subset, or too large
 */
export function compileLinearRegex(pattern: string, options = ''): RegexTest {
  if (pattern.length > MAX_PATTERN_LENGTH)
    refuse(`is longer than ${MAX_PATTERN_LENGTH} characters`, pattern.slice(0, 40))
  const node = new PatternParser(pattern, readOptions(options, pattern)).parse()
  const program = new Compiler(pattern).compile(node)
  return (text, budget) => run(program, text, budget)
}

function readOptions(options: string, pattern: string): Flags {
  for (const letter of options)
    if (!'ims'.includes(letter)) refuse(`has the unknown option "${letter}"`, pattern)
  return {
    ignoreCase: options.includes('i'),
    multiline: options.includes('m'),
    dotAll: options.includes('s'),
  }
}

function refuse(what: string, pattern: string): never {
  throw new SweepError('REQUEST_INVALID', `filters: the regular expression "${pattern}" ${what}`, {
    at: 'filters',
    hint: 'It is read as RE2 reads it: characters, classes, groups, |, * + ? {m,n}, ^ $ \\b, and (?i).',
  })
}

// ------------------------------------------------------------------------------------------------------------ parsing

class PatternParser {
  private readonly codes: readonly string[]
  private position = 0
  private depth = 0

  constructor(
    private readonly pattern: string,
    private flags: Flags,
  ) {
    this.codes = [...pattern]
  }

  parse(): Node {
    const node = this.readEither()
    if (this.position < this.codes.length) this.fail('has a ")" without "("')
    return node
  }

  private readEither(): Node {
    const before = this.flags
    const parts = [this.readAll()]
    while (this.take('|')) parts.push(this.readAll())
    this.flags = before // (?i) holds to the end of its group
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'either', parts }
  }

  private readAll(): Node {
    const parts: Node[] = []
    while (this.position < this.codes.length && this.next !== '|' && this.next !== ')') {
      const part = this.readOne()
      if (part !== null) parts.push(this.readRepeats(part))
    }
    return { kind: 'all', parts }
  }

  private readRepeats(part: Node): Node {
    const count = this.readCount()
    if (count === null) return part
    if (part.kind === 'place') this.fail('repeats a place in the text')
    this.take('?') // as few as possible: whether there is a match is the same
    if (this.next === '*' || this.next === '+' || this.readCount() !== null)
      this.fail('has two repeats in a row')
    return { kind: 'repeat', part, ...count }
  }

  private readCount(): { min: number; max: number } | null {
    if (this.take('*')) return { min: 0, max: Infinity }
    if (this.take('+')) return { min: 1, max: Infinity }
    if (this.take('?')) return { min: 0, max: 1 }
    const found = /^\{(\d{1,5})(,(\d{0,5}))?\}/.exec(
      this.codes.slice(this.position, this.position + 14).join(''),
    )
    if (found === null) return null
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3])
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT) || max < min)
      this.fail(`repeats ${found[0]}: at most ${MAX_REPEAT} times, the smaller number first`)
    this.position += found[0].length
    return { min, max }
  }

  /** null: what was read changes how the rest is read. */
  private readOne(): Node | null {
    const character = this.read()
    switch (character) {
      case '.':
        return charNode(this.flags.dotAll ? () => true : (code) => code !== 10)
      case '^':
        return { kind: 'place', place: this.flags.multiline ? 'lineStart' : 'textStart' }
      case '$':
        return { kind: 'place', place: this.flags.multiline ? 'lineEnd' : 'textEnd' }
      case '(':
        return this.readGroup()
      case '[':
        return this.readClass()
      case '\\':
        return this.readEscape()
      case '*':
      case '+':
      case '?':
        return this.fail(`has nothing before "${character}" to repeat`)
      default:
        return this.literal(character)
    }
  }

  private readGroup(): Node | null {
    this.depth += 1
    if (this.depth > MAX_DEPTH) this.fail(`nests deeper than ${MAX_DEPTH} groups`)
    const before = this.flags
    if (this.take('?')) {
      const isNamed =
        (this.take('P') && this.next === '<') || (this.next === '<' && !'=!'.includes(this.peek(1)))
      if (isNamed) {
        while (this.read() !== '>')
          if (this.position >= this.codes.length) this.fail('has a name that is not closed')
      } else if (!this.take(':')) {
        this.flags = this.readFlags()
        if (this.take(')')) {
          this.depth -= 1
          return null
        }
        if (!this.take(':')) this.fail('looks ahead or behind, or has an unknown "(?"')
      }
    }
    const node = this.readEither()
    if (!this.take(')')) this.fail('has a "(" that is not closed')
    this.flags = before
    this.depth -= 1
    return node
  }

  private readFlags(): Flags {
    const flags: { -readonly [K in keyof Flags]: boolean } = { ...this.flags }
    let to = true
    for (;;) {
      if (this.take('-')) to = false
      else if (this.take('i')) flags.ignoreCase = to
      else if (this.take('m')) flags.multiline = to
      else if (this.take('s')) flags.dotAll = to
      else return flags
    }
  }

  private readClass(): Node {
    const isNegated = this.take('^')
    const tests: CharTest[] = []
    for (let isFirst = true; isFirst || this.next !== ']'; isFirst = false) {
      if (this.position >= this.codes.length) this.fail('has a "[" that is not closed')
      if (this.next === '[' && this.peek(1) === ':') this.fail('has a class by name: write its characters')
      const from = this.readClassPart()
      if (typeof from === 'function') {
        tests.push(from)
        continue
      }
      if (this.next !== '-' || this.peek(1) === ']' || this.peek(1) === '') {
        tests.push(this.rangeTest(from, from))
        continue
      }
      this.read()
      const to = this.readClassPart()
      if (typeof to === 'function' || to < from) this.fail('has a range whose end is before its start')
      tests.push(this.rangeTest(from, to))
    }
    this.read()
    return charNode(
      isNegated ? (code) => !tests.some((test) => test(code)) : (code) => tests.some((test) => test(code)),
    )
  }

  private readClassPart(): number | CharTest {
    const character = this.read()
    if (character !== '\\') return codeOf(character)
    const escaped = this.read()
    return CLASSES[escaped] ?? this.escapedCode(escaped)
  }

  private rangeTest(from: number, to: number): CharTest {
    if (!this.flags.ignoreCase)
      return from === to ? (code) => code === from : (code) => code >= from && code <= to
    return (code) => casesOf(code).some((one) => one >= from && one <= to)
  }

  private readEscape(): Node {
    const escaped = this.read()
    const known = CLASSES[escaped]
    if (known !== undefined) return charNode(known)
    if (escaped === 'b') return { kind: 'place', place: 'word' }
    if (escaped === 'B') return { kind: 'place', place: 'noWord' }
    if (escaped === 'A') return { kind: 'place', place: 'textStart' }
    if (escaped === 'z' || escaped === 'Z') return { kind: 'place', place: 'textEnd' }
    return this.literal(String.fromCodePoint(this.escapedCode(escaped)))
  }

  private escapedCode(escaped: string): number {
    if (escaped === 'x') {
      const found = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(
        this.codes.slice(this.position, this.position + 8).join(''),
      )
      const code = parseInt(found?.[1] ?? found?.[2] ?? '', 16)
      if (found === null || !(code <= 0x10ffff)) return this.fail('has a "\\x" without a character number')
      this.position += found[0].length
      return code
    }
    const control = CONTROLS[escaped]
    if (control !== undefined) return control
    if (escaped === '') this.fail('ends with "\\"')
    if (/[0-9A-Za-z]/.test(escaped)) this.fail(`has the unknown escape "\\${escaped}"`)
    return codeOf(escaped)
  }

  private literal(character: string): Node {
    const code = codeOf(character)
    if (!this.flags.ignoreCase) return charNode((found) => found === code)
    const cases = new Set(casesOf(code))
    return charNode((found) => cases.has(found) || casesOf(found).includes(code))
  }

  private get next(): string {
    return this.peek(0)
  }

  private peek(ahead: number): string {
    return this.codes[this.position + ahead] ?? ''
  }

  private read(): string {
    const character = this.next
    this.position += 1
    return character
  }

  private take(character: string): boolean {
    if (this.next !== character) return false
    this.position += 1
    return true
  }

  private fail(what: string): never {
    return refuse(what, this.pattern)
  }
}

function charNode(test: CharTest): Node {
  return { kind: 'char', test }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}

function casesOf(code: number): number[] {
  const character = String.fromCodePoint(code)
  return [character, character.toLowerCase(), character.toUpperCase()].flatMap((one) =>
    one.length <= 2 && [...one].length === 1 ? [codeOf(one)] : [],
  )
}

const isDigit: CharTest = (code) => code >= 48 && code <= 57
const isWord: CharTest = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95
const isSpace: CharTest = (code) => code === 32 || (code >= 9 && code <= 13)

const CLASSES: Readonly<Record<string, CharTest>> = {
  d: isDigit,
  D: (code) => !isDigit(code),
  w: isWord,
  W: (code) => !isWord(code),
  s: isSpace,
  S: (code) => !isSpace(code),
}
const CONTROLS: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11 }

// ---------------------------------------------------------------------------------------------------------- compiling

class Compiler {
  private readonly program: Instruction[] = []

  constructor(private readonly pattern: string) {}

  compile(node: Node): readonly Instruction[] {
    this.add(node)
    this.emit({ op: 'match' })
    return this.program
  }

  private add(node: Node): void {
    switch (node.kind) {
      case 'char':
        this.emit({ op: 'char', test: node.test })
        return
      case 'place':
        this.emit({ op: 'place', place: node.place })
        return
      case 'all':
        for (const part of node.parts) this.add(part)
        return
      case 'either':
        this.addEither(node.parts)
        return
      case 'repeat':
        this.addRepeat(node)
    }
  }

  private addEither(parts: readonly Node[]): void {
    const exits: { left: number; right: number }[] = []
    parts.forEach((part, index) => {
      if (index === parts.length - 1) return this.add(part)
      const fork = this.fork()
      fork.left = this.program.length
      this.add(part)
      exits.push(this.fork())
      fork.right = this.program.length
    })
    for (const exit of exits) exit.left = exit.right = this.program.length
  }

  private addRepeat({ part, min, max }: Extract<Node, { kind: 'repeat' }>): void {
    for (let count = 0; count < min; count += 1) this.add(part)
    if (max === Infinity) {
      const at = this.program.length
      const fork = this.fork()
      fork.left = this.program.length
      this.add(part)
      const back = this.fork()
      back.left = back.right = at
      fork.right = this.program.length
      return
    }
    const exits: { right: number }[] = []
    for (let count = min; count < max; count += 1) {
      const fork = this.fork()
      fork.left = this.program.length
      exits.push(fork)
      this.add(part)
    }
    for (const exit of exits) exit.right = this.program.length
  }

  private fork(): { op: 'fork'; left: number; right: number } {
    const fork: { op: 'fork'; left: number; right: number } = { op: 'fork', left: -1, right: -1 }
    this.emit(fork)
    return fork
  }

  private emit(instruction: Instruction): void {
    if (this.program.length >= MAX_PROGRAM)
      refuse('is too large when its repeats are written out', this.pattern)
    this.program.push(instruction)
  }
}

// ------------------------------------------------------------------------------------------------------------ walking

function run(program: readonly Instruction[], text: string, budget: RegexBudget): boolean {
  const codes = Array.from(text, codeOf)
  /** At which position each instruction was last reached: no state is held twice. */
  const seenAt = new Int32Array(program.length).fill(-1)
  let states: number[] = []
  for (let position = 0; position <= codes.length; position += 1) {
    const reached: number[] = []
    // A match may begin anywhere: the start joins at each position.
    for (const start of [...states, 0])
      if (follow(program, start, codes, position, seenAt, reached, budget)) return true
    states = []
    const code = codes[position]
    if (code === undefined) return false
    for (const at of reached) {
      const instruction = program[at]
      if (instruction?.op === 'char' && instruction.test(code)) states.push(at + 1)
    }
  }
  return false
}

/** Gathers the characters that may come next. @returns whether the match is reached */
function follow(
  program: readonly Instruction[],
  start: number,
  codes: readonly number[],
  position: number,
  seenAt: Int32Array,
  reached: number[],
  budget: RegexBudget,
): boolean {
  const waiting = [start]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seenAt[at] === position) continue
    seenAt[at] = position
    if ((budget.steps -= 1) < 0) throw overBudget()
    const instruction = program[at]
    if (instruction === undefined) continue
    if (instruction.op === 'match') return true
    if (instruction.op === 'char') reached.push(at)
    else if (instruction.op === 'fork') waiting.push(instruction.right, instruction.left)
    else if (isAt(instruction.place, codes, position)) waiting.push(at + 1)
  }
  return false
}

function isAt(place: Place, codes: readonly number[], position: number): boolean {
  const before = codes[position - 1]
  const after = codes[position]
  switch (place) {
    case 'textStart':
      return before === undefined
    case 'textEnd':
      return after === undefined
    case 'lineStart':
      return before === undefined || before === 10
    case 'lineEnd':
      return after === undefined || after === 10
    default: {
      const isEdge = (before !== undefined && isWord(before)) !== (after !== undefined && isWord(after))
      return isEdge === (place === 'word')
    }
  }
}

function overBudget(): SweepError {
  return new SweepError('REQUEST_INVALID', 'filters: the regular expressions take too long over these runs', {
    at: 'filters',
    hint: 'Write a shorter pattern, or narrow the runs first with another condition before it.',
  })
}
