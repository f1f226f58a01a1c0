// A form for one configuration, from the parameters of a sweep: what may be chosen, and the text that the choices make.
// Pure. Numbers stay as they were typed: 1 and 1.0 are two values.
import type { components } from '../../api/openapi.d.ts'

export type Parameter = components['schemas']['ValidateSweepResponse']['parameters'][number]

export interface ParameterField {
  readonly name: string
  /** What it may be, in the words of `sweep validate`. */
  readonly hint: string
  /** Each as JSON text; null: anything may be typed. */
  readonly options: readonly string[] | null
  /** Left out where its condition does not hold. */
  readonly isConditional: boolean
}

/** @param parameters constants are left out: there is nothing to choose */
export function fieldsOf(parameters: readonly Parameter[]): ParameterField[] {
  return parameters.flatMap(({ name, distribution, text }): ParameterField[] => {
    if (distribution === 'constant') return []
    const [words = '', condition] = text.slice(name.length + 1).split('  only if ')
    return [
      {
        name,
        hint: text.slice(name.length + 1),
        options: distribution === 'categorical' ? optionsOf(words) : null,
        isConditional: condition !== undefined,
      },
    ]
  })
}

/** `{32,64,128}`; null when not all of them are written out, or a comma may be part of one. */
function optionsOf(words: string): string[] | null {
  const inner = /^\{([^{}[\]"]*)\}$/.exec(words)?.[1]
  if (inner === undefined || inner.includes('...')) return null
  return inner.split(',').map(asJson)
}

/** What was typed, as JSON: a number, true, false, null or something in quotes as it is, else a text. */
export function asJson(typed: string): string {
  const text = typed.trim()
  try {
    JSON.parse(text)
    return text
  } catch {
    return JSON.stringify(text)
  }
}

/** JSON text, or what is under a dot. */
type Group = Map<string, unknown>

/** @param values JSON text by dotted name; empty ones are left out */
export function configTextOf(values: ReadonlyMap<string, string>): string {
  const root: Group = new Map<string, unknown>()
  for (const [name, value] of values) {
    if (value === '') continue
    const parts = name.split('.')
    let group = root
    for (const part of parts.slice(0, -1)) {
      const next = group.get(part)
      const child: Group = next instanceof Map ? (next as Group) : new Map<string, unknown>()
      group.set(part, child)
      group = child
    }
    group.set(parts.at(-1) ?? '', value)
  }
  return writeGroup(root)
}

function writeGroup(group: Group): string {
  const entries = [...group].map(
    ([key, value]) =>
      `${JSON.stringify(key)}: ${value instanceof Map ? writeGroup(value as Group) : String(value)}`,
  )
  return `{${entries.join(', ')}}`
}
