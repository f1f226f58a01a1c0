// Nested JSON as rows with dotted names.

const MAX_DEPTH = 8

export function flattenPlain(
  values: Readonly<Record<string, unknown>>,
  prefix = '',
  depth = 0,
): [name: string, value: unknown][] {
  return Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
    const name = `${prefix}${key}`
    const isNested = value !== null && typeof value === 'object' && !Array.isArray(value)
    if (!isNested || depth >= MAX_DEPTH || Object.keys(value).length === 0) return [[name, value]]
    return flattenPlain(value as Readonly<Record<string, unknown>>, `${name}.`, depth + 1)
  })
}
