// What each parameter is worth to the metric, as bars with their intervals, and beside them the rank correlations. The
// page and `sweep plot` draw the same.
import { axisOption, baseOption, type ChartOption } from './chart-option.ts'
import type { ChartTable } from './chart-table.ts'
import type { ChartTheme } from './chart-theme.ts'

export interface ImportanceBar {
  readonly name: string
  /** Share of the metric's variance; null: the parameter is the same in all runs. */
  readonly importance: number | null
  /** Ends of the 95 % interval. */
  readonly low: number | null
  readonly high: number | null
  readonly isAboveChance: boolean | null
  /** -1 to 1; null: it has no order. */
  readonly correlation: number | null
}

export interface ImportanceWish {
  readonly metric: string
  /** Runs that it rests on. */
  readonly runs: number
  /** On runs that the forest had not seen. */
  readonly r2: number | null
}

/** More parameters are in the table alone. */
export const MAX_BARS = 16
const BAR_HEIGHT = 22

/** Those that vary, the most important first, as many as are drawn. */
export function drawnBars(bars: readonly ImportanceBar[]): ImportanceBar[] {
  return bars
    .filter(({ importance }) => importance !== null)
    .toSorted((a, b) => (b.importance ?? 0) - (a.importance ?? 0))
    .slice(0, MAX_BARS)
}

/** Pixels that the chart needs for its bars. */
export function importanceHeight(bars: readonly ImportanceBar[]): number {
  return 64 + BAR_HEIGHT * Math.max(2, drawnBars(bars).length)
}

export function importanceOption(bars: readonly ImportanceBar[], theme: ChartTheme): ChartOption {
  const drawn = drawnBars(bars)
  const names = drawn.map(({ name }) => clip(name))
  const most = drawn.reduce((top, { high }) => Math.max(top, high ?? 0), 0.1)
  const colourOf = ({ isAboveChance }: ImportanceBar) =>
    isAboveChance === true ? theme.accent : theme.context
  const rows = (gridIndex: number, isNamed: boolean) => ({
    ...axisOption(theme, { name: '', type: 'category', data: names }),
    gridIndex,
    inverse: true,
    axisLabel: {
      show: isNamed,
      color: theme.text,
      fontSize: 12,
      interval: 0,
      width: 150,
      overflow: 'truncate',
    },
    axisLine: { show: false },
  })
  const columns = (gridIndex: number, name: string, min: number, max: number) => ({
    ...axisOption(theme, { name, min, max }),
    gridIndex,
    nameGap: 24,
    interval: (max - min) / 4,
    axisLine: { show: false },
  })
  return {
    ...baseOption(theme),
    tooltip: {
      ...baseOption(theme).tooltip,
      trigger: 'item' as const,
      formatter: (item: { dataIndex: number }) => sayBar(drawn[item.dataIndex]),
    },
    grid: [
      { left: 170, right: '40%', top: 4, bottom: 40 },
      { left: '67%', right: 24, top: 4, bottom: 40 },
    ],
    yAxis: [rows(0, true), rows(1, false)],
    xAxis: [
      columns(0, 'share of variance', 0, Math.min(1.2, Math.ceil(most * 5 + 0.75) / 5)),
      columns(1, 'rank correlation', -1, 1),
    ],
    series: [
      {
        name: 'importance',
        type: 'bar' as const,
        barWidth: '58%',
        data: drawn.map((bar) => ({ value: bar.importance, itemStyle: { color: colourOf(bar) } })),
      },
      {
        name: 'interval',
        type: 'custom' as const,
        silent: true,
        z: 3,
        encode: { x: [1, 2], y: 0 },
        data: drawn.map(({ low, high, importance }, index) => [index, low ?? 0, high ?? 0, importance ?? 0]),
        renderItem: (_: unknown, area: DrawingArea) => whisker(area, drawn, theme),
      },
      {
        name: 'correlation',
        type: 'bar' as const,
        xAxisIndex: 1,
        yAxisIndex: 1,
        barWidth: '40%',
        data: drawn.map(({ correlation }) => ({
          value: correlation ?? 0,
          itemStyle: { color: (correlation ?? 0) < 0 ? theme.series[1] : theme.series[5] },
          label: {
            show: true,
            position: ((correlation ?? 0) < 0 ? 'right' : 'left') as 'right' | 'left',
            color: correlation === null ? theme.textMuted : theme.text,
            fontSize: 11,
            formatter: correlation === null ? 'no order' : signed(correlation),
          },
        })),
      },
    ],
  }
}

