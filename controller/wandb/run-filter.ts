// W&B's filters for runs: a part of MongoDB's query language, as JSON. What an operator means is MongoDB's meaning:
// a list fits where one of its elements does, numbers compare with numbers and texts with texts, null fits what is
// missing. Pure; what is not known is refused in words, and no filter can hold the server.
import { SweepError } from '../../sweeps/errors.ts'
import { didYouMean } from '../../sweeps/nearest-name.ts'
import { compileLinearRegex } from './linear-regex.ts'
import type { RegexBudget } from './linear-regex.ts'
import { parseRunField, scalarOf } from './run-fields.ts'
import type { JsonObject, RunField, WandbRunFacts } from './run-fields.ts'

/** @throws SweepError REQUEST_INVALID when its regular expressions have taken too long over all runs together */
export type WandbRunPredicate = (run: WandbRunFacts) => boolean

/** Characters of the JSON text: a list of 10,000 ids fits. */
export const MAX_FILTER_LENGTH = 500_000
const MAX_CONDITIONS = 1_000
const MAX_DEPTH = 32
const MAX_FIELD_LENGTH = 500
/** About half a second; of all regular expressions of one filter over all runs. */
const REGEX_STEPS = 10_000_000

const GROUPS = ['$and', '$or', '$nor'] as const
const OPERATORS = [
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$exists',
  '$regex',
  '$not',
] as const
type Operator = (typeof OPERATORS)[number]

/** A test of what a field holds; undefined: nothing. */
type ValueTest = (found: unknown) => boolean

/**
 * @param text JSON; null, an empty text and `{}` take every run
 * @throws SweepError REQUEST_INVALID with the place in `at`, e.g. `filters.$and.0.config.lr`
 */
export function parseWandbFilter(text: string | null | undefined): WandbRunPredicate {
  if (text === null || text === undefined || text.trim() === '') return () => true
  if (text.length > MAX_FILTER_LENGTH) fail('filters', `longer than ${MAX_FILTER_LENGTH} characters`)
  return new FilterReader().readFilter(readJson(text), 'filters', 0)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return fail('filters', 'not JSON')
  }
}

class FilterReader {
  private conditionCount = 0
  private readonly budget: RegexBudget = { steps: REGEX_STEPS }

  readFilter(filter: unknown, at: string, depth: number): WandbRunPredicate {
    if (filter === null) return () => true
    if (!isObject(filter)) return fail(at, `expected an object of conditions, found ${describe(filter)}`)
    if (depth > MAX_DEPTH) fail(at, `nested deeper than ${MAX_DEPTH}`)
    const tests = Object.entries(filter).map(([key, value]) =>
      this.readEntry(key, value, `${at}.${key}`, depth),
    )
    const [only] = tests
    if (only !== undefined && tests.length === 1) return only
    return (run) => tests.every((test) => test(run))
  }

  private readEntry(key: string, value: unknown, at: string, depth: number): WandbRunPredicate {
    this.count(at)
    if (key === '$not') {
      const test = this.readFilter(value, at, depth + 1)
      return (run) => !test(run)
    }
    if (key.startsWith('$')) return this.readGroup(key, value, at, depth)
    return this.readField(key, value, at, depth)
  }

  private readGroup(key: string, value: unknown, at: string, depth: number): WandbRunPredicate {
    const group = GROUPS.find((one) => one === key)
    if (group === undefined) return failUnknown(key, at, [...GROUPS, '$not'])
    if (!Array.isArray(value)) return fail(at, `expected a list of filters, found ${describe(value)}`)
    const tests = value.map((one, index) => this.readFilter(one, `${at}.${index}`, depth + 1))
    switch (group) {
      case '$and':
        return (run) => tests.every((test) => test(run))
      case '$or':
        return (run) => tests.some((test) => test(run))
      case '$nor':
        return (run) => !tests.some((test) => test(run))
    }
  }

  private readField(path: string, value: unknown, at: string, depth: number): WandbRunPredicate {
    if (path.length > MAX_FIELD_LENGTH) fail('filters', `a name of more than ${MAX_FIELD_LENGTH} characters`)
    const field = parseRunField(path)
    const test = this.readTest(field, value, at, depth)
    return (run) => test(field.read(run))
  }

  /** `value` itself, or an object of operators, all of which must hold. */
  private readTest(field: RunField, value: unknown, at: string, depth: number): ValueTest {
    if (depth > MAX_DEPTH) fail(at, `nested deeper than ${MAX_DEPTH}`)
    if (!isObject(value) || !Object.keys(value).some((key) => key.startsWith('$')))
      return equals(field, value, at)
    const tests = Object.entries(value).flatMap(([key, wanted]): ValueTest[] => {
      if (key === '$options') {
        if (!Object.hasOwn(value, '$regex')) fail(at, '$options belongs to $regex')
        return []
      }
      const operator = OPERATORS.find((one) => one === key)
      if (operator === undefined) return failUnknown(key, at, OPERATORS)
      this.count(at)
      return [this.readOperator(operator, field, wanted, value, `${at}.${key}`, depth)]
    })
    return (found) => tests.every((test) => test(found))
  }

