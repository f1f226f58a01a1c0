// The colours of the page's tokens for what draws on a canvas, read anew when the theme changes.
import { useSyncExternalStore } from 'react'
import type { ChartTheme } from '../../charts/chart-theme.ts'

let known: ChartTheme | null = null

export function chartTheme(): ChartTheme {
  return (known ??= readTheme())
}

/** @returns ends it */
export function onThemeChange(listener: () => void): () => void {
  const hear = () => {
    known = null
    listener()
  }
  const forced = matchMedia('(forced-colors: active)')
  window.addEventListener('sweep-theme', hear)
  forced.addEventListener('change', hear)
  return () => {
    window.removeEventListener('sweep-theme', hear)
    forced.removeEventListener('change', hear)
  }
}

/** Renders again when the theme changes. */
export function useChartTheme(): ChartTheme {
  return useSyncExternalStore(onThemeChange, chartTheme)
}

function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    text: token('text'),
    textMuted: token('text-muted'),
    background: token('bg'),
    raised: token('bg-raised'),
    border: token('border'),
    grid: token('chart-grid'),
    context: token('chart-context'),
    accent: token('accent'),
    good: token('good'),
    warn: token('warn'),
    bad: token('bad'),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((index) => token(`chart-${index}`)),
    rankBest: token('rank-best'),
    rankWorst: token('rank-worst'),
    font: token('font'),
  }
}