/** What ECharts hands to a custom series, as far as it is used here. */
interface DrawingArea {
  value(dimension: number): number
  coord(point: readonly [number, number]): number[]
}

/** The interval as a line with ends, and the figure behind it. */
function whisker(area: DrawingArea, drawn: readonly ImportanceBar[], theme: ChartTheme) {
  const index = area.value(0)
  const [left = 0, y = 0] = area.coord([area.value(1), index])
  const [right = 0] = area.coord([area.value(2), index])
  const bar = drawn[index]
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line' as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: theme.text, lineWidth: 1.25 },
  })
  return {
    type: 'group' as const,
    children: [
      line(left, y, right, y),
      line(left, y - 4, left, y + 4),
      line(right, y - 4, right, y + 4),
      {
        type: 'text' as const,
        x: right + 7,
        y,
        style: {
          text: bar === undefined ? '' : figure(bar),
          fill: bar?.isAboveChance === true ? theme.text : theme.textMuted,
          fontSize: 11,
          fontFamily: theme.font,
          verticalAlign: 'middle' as const,
        },
      },
    ],
  }
}

function figure({ importance, low, high, isAboveChance }: ImportanceBar): string {
  const half = ((high ?? 0) - (low ?? 0)) / 2
  return `${(importance ?? 0).toFixed(2)} ±${half.toFixed(2)}${isAboveChance === true ? '' : ', not above chance'}`
}

function sayBar(bar: ImportanceBar | undefined): string {
  if (bar === undefined) return ''
  const { name, low, high, correlation } = bar
  const order = correlation === null ? 'no order to correlate' : `rank correlation ${signed(correlation)}`
  return `${plain(clip(name, 60))}\n${figure(bar)}\n95 % interval ${(low ?? 0).toFixed(2)} to ${(high ?? 0).toFixed(2)}\n${order}`
}

/** One sentence of what is to be seen. */
export function describeImportance(
  bars: readonly ImportanceBar[],
  { metric, runs, r2 }: ImportanceWish,
): string {
  const sure = drawnBars(bars).filter(({ isAboveChance }) => isAboveChance === true)
  const quality =
    r2 === null ? '' : `; the forest explains ${Math.round(100 * Math.max(0, r2))} % of runs it has not seen`
  if (sure.length === 0)
    return `No parameter matters to ${metric} more than chance over ${runs} runs${quality}.`
  const named = sure
    .slice(0, 4)
    .map(({ name, importance }) => `${clip(name)} ${(importance ?? 0).toFixed(2)}`)
  return `What matters to ${metric} over ${runs} runs: ${named.join(', ')}${quality}.`
}

/** All parameters, those that do not vary too. */
export function importanceTable(bars: readonly ImportanceBar[]): ChartTable {
  return {
    columns: ['parameter', 'importance', 'low', 'high', 'above chance', 'rank correlation'],
    rows: bars.map(({ name, importance, low, high, isAboveChance, correlation }) => [
      name,
      importance,
      low,
      high,
      isAboveChance === null ? null : isAboveChance ? 'yes' : 'no',
      correlation,
    ]),
  }
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

function clip(text: string, length = 32): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

/** Of a name in a picture: without what rich text reads as a style. */
function plain(text: string): string {
  return text.replaceAll('{', '(').replaceAll('}', ')')
}
