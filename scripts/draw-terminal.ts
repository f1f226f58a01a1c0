// A picture of what a command printed: the text with its colours (SGR sequences), as a terminal shows it.
import type { Browser } from 'playwright-core'

/** By SGR code 30 to 37 and 90 to 97, on the dark background below. */
const COLOURS: Readonly<Record<number, string>> = {
  30: '#5c6675',
  31: '#ff8a80',
  32: '#5fd38d',
  33: '#f0b95a',
  34: '#7db0ff',
  35: '#e08be0',
  36: '#4fd0df',
  37: '#e8ecf2',
  90: '#8b97a8',
}

interface Piece {
  readonly text: string
  readonly style: string
}

/** Sequences other than colours and weights are left out. */
export function readPieces(text: string): Piece[] {
  const pieces: Piece[] = []
  let codes: number[] = []

  for (const part of text.split(/(\u001b\[[0-9;?]*[A-Za-z])/)) {
    const sequence = /^\u001b\[([0-9;?]*)([A-Za-z])$/.exec(part)
    if (sequence === null) {
      if (part !== '') pieces.push({ text: part, style: styleOf(codes) })
      continue
    }
    if (sequence[2] !== 'm') continue
    for (const code of (sequence[1] ?? '').split(';').map(Number)) codes = apply(codes, code)
  }
  return pieces
}

function apply(codes: readonly number[], code: number): number[] {
  if (code === 0) return []
  if (code === 39) return codes.filter((known) => COLOURS[known] === undefined)
  if (code === 22) return codes.filter((known) => known !== 1 && known !== 2)
  if (code === 27) return codes.filter((known) => known !== 7)
  return [...codes.filter((known) => COLOURS[code] === undefined || COLOURS[known] === undefined), code]
}

function styleOf(codes: readonly number[]): string {
  const colour = codes.map((code) => COLOURS[code]).findLast((found) => found !== undefined)
  return [
    colour === undefined ? '' : `color:${colour}`,
    codes.includes(1) ? 'font-weight:700' : '',
    codes.includes(2) ? 'opacity:0.7' : '',
    codes.includes(7) ? 'background:#1d3557' : '',
  ]
    .filter((part) => part !== '')
    .join(';')
}

export async function drawTerminal(browser: Browser, text: string, file: string): Promise<void> {
  const page = await browser.newPage({ deviceScaleFactor: 1.5 })
  const spans = readPieces(text.trimEnd()).map(
    (piece) => `<span style="${piece.style}">${escapeText(piece.text)}</span>`,
  )
  await page.setContent(`<style>${STYLE}</style><pre>${spans.join('')}</pre>`)
  await page.locator('pre').screenshot({ path: file })
  await page.close()
}

const STYLE =
  'body{margin:0} pre{display:inline-block;margin:0;padding:14px 18px;background:#12161c;color:#e8ecf2;' +
  "font:14px/1.3 'DejaVu Sans Mono',ui-monospace,monospace} i{display:inline-block;width:1ch;font-style:normal}"

/** A terminal gives each sign one cell, also those that come from a font of another width. */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[^ -~\n]/g, (sign) => `<i>${sign}</i>`)
}
