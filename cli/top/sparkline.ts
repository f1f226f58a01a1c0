// A row of small bars. Braille has two to a character and four heights, blocks one and eight; terminals without either
// get ASCII.

/** What a terminal can show. */
export type Glyphs = 'braille' | 'blocks' | 'ascii'

/** By the words of the environment that say what the terminal takes. */
export function chooseGlyphs(env: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  if (!/utf-?8/i.test(locale) || env['TERM'] === 'dumb') return 'ascii'
  return env['TERM'] === 'linux' ? 'blocks' : 'braille'
}

const BLOCKS = '▁▂▃▄▅▆▇█'
const SIGNS = '_.-=+*#'
/** Dots of a column from the bottom up, as bits of a braille character. */
const LEFT = [0, 0x40, 0x44, 0x46, 0x47] as const
const RIGHT = [0, 0x80, 0xa0, 0xb0, 0xb8] as const

/**
 * @param values in their order; what is no number is left out
 * @param width columns; fewer when there are fewer values
 * @returns '' for no values; equal values are bars of the lowest height
 */
export function sparkline(values: readonly number[], width: number, glyphs: Glyphs): string {
  const finite = values.filter((value) => Number.isFinite(value))
  if (finite.length === 0 || width <= 0) return ''
  const perCell = glyphs === 'braille' ? 2 : 1
  const bars = thin(finite, width * perCell)
  const low = Math.min(...bars)
  const span = Math.max(...bars) - low
  const levels = glyphs === 'braille' ? 4 : glyphs === 'blocks' ? BLOCKS.length : SIGNS.length
  const heights = bars.map((value) => (span > 0 ? 1 + Math.round(((value - low) / span) * (levels - 1)) : 1))
  if (glyphs !== 'braille') {
    const signs = glyphs === 'blocks' ? BLOCKS : SIGNS
    return heights.map((height) => signs[height - 1] ?? '').join('')
  }
  let line = ''
  for (let at = 0; at < heights.length; at += 2)
    line += String.fromCodePoint(0x2800 + (LEFT[heights[at] ?? 0] ?? 0) + (RIGHT[heights[at + 1] ?? 0] ?? 0))
  return line
}

/** The mean of each of `count` equal parts; the last value stays the last. */
function thin(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values]
  return Array.from({ length: count }, (_, part) => {
    const from = Math.floor((part * values.length) / count)
    const to = Math.max(from + 1, Math.floor(((part + 1) * values.length) / count))
    if (part === count - 1) return values.at(-1) ?? NaN
    return values.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from)
  })
}
