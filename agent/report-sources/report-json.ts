// JSON as training scripts write it: strict JSON, and Python's bare NaN, Infinity and -Infinity. And text made safe
// for storing.
import { randomBytes } from 'node:crypto'

/** Stands in for a bare word while JSON.parse runs; random, so that no script can write it by accident. */
const SENTINEL = `${randomBytes(12).toString('hex')}:`
const STRING_OR_WORD = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g
const BARE_WORD = /NaN|Infinity/

/** @throws SyntaxError when it is not JSON, RangeError when it is nested too deeply */
export function parseReportJson(text: string): unknown {
  if (!BARE_WORD.test(text)) return JSON.parse(text)
  const strict = text.replace(STRING_OR_WORD, (match) =>
    match.startsWith('"') ? match : `"${SENTINEL}${match}"`,
  )
  return JSON.parse(strict, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(SENTINEL) ? Number(value.slice(SENTINEL.length)) : value,
  )
}

/** NUL and lone surrogates replaced by U+FFFD: neither can be stored as text everywhere. */
export function makeStorable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}
