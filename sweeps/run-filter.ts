// The filter language for runs, the same in the CLI, the API and the dashboard:
//   state:failed lr>=1e-3 opt:adamw|lion host:gpu-3 tag:base -note:debug val_loss<0.3 has:wd rank<=20
// A space means and, `|` between values means or, `|` alone between terms means or of what stands left and right,
// `-` in front means not. Bare names are parameters, else metrics; `c.x` is the parameter, `m.x` the metric; a dotted
// name goes into nested parameters. A name or value with spaces or signs stands in double quotes. Ids fit by their
// first three characters or more. States, hosts and words of names, notes and reasons fit in either case.
// Pure; every step is linear in the text, and no regular expression comes from the user.
import { ConfigNumber, isConfigMap, plainOf } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'
import { SweepError } from './errors.ts'
import type { RunState } from './run.ts'
import { RUN_STATES } from './run.ts'

/** What a filter and an order look at. */
export interface FilterableRun {
  readonly id: string
  readonly name: string
  readonly state: RunState
  readonly project: string
  readonly sweepId: string | null
  readonly group: string | null
  readonly jobType: string | null
  readonly tags: readonly string[]
  readonly notes: string
  readonly stopReason: string | null
  readonly attemptCount: number
  readonly rank: number | null
  readonly value: number | null
  readonly bestStep: number | null
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /** Hosts and agents of all its attempts. */
  readonly hosts: readonly string[]
  readonly agentIds: readonly string[]
  readonly config: ConfigMap
  /** A metric's value: the ranking value for the sweep's metric, the last one for others; null when never reported. */
  metric(name: string): number | null
}

export type RunPredicate = (run: FilterableRun) => boolean
export type RunComparator = (a: FilterableRun, b: FilterableRun) => number

const OPERATORS = ['<=', '>=', '!=', ':', '=', '<', '>'] as const
type Operator = (typeof OPERATORS)[number]

/** A name, an operator and the values of which one must fit. */
interface Term {
  readonly negated: boolean
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

/** Of a filter: values count as terms, so that no filter is slow. */
export const MAX_FILTER_TERMS = 100

/**
 * @returns a test for runs; an empty filter takes every run
 * @throws SweepError REQUEST_INVALID with the place (1-based) in `at`, e.g. `where:5`
 */
export function parseRunFilter(text: string): RunPredicate {
  const groups = new FilterParser(text).parse().map((terms) => terms.map(compileTerm))
  if (groups.length === 0) return () => true
  return (run) => groups.some((tests) => tests.every((test) => test(run)))
}

class FilterParser {
  private position = 0
  private termCount = 0

  constructor(private readonly text: string) {}

  parse(): Term[][] {
    const groups: Term[][] = []
    let group: Term[] = []
    for (;;) {
      this.skipSpace()
      if (this.isAtEnd()) break
      if (this.take('|')) {
        if (group.length === 0) this.fail('"|" needs a term on its left', this.position)
        groups.push(group)
        group = []
        continue
      }
      group.push(this.readTerm())
    }
    if (group.length > 0) groups.push(group)
    else if (groups.length > 0) this.fail('"|" needs a term on its right', this.position)
    return groups
  }

  private readTerm(): Term {
    this.countTerm()
    const start = this.position + 1
    const negated = this.take('-')
    const key = this.readKey()
    const operator = this.readOperator()
    if (operator === null) {
      if (key === '') this.fail(`expected a name such as state or lr, found ${this.describeNext()}`, start)
      return { negated, key: 'any', operator: ':', values: [key] }
    }
    if (key === '') this.fail(`expected a name before "${operator}"`, start)
    const values = [this.readValue(key, operator)]
    while (this.take('|')) {
      this.countTerm()
      values.push(this.readValue(key, operator))
    }
    checkValues(key, operator, values, (message) => this.fail(message, start))
    return { negated, key, operator, values }
  }

