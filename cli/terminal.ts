// Where a command writes and how: streams, colour, width. Colour is never the only carrier of a fact.
import type { Readable } from 'node:stream'

export interface OutputStream {
  write(text: string | Uint8Array, done?: () => void): boolean
  once(event: 'drain', listener: () => void): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** The outside world of a command; tests pass their own. */
export interface Io {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly stdin: Readable
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

export type ColorChoice = 'auto' | 'always' | 'never'

/** `--color` wins, then SWEEP_COLOR, NO_COLOR, FORCE_COLOR, TERM=dumb, and at last whether the stream is a terminal. */
export function decideColor(
  choice: ColorChoice,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  const wanted = choice === 'auto' ? env['SWEEP_COLOR'] : choice
  if (wanted === 'always' || wanted === 'never') return wanted === 'always'
  if (env['NO_COLOR']) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return isTerminal && env['TERM'] !== 'dumb'
}

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
  inverse(text: string): string
}

export function createPaint(hasColor: boolean): Paint {
  const wrap = (open: number, close: number) => (text: string) =>
    hasColor && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    cyan: wrap(36, 39),
    inverse: wrap(7, 27),
  }
}

/**
 * Text from files, servers and training scripts, made safe to print: control characters (escape sequences
 * included) are shown as a replacement sign. Tabs stay; line feeds too when `keepLines` is set.
 */
export function printable(text: string, options: { readonly keepLines?: boolean } = {}): string {
  const controls = options.keepLines
    ? /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
    : /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g
  return text.replace(controls, '\ufffd')
}

/** Of why a run failed, on its line: three lines of a common terminal. */
export const MAX_REASON_COLUMNS = 240

/** Cuts to `width` columns with an ellipsis; a width of null cuts nothing (not a terminal: no truncation). */
export function truncate(text: string, width: number | null): string {
  if (width === null || text.length <= width) return text
  return width <= 1 ? '…' : `${text.slice(0, width - 1)}…`
}

/** Writes and waits until the stream takes more, so that endless output does not fill the memory. */
export async function writeWithPressure(stream: OutputStream, text: string | Uint8Array): Promise<void> {
  if (!stream.write(text)) await new Promise<void>((resolve) => stream.once('drain', resolve))
}
