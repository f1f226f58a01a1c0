// Text of a cell that a spreadsheet may open: what it would take for a formula is made plain text.

const FORMULA_STARTS = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/
const PLAIN_NUMBER = /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i

/**
 * Text that begins with `=`, `+`, `-`, `@` (their full-width forms too), a tab or a line end gets an apostrophe in
 * front, unless it is a plain number: `-1e-3` is none that calls anything.
 */
export function guardFormula(text: string): string {
  return FORMULA_STARTS.test(text) && !PLAIN_NUMBER.test(text) && text !== '-Infinity' ? `'${text}` : text
}