  private readValue(key: string, operator: Operator): string {
    const start = this.position
    const value = this.readText(true)
    if (value === '' && this.text.charAt(start) !== '"') {
      this.fail(`expected a value after "${key}${operator}"`, start + 1)
    }
    return value
  }

  private countTerm(): void {
    this.termCount += 1
    if (this.termCount > MAX_FILTER_TERMS)
      this.fail(`more than ${MAX_FILTER_TERMS} terms and values`, this.position + 1)
  }

  /** As in `lr`, `optimizer.name`, `"my parameter"` and `c."my parameter"`. */
  private readKey(): string {
    const key = this.readText()
    const isPrefix = key === 'c.' || key === 'm.'
    return isPrefix && this.text.charAt(this.position) === '"' ? key + this.readQuoted() : key
  }

  /** Quoted text with `\` before `"` and `\`, or everything up to a space or a character with a meaning. */
  private readText(isValue = false): string {
    if (this.text.charAt(this.position) === '"') return this.readQuoted()
    const stops = isValue ? ' \t\n|' : ' \t\n|:<>=!"'
    const start = this.position
    while (!this.isAtEnd() && !stops.includes(this.text.charAt(this.position))) this.position += 1
    return this.text.slice(start, this.position)
  }

  private readQuoted(): string {
    const start = this.position + 1
    let value = ''
    for (this.position += 1; !this.isAtEnd(); this.position += 1) {
      const character = this.text.charAt(this.position)
      if (character === '"') {
        this.position += 1
        if (!this.isAtEnd() && !' \t\n|:<>=!'.includes(this.text.charAt(this.position)))
          this.fail('expected a space after the closing quote', this.position + 1)
        return value
      }
      if (character === '\\') this.position += 1
      value += this.text.charAt(this.position)
    }
    return this.fail('this quote is never closed', start)
  }

  private readOperator(): Operator | null {
    for (const operator of OPERATORS) {
      if (this.text.startsWith(operator, this.position)) {
        this.position += operator.length
        const next = this.text.charAt(this.position)
        if (next !== '' && '=<>!'.includes(next)) {
          const known = OPERATORS.join(' ')
          this.fail(`no operator "${operator}${next}": one of ${known}`, this.position - operator.length + 1)
        }
        return operator
      }
    }
    return null
  }

  private take(character: string): boolean {
    if (this.text.charAt(this.position) !== character) return false
    this.position += 1
    return true
  }

  private skipSpace(): void {
    while (!this.isAtEnd() && ' \t\n'.includes(this.text.charAt(this.position))) this.position += 1
  }

  private describeNext(): string {
    return this.isAtEnd() ? 'the end' : `"${this.text.charAt(this.position)}"`
  }

  private isAtEnd(): boolean {
    return this.position >= this.text.length
  }

