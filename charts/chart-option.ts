// What all options of ours share: fonts, axes, the grid, the tooltip. The parts are plain objects for ECharts; nothing
// here draws.
import type { EChartsCoreOption } from 'echarts/core'
import type { ChartTheme } from './chart-theme.ts'
import { formatTick } from './value-scale.ts'

export type ChartOption = EChartsCoreOption

/** What every chart begins with. No animation: a live chart that moves at each update cannot be read. */
export function baseOption(theme: ChartTheme) {
  return {
    animation: false,
    backgroundColor: 'transparent',
    color: [...theme.series],
    textStyle: { fontFamily: theme.font, fontSize: 12, color: theme.text },
    tooltip: {
      // Drawn on the canvas: tooltips of HTML need style attributes, which the content security policy forbids.
      renderMode: 'richText' as const,
      backgroundColor: theme.raised,
      borderColor: theme.border,
      borderWidth: 1,
      textStyle: { color: theme.text, fontFamily: theme.font, fontSize: 12 },
      confine: true,
      transitionDuration: 0,
    },
    grid: { left: 8, right: 16, top: 24, bottom: 8, outerBoundsMode: 'same' as const },
  }
}

/** `name` is written at the axis: what is on it, with its unit. */
export interface AxisWish {
  readonly name: string
  readonly type?: 'value' | 'log' | 'category' | 'time'
  readonly min?: number
  readonly max?: number
  /** For `category`. */
  readonly data?: readonly string[]
  /** How a tick is written. @default formatTick */
  readonly format?: (value: number) => string
  /** Leaves the lines across the chart away. @default false */
  readonly isBare?: boolean
}

export function axisOption(theme: ChartTheme, wish: AxisWish) {
  const type = wish.type ?? 'value'
  return {
    type,
    name: wish.name,
    nameLocation: 'middle' as const,
    nameTextStyle: { color: theme.textMuted, fontSize: 12 },
    nameTruncate: { maxWidth: 240 },
    scale: true,
    ...(wish.min === undefined ? {} : { min: wish.min }),
    ...(wish.max === undefined ? {} : { max: wish.max }),
    ...(wish.data === undefined ? {} : { data: [...wish.data] }),
    axisLine: { show: true, lineStyle: { color: theme.border } },
    axisTick: { show: false },
    axisLabel: {
      color: theme.textMuted,
      fontSize: 11,
      hideOverlap: true,
      ...(type === 'category' || type === 'time' ? {} : { formatter: wish.format ?? formatTick }),
    },
    splitLine: { show: wish.isBare !== true && type !== 'category', lineStyle: { color: theme.grid } },
  }
}
