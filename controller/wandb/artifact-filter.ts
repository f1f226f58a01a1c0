// Filters of artifacts and collections as W&B's client gives them: MongoDB's form, equality and sets only.
import { SweepError } from '../../sweeps/errors.ts'

/** What a record shows to filters; a field with several values fits when one of them does. */
export type FilterFacts = Readonly<Record<string, string | number | readonly string[] | null>>
type Predicate = (facts: FilterFacts) => boolean

const MAX_DEPTH = 16

/**
 * @param fields that there are, for the refusal of others
 * @throws SweepError REQUEST_INVALID for what is not known
 */
export function parseArtifactFilter(text: string | null | undefined, fields: readonly string[]): Predicate {
  if (text === null || text === undefined || text === '') return () => true
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refused('they are not JSON')
  }
  return value === null ? () => true : readObject(value, fields, 0)
}

function readObject(value: unknown, fields: readonly string[], depth: number): Predicate {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused('an object is expected')
  if (depth > MAX_DEPTH) throw refused('they nest too deep')
  const parts = Object.entries(value).map(([key, given]: [string, unknown]): Predicate => {
    if (key === '$and' || key === '$or') {
      if (!Array.isArray(given)) throw refused(`${key} takes a list`)
      const all = given.map((one) => readObject(one, fields, depth + 1))
      return key === '$and'
        ? (facts) => all.every((fits) => fits(facts))
        : (facts) => all.some((fits) => fits(facts))
    }
    if (!fields.includes(key)) throw refused(`there is no field "${key}" here, only ${fields.join(', ')}`)
    const fits = readTest(given)
    return (facts) => fits(facts[key] ?? null)
  })
  return (facts) => parts.every((fits) => fits(facts))
}

type Test = (found: FilterFacts[string]) => boolean

function readTest(given: unknown): Test {
  if (typeof given !== 'object' || given === null) return isOneOf([given])
  if (Array.isArray(given)) throw refused('a list stands behind $in')
  const tests = Object.entries(given).map(([operator, value]: [string, unknown]): Test => {
    if (operator === '$eq') return isOneOf([value])
    if (operator === '$ne') return not(isOneOf([value]))
    if (operator === '$in' && Array.isArray(value)) return isOneOf(value)
    if (operator === '$nin' && Array.isArray(value)) return not(isOneOf(value))
    throw refused(`"${operator}" is not known: $eq, $ne, $in, $nin, $and, $or are`)
  })
  return (found) => tests.every((fits) => fits(found))
}

function isOneOf(wanted: readonly unknown[]): Test {
  return (found) =>
    Array.isArray(found) ? found.some((one) => wanted.includes(one)) : wanted.includes(found)
}

function not(test: Test): Test {
  return (found) => !test(found)
}

function refused(why: string): SweepError {
  return new SweepError('REQUEST_INVALID', `these filters cannot be used: ${why}`)
}
