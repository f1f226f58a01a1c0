// JSON as Python writes it: with NaN, Infinity and -Infinity for numbers that JSON does not have.

/** Puts what `write` makes of them where such numbers stand; strings stay as they are. */
export function replaceNonFinite(text: string, write: (word: NonFinite) => string): string {
  if (!/NaN|Infinity/.test(text)) return text
  return text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) =>
    found.startsWith('"') ? found : write(found as NonFinite),
  )
}

export type NonFinite = 'NaN' | 'Infinity' | '-Infinity'

/** Such numbers become their names. @throws SyntaxError when it is no JSON otherwise */
export function parseLenientJson(text: string): unknown {
  return JSON.parse(replaceNonFinite(text, (word) => `"${word}"`)) as unknown
}

/** An object, or null for anything else. */
export function parseLenientObject(text: string): Record<string, unknown> | null {
  try {
    const value = parseLenientJson(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