  private readOperator(
    operator: Operator,
    field: RunField,
    wanted: unknown,
    siblings: JsonObject,
    at: string,
    depth: number,
  ): ValueTest {
    switch (operator) {
      case '$eq':
        return equals(field, wanted, at)
      case '$ne':
        return isNot(equals(field, wanted, at))
      case '$gt':
      case '$gte':
      case '$lt':
      case '$lte':
        return compares(operator, field, wanted, at)
      case '$in':
        return isIn(field, wanted, at)
      case '$nin':
        return isNot(isIn(field, wanted, at))
      case '$exists': {
        const isThere = Boolean(wanted)
        return (found) => (found !== undefined && found !== null) === isThere
      }
      case '$regex':
        return this.fits(wanted, siblings['$options'], at)
      case '$not':
        if (!isObject(wanted)) return fail(at, 'expected operators such as {"$gt": 3}')
        return isNot(this.readTest(field, wanted, at, depth + 1))
    }
  }

  private fits(pattern: unknown, options: unknown, at: string): ValueTest {
    if (typeof pattern !== 'string') return fail(at, `expected a text, found ${describe(pattern)}`)
    const test = compileLinearRegex(pattern, typeof options === 'string' ? options : '')
    return anyOf((found) => typeof found === 'string' && test(found, this.budget))
  }

  private count(at: string): void {
    this.conditionCount += 1
    if (this.conditionCount > MAX_CONDITIONS) fail(at, `more than ${MAX_CONDITIONS} conditions`)
  }
}

function isNot(test: ValueTest): ValueTest {
  return (found) => !test(found)
}

/** Holds of the value or of an element of it, when it is a list. */
function anyOf(test: ValueTest): ValueTest {
  return (found) => test(found) || (Array.isArray(found) && found.some(test))
}

function equals(field: RunField, wanted: unknown, at: string): ValueTest {
  if (wanted === null || wanted === undefined) return (found) => found === undefined || found === null
  if (field.isTime) return compareTo(readTime(wanted, at), (order) => order === 0)
  if (typeof wanted !== 'object') return anyOf((found) => isSame(scalarOf(found, 'last'), wanted))
  return anyOf((found) => isSame(found, wanted))
}

function isIn(field: RunField, wanted: unknown, at: string): ValueTest {
  if (!Array.isArray(wanted)) return fail(at, `expected a list, found ${describe(wanted)}`)
  // 10,000 ids against 10,000 runs: texts and numbers are looked up, not compared one by one.
  const plain = new Set(wanted.filter((one) => typeof one === 'string' || typeof one === 'number'))
  const rest = wanted
    .filter((one) => field.isTime || !plain.has(one as string))
    .map((one) => equals(field, one, at))
  const isPlain = anyOf((found) => plain.has(scalarOf(found, 'last') as string))
  return (found) => (!field.isTime && isPlain(found)) || rest.some((test) => test(found))
}

const ORDERS: Readonly<Record<'$gt' | '$gte' | '$lt' | '$lte', (order: number) => boolean>> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
}

function compares(operator: keyof typeof ORDERS, field: RunField, wanted: unknown, at: string): ValueTest {
  const holds = ORDERS[operator]
  if (field.isTime) return compareTo(readTime(wanted, at), holds)
  if (typeof wanted !== 'number' && typeof wanted !== 'string' && typeof wanted !== 'boolean')
    return fail(at, `expected a number or a text, found ${describe(wanted)}`)
  return compareTo(wanted, holds)
}

/** Only what is of the same kind compares. */
function compareTo(wanted: number | string | boolean, holds: (order: number) => boolean): ValueTest {
  return anyOf((one) => {
    const found = scalarOf(one, 'last')
    if (typeof found === 'number' && typeof wanted === 'number')
      return !Number.isNaN(found) && holds(found === wanted ? 0 : found < wanted ? -1 : 1)
    if (typeof found === 'string' && typeof wanted === 'string')
      return holds(found === wanted ? 0 : found < wanted ? -1 : 1)
    if (typeof found === 'boolean' && typeof wanted === 'boolean')
      return holds(Number(found) - Number(wanted))
    return false
  })
}

/** Text without a zone is UTC, as W&B takes it. */
function readTime(wanted: unknown, at: string): number {
  const value = isObject(wanted) && '$date' in wanted ? wanted['$date'] : wanted
  if (typeof value === 'number') return value < 1e11 ? value * 1000 : value // seconds, or milliseconds
  if (typeof value === 'string') {
    const text = value.trim().replace(' ', 'T')
    const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(text)
    const time = Date.parse(hasZone || !text.includes('T') ? text : `${text}Z`)
    if (ISO_TIME.test(text) && !Number.isNaN(time)) return time
  }
  return fail(at, `expected a time such as "2026-01-31T12:00:00Z", found ${describe(wanted)}`)
}
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i

function isSame(found: unknown, wanted: unknown): boolean {
  if (typeof found !== 'object' || typeof wanted !== 'object') return found === wanted
  if (found === null || wanted === null) return found === wanted
  if (Array.isArray(found) || Array.isArray(wanted)) {
    if (!Array.isArray(found) || !Array.isArray(wanted) || found.length !== wanted.length) return false
    return found.every((one, index) => isSame(one, wanted[index]))
  }
  const keys = Object.keys(wanted)
  return (
    Object.keys(found).length === keys.length &&
    keys.every(
      (key) => Object.hasOwn(found, key) && isSame((found as JsonObject)[key], (wanted as JsonObject)[key]),
    )
  )
}

function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function failUnknown(key: string, at: string, known: readonly string[]): never {
  throw new SweepError('REQUEST_INVALID', `${at}: there is no operator ${key}`, {
    at,
    hint: didYouMean(key, known, `Known are ${known.join(', ')}.`),
  })
}

function fail(at: string, what: string): never {
  throw new SweepError('REQUEST_INVALID', `${at}: ${what}`, {
    at,
    hint: 'Filters are those of MongoDB, e.g. {"$and": [{"state": "finished"}, {"config.lr": {"$gte": 0.001}}]}',
  })
}
