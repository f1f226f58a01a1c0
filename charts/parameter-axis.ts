// A parameter on an axis of ECharts: numbers as they are or by their logarithm, anything else one place a category. The
// axis itself is linear, so that places between two values can be drawn on.
import { axisOption } from './chart-option.ts'
import type { ChartTheme } from './chart-theme.ts'
import { formatTick } from './value-scale.ts'

export interface ParameterAxis {
  readonly name: string
  readonly scale: 'linear' | 'log' | 'category'
  /** Texts of the categories, in their order; empty for numbers. */
  readonly categories: readonly string[]
}

/** Where a value stands: a logarithm, the value, or the number of the category; NaN: nowhere. */
export function placeOf({ scale, categories }: ParameterAxis, value: number | string): number {
  if (scale === 'category') return categories.indexOf(String(value))
  const number = typeof value === 'number' ? value : NaN
  return scale === 'log' ? (number > 0 ? Math.log10(number) : NaN) : number
}

/** How a place is written at the axis. */
export function placeText({ scale, categories }: ParameterAxis, place: number): string {
  if (scale === 'category') return clip(categories[place] ?? '')
  return formatTick(scale === 'log' ? 10 ** place : place)
}

/**
 * An axis of places, for either direction: categories at whole numbers, powers of ten on a log scale, and no labels at the
 * padded ends.
 * @param places finite
 */
export function placeAxis(theme: ChartTheme, axis: ParameterAxis, places: readonly number[]) {
  const { scale, categories } = axis
  const base = axisOption(theme, { name: '', format: (place) => placeText(axis, place), isBare: true })
  if (scale === 'category') {
    const customValues = categories.map((_, index) => index)
    return {
      ...base,
      min: -0.5,
      max: Math.max(1, categories.length) - 0.5,
      axisLine: { ...base.axisLine, onZero: false },
      axisTick: { show: false, customValues },
      axisLabel: { ...base.axisLabel, customValues },
    }
  }
  let [min, max] = [Infinity, -Infinity]
  for (const place of places) [min, max] = [Math.min(min, place), Math.max(max, place)]
  if (!(max >= min)) [min, max] = [0, 1]
  const pad = max > min ? 0.03 * (max - min) : Math.max(0.5, Math.abs(min) * 0.05)
  return {
    ...base,
    min: min - pad,
    max: max + pad,
    splitNumber: 4,
    ...(scale === 'log' && max - min >= 2 ? { minInterval: 1 } : {}),
    axisLine: { ...base.axisLine, onZero: false },
    axisLabel: { ...base.axisLabel, showMinLabel: false, showMaxLabel: false },
  }
}

function clip(text: string): string {
  return text.length > 14 ? `${text.slice(0, 13)}…` : text
}
