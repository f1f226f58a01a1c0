// The colours that charts are drawn with, as an argument of every chart: the page reads them from its tokens, `sweep plot`
// takes one of the two constants here. A unit test holds the constants against web/style/tokens.css.

export interface ChartTheme {
  readonly text: string
  readonly textMuted: string
  readonly background: string
  readonly raised: string
  readonly border: string
  readonly grid: string
  /** Lines that only give context. */
  readonly context: string
  readonly accent: string
  readonly good: string
  readonly warn: string
  readonly bad: string
  /** Eight colours that colour-blind readers tell apart; pinned runs and curves take them in turn. */
  readonly series: readonly string[]
  /** Ends of the scale from the first to the last rank. */
  readonly rankBest: string
  readonly rankWorst: string
  readonly font: string
}

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"

export const LIGHT_THEME: ChartTheme = {
  text: '#1b212b',
  textMuted: '#55606f',
  background: '#ffffff',
  raised: '#f6f7f9',
  border: '#d3d8df',
  grid: '#e4e8ed',
  context: '#b9c2ce',
  accent: '#1f5fbf',
  good: '#14713a',
  warn: '#8a5300',
  bad: '#b3261e',
  series: ['#1f5fbf', '#c2500a', '#14713a', '#9a2b9a', '#8a6a00', '#007d8c', '#b3261e', '#4b4f9c'],
  rankBest: '#0b3d91',
  rankWorst: '#e09a3e',
  font: FONT,
}

export const DARK_THEME: ChartTheme = {
  text: '#e8ecf2',
  textMuted: '#a5b0bf',
  background: '#12161c',
  raised: '#1a2029',
  border: '#313b48',
  grid: '#262e39',
  context: '#4a5666',
  accent: '#7db0ff',
  good: '#5fd38d',
  warn: '#f0b95a',
  bad: '#ff8a80',
  series: ['#7db0ff', '#ff9d5c', '#5fd38d', '#e08be0', '#e3c14a', '#4fd0df', '#ff8a80', '#a9adff'],
  rankBest: '#8fd0ff',
  rankWorst: '#a8672a',
  font: FONT,
}

/** Dash patterns beside the colours, so that lines are told apart without seeing colour. */
export const SERIES_DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3]]

/**
 * The colour of a rank on the scale from best to worst.
 * @param share 0: the first, 1: the last; what is outside counts as the nearer end
 */
export function rankColour(theme: ChartTheme, share: number): string {
  return `rgb(${rankScale(theme)(share).join(',')})`
}

/** The same as channels, for many ranks of one picture. */
export function rankScale(theme: ChartTheme): (share: number) => readonly [number, number, number] {
  const [from, to] = [channels(theme.rankBest), channels(theme.rankWorst)]
  return (share) => {
    const at = Math.min(1, Math.max(0, share))
    const mix = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * at)
    return [mix(0), mix(1), mix(2)]
  }
}

/** Red, green, blue from 0 to 255. @param colour `#rrggbb` or `rgb(r, g, b)`; anything else is a middle grey */
export function channels(colour: string): readonly [number, number, number] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour)
  const parts = hex ?? /^rgba?\((\d+)[ ,]+(\d+)[ ,]+(\d+)/.exec(colour)
  if (parts === null) return [128, 128, 128]
  const read = (at: number) => Number.parseInt(parts[at] ?? '', hex === null ? 10 : 16)
  return [read(1), read(2), read(3)]
}