  private fail(message: string, place: number): never {
    throw new SweepError('REQUEST_INVALID', `filter: ${message}, at character ${place}`, {
      at: `where:${place}`,
      hint: 'For example: state:failed lr>=1e-3 opt:adamw|lion -tag:debug val_loss<0.3',
    })
  }
}

function checkValues(
  key: string,
  operator: Operator,
  values: readonly string[],
  fail: (m: string) => never,
): void {
  if (isOrdering(operator)) {
    for (const value of values) {
      if (readNumber(value) === null) fail(`"${key}${operator}" needs a number, found "${value}"`)
    }
    if (TEXT_FIELDS.has(key) || key === 'has') fail(`"${key}" takes ":" only, found "${operator}"`)
  }
  if (key === 'state') {
    const states: readonly string[] = RUN_STATES
    const unknown = values.find((value) => !states.includes(value.toLowerCase()))
    if (unknown !== undefined) fail(`no run state "${unknown}": one of ${RUN_STATES.join(', ')}`)
  }
}

/** Does a text of a run fit a value of the filter? */
type TextFit = (text: string, value: string) => boolean

const isSame: TextFit = (text, value) => text === value
const isSameInEitherCase: TextFit = (text, value) => text.toLowerCase() === value.toLowerCase()
const isBeginningOfId: TextFit = (text, value) =>
  text === value || (value.length >= MIN_ID_PREFIX && text.startsWith(value))

/** As for ids that commands and addresses take. */
const MIN_ID_PREFIX = 3

/** Of text fields; others fit by `isSame`. */
const TEXT_FITS = new Map<string, TextFit>([
  ['id', isBeginningOfId],
  ['sweep', isBeginningOfId],
  ['agent', isBeginningOfId],
  ['state', isSameInEitherCase],
  ['host', isSameInEitherCase],
])

const TEXT_FIELDS = new Map<string, (run: FilterableRun) => readonly string[]>([
  ['state', (run) => [run.state]],
  ['id', (run) => [run.id]],
  ['sweep', (run) => [run.sweepId ?? 'none']], // no id: ids have no vowels
  ['project', (run) => [run.project]],
  ['group', (run) => (run.group === null ? [] : [run.group])],
  ['type', (run) => (run.jobType === null ? [] : [run.jobType])],
  ['tag', (run) => run.tags],
  ['host', (run) => run.hosts],
  ['agent', (run) => run.agentIds],
])

/** Text of which a part is enough. */
const PROSE_FIELDS = new Map<string, (run: FilterableRun) => readonly string[]>([
  ['name', (run) => [run.name]],
  ['note', (run) => [run.notes]],
  ['reason', (run) => (run.stopReason === null ? [] : [run.stopReason])],
  ['any', (run) => [run.id, run.name, run.notes, ...run.tags]],
])

const NUMBER_FIELDS = new Map<string, (run: FilterableRun) => number | null>([
  ['rank', (run) => run.rank],
  ['attempt', (run) => run.attemptCount],
  ['value', (run) => run.value],
])

function compileTerm(term: Term): RunPredicate {
  const fits = compileMatch(term)
  return term.negated ? (run) => !fits(run) : fits
}

function compileMatch({ key, operator, values }: Term): RunPredicate {
  const texts = TEXT_FIELDS.get(key)
  if (texts !== undefined) {
    const fits = TEXT_FITS.get(key) ?? isSame
    const isOne = (run: FilterableRun) => texts(run).some((text) => values.some((value) => fits(text, value)))
    return operator === '!=' ? (run) => !isOne(run) : isOne
  }
  const prose = PROSE_FIELDS.get(key)
  if (prose !== undefined) {
    const wanted = values.map((value) => value.toLowerCase())
    const holds = (run: FilterableRun) =>
      prose(run).some((text) => wanted.some((part) => text.toLowerCase().includes(part)))
    return operator === '!=' ? (run) => !holds(run) : holds
  }
  if (key === 'has') return (run) => values.some((name) => readField(run, name) !== null)
  return (run) => {
    const found = readField(run, key)
    if (found === null) return false // not there: neither below, above, equal nor different
    if (operator === '!=') return !values.some((value) => compare(found, ':', value))
    return values.some((value) => compare(found, operator, value))
  }
}

/** The number or text that a name stands for in this run; null when the run has none. */
function readField(run: FilterableRun, key: string): number | string | null {
  const number = NUMBER_FIELDS.get(key)
  if (number !== undefined) return number(run)
  if (key.startsWith('m.')) return run.metric(key.slice(2))
  if (key.startsWith('c.')) return readParameter(run.config, key.slice(2))
  return readParameter(run.config, key) ?? run.metric(key)
}

/** A parameter by its name, or by a dotted path into nested ones. */
function readParameter(config: ConfigMap, path: string): number | string | null {
  const direct = config.get(path)
  if (direct !== undefined) return comparableOf(direct)
  let value: ConfigValue = config
  for (const part of path.split('.')) {
    if (value === null || typeof value !== 'object' || !isConfigMap(value)) return null
    const next: ConfigValue | undefined = value.get(part)
    if (next === undefined) return null
    value = next
  }
  return comparableOf(value)
}

function comparableOf(value: ConfigValue): number | string {
  if (value instanceof ConfigNumber) return value.value
  if (typeof value === 'string') return value
  return JSON.stringify(plainOf(value)) // true, null, [1,2]
}

function compare(found: number | string, operator: Operator, wanted: string): boolean {
  const number = readNumber(wanted)
  if (typeof found === 'number') {
    if (number === null) return false
    switch (operator) {
      case '<':
        return found < number
      case '<=':
        return found <= number
      case '>':
        return found > number
      case '>=':
        return found >= number
      default:
        return Object.is(found, number) || found === number // NaN is NaN here
    }
  }
  return isOrdering(operator) ? false : found === wanted
}

function isOrdering(operator: Operator): boolean {
  return operator === '<' || operator === '<=' || operator === '>' || operator === '>='
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i
const INFINITE = /^[+-]?inf(inity)?$/i

/** A decimal number, `nan` or `inf`; null for any other text. */
function readNumber(text: string): number | null {
  if (DECIMAL.test(text)) return Number(text)
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return /^nan$/i.test(text) ? Number.NaN : null
}

const SORT_FIELDS = new Map<string, (run: FilterableRun) => number | string | null>([
  ['created', (run) => run.createdAt],
  ['started', (run) => run.startedAt],
  ['finished', (run) => run.finishedAt],
  ['name', (run) => run.name],
  ['id', (run) => run.id],
  ['run', (run) => run.id],
  ['state', (run) => run.state],
  ['step', (run) => run.bestStep],
  ['reason', (run) => run.stopReason],
  ['note', (run) => (run.notes === '' ? null : run.notes)],
  ['tags', (run) => (run.tags.length === 0 ? null : run.tags.join(' '))],
  [
    'took',
    (run) => (run.startedAt === null || run.finishedAt === null ? null : run.finishedAt - run.startedAt),
  ],
])

/**
 * @param text `rank`, `created`, `-val_loss`: a name as in filters, `-` in front for the largest first
 * @returns an order in which runs without the value, and NaN, come last whatever the direction
 */
export function parseRunSort(text: string): RunComparator {
  const { read, isDescending } = parseSortKey(text)
  return (a, b) => compareSortValues(read(a), read(b), isDescending)
}

/**
 * The same order as a function of a list: each run is read once, where a comparison reads two.
 * @returns sorts into a new list; ties stay in their order
 */
export function parseRunOrder(text: string): <R extends FilterableRun>(runs: readonly R[]) => R[] {
  const { read, isDescending } = parseSortKey(text)
  return (runs) =>
    runs
      .map((run) => ({ run, key: read(run) }))
      .sort((a, b) => compareSortValues(a.key, b.key, isDescending))
      .map(({ run }) => run)
}

function parseSortKey(text: string): {
  read: (run: FilterableRun) => number | string | null
  isDescending: boolean
} {
  const isDescending = text.startsWith('-')
  const key = isDescending || text.startsWith('+') ? text.slice(1) : text
  if (key.trim() === '') {
    throw new SweepError('REQUEST_INVALID', 'sort: expected a name', {
      at: 'sort',
      hint: 'For example: -val_loss',
    })
  }
  const texts = TEXT_FIELDS.get(key)
  const read =
    SORT_FIELDS.get(key) ??
    (texts === undefined ? (run: FilterableRun) => readField(run, key) : (run) => texts(run).at(-1) ?? null)
  return { read, isDescending }
}

function compareSortValues(
  a: number | string | null,
  b: number | string | null,
  isDescending: boolean,
): number {
  const isLast = (value: number | string | null) => value === null || Object.is(value, Number.NaN)
  if (isLast(a) || isLast(b)) return Number(isLast(a)) - Number(isLast(b))
  const sign = isDescending ? -1 : 1
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : a < b ? -sign : sign
  const [left, right] = [String(a), String(b)]
  return left === right ? 0 : left < right ? -sign : sign
}
