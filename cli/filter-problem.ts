// A filter that cannot be read, shown with a caret under the place that the server or the parser named.
import type { SweepError } from '../sweeps/errors.ts'
import { printable } from './terminal.ts'

/** The source's name for `context.setSource` when errors speak of a filter: their `at` is `where:5`. */
export const FILTER_SOURCE = 'where'

const WINDOW = 72

/** The part of the filter around the place, and a caret under it; null when the error is of something else. */
export function pointIntoFilter(
  error: Pick<SweepError, 'at'>,
  source: { readonly name: string; readonly text: string } | undefined,
): string[] | null {
  const place = /^where:(\d+)$/.exec(error.at ?? '')?.[1]
  if (place === undefined || source?.name !== FILTER_SOURCE) return null
  const at = Math.min(Number(place) - 1, source.text.length)
  const from = Math.max(0, at - WINDOW / 2)
  const before = oneLine((from > 0 ? '…' : '') + source.text.slice(from, at))
  const after = oneLine(source.text.slice(at, from + WINDOW))
  const rest = from + WINDOW < source.text.length ? '…' : ''
  return [before + after + rest, `${' '.repeat([...before].length)}^`]
}

function oneLine(text: string): string {
  return printable(text).replaceAll('\t', ' ')
}
