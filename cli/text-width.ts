// How many columns of a terminal a text takes, and cutting and filling it to some. Wide scripts take two columns, marks
// that combine take none; string-width knows which.
import stringWidth from 'string-width'

const PLAIN = /^[\u0020-\u007e]*$/

/** Columns of a text without escape sequences. */
export function textWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text)
}

let segmenter: Intl.Segmenter | undefined

/** What a reader takes for one character each. */
export function graphemesOf(text: string): string[] {
  if (PLAIN.test(text)) return [...text]
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** The longest beginning that takes at most `width` columns, with `…` at its end when something was cut. */
export function cutToWidth(text: string, width: number): string {
  if (width <= 0) return ''
  if (text.length <= width && PLAIN.test(text)) return text
  if (text.length * 2 <= width || textWidth(text) <= width) return text
  let taken = ''
  let columns = 0
  for (const grapheme of graphemesOf(text.slice(0, 16 * width))) {
    columns += textWidth(grapheme)
    if (columns > width - 1) break
    taken += grapheme
  }
  return `${taken}…`
}

/** Exactly `width` columns: cut, or filled with spaces. */
export function fitToWidth(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutToWidth(text, width)
  const padding = ' '.repeat(Math.max(0, width - textWidth(cut)))
  return align === 'right' ? padding + cut : cut + padding
}

/** Shown as text, these would move or hide what stands beside them. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Text from a server or a script as one line that is nothing but text: no control characters, no change of direction. */
export function oneLineOf(text: string): string {
  return text.replace(/\t|\r?\n/g, ' ').replace(UNSAFE, '\ufffd')
}
