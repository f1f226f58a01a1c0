// Writes JSON that holds pieces of ready-made JSON text, unchanged: a run's config keeps 3 and 3.0 apart in its
// text, which JSON.stringify would lose. Non-finite numbers become the strings "NaN", "Infinity", "-Infinity".

/** JSON text that is written as it stands. Must be valid JSON. */
export class RawJson {
  constructor(readonly text: string) {}
}

/**
 * As JSON.stringify(value, null, indent) for plain data, with RawJson spliced in. Members that are undefined are
 * left out, as JSON.stringify does.
 * @param indent spaces per level; 0: one line. Raw pieces stay on one line.
 */
export function writeJson(value: unknown, indent = 0): string {
  return writeValue(value, indent, '')
}

function writeValue(value: unknown, indent: number, margin: string): string {
  if (value instanceof RawJson) return value.text
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = margin + ' '.repeat(indent)
  if (Array.isArray(value)) {
    return enclose(
      '[',
      value.map((item) => writeValue(item, indent, inner)),
      ']',
      indent,
      margin,
    )
  }
  const colon = indent > 0 ? ': ' : ':'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}${colon}${writeValue(member, indent, inner)}`)
  return enclose('{', members, '}', indent, margin)
}

function enclose(open: string, items: string[], close: string, indent: number, margin: string): string {
  if (items.length === 0) return open + close
  if (indent === 0) return open + items.join(',') + close
  const inner = margin + ' '.repeat(indent)
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${margin}${close}`
}
