import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { DARK_THEME, LIGHT_THEME, rankColour, type ChartTheme } from '../../../charts/chart-theme.ts'

const TOKENS = readFileSync(fileURLToPath(new URL('../../../web/style/tokens.css', import.meta.url)), 'utf8')
const NAMES = {
  text: 'text',
  textMuted: 'text-muted',
  background: 'bg',
  raised: 'bg-raised',
  border: 'border',
  grid: 'chart-grid',
  context: 'chart-context',
  accent: 'accent',
  good: 'good',
  warn: 'warn',
  bad: 'bad',
  rankBest: 'rank-best',
  rankWorst: 'rank-worst',
} as const

function tokensOf(theme: 'light' | 'dark'): Map<string, string> {
  const from = TOKENS.indexOf(`data-theme='${theme}'`)
  const block = TOKENS.slice(from, TOKENS.indexOf('}', from))
  return new Map(
    [...block.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name = '', value = '']) => [name, value]),
  )
}

it.each([
  ['light', LIGHT_THEME],
  ['dark', DARK_THEME],
] as const)('draws in the colours of the page, %s', (name, theme: ChartTheme) => {
  const tokens = tokensOf(name)
  for (const [key, token] of Object.entries(NAMES))
    expect([key, theme[key as keyof typeof NAMES]]).toEqual([key, tokens.get(token)])
  expect(theme.series).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((index) => tokens.get(`chart-${index}`)))
})

it('mixes the colour of a rank between the two ends', () => {
  expect(rankColour(LIGHT_THEME, 0)).toBe('rgb(11,61,145)')
  expect(rankColour(LIGHT_THEME, 7)).toBe('rgb(224,154,62)')
})
