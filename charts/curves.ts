// Curves over steps or time as options of ECharts: one line a series, the raw one faint behind a smoothed one, and the
// band from least to greatest where a point stands for many reports.
import { axisOption, baseOption, type ChartOption } from './chart-option.ts'
import type { ChartTable } from './chart-table.ts'
import { SERIES_DASHES, type ChartTheme } from './chart-theme.ts'
import { formatTick } from './value-scale.ts'

export interface CurveSeries {
  readonly name: string
  /** Steps, or milliseconds since the start. */
  readonly xs: readonly number[]
  /** null: no finite value there. */
  readonly ys: readonly (number | null)[]
  /** Where a point stands for several reports. */
  readonly min?: readonly (number | null)[]
  readonly max?: readonly (number | null)[]
  /** Place among the colours and dashes. @default its place among the series */
  readonly colour?: number
}

export interface CurvesWish {
  /** What is on the vertical axis. */
  readonly name: string
  readonly x: 'step' | 'time'
  /** Only where a value is above 0. @default false */
  readonly isLog?: boolean
  /** Weight of what came before, 0 (none) to 0.99. @default 0 */
  readonly smoothing?: number
  /** What is shown of the horizontal axis. @default all */
  readonly range?: readonly [number, number] | null
  /** Verticals: where an attempt went on. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[]
  /** Of the value in the tooltip. @default formatTick */
  readonly format?: (value: number) => string
}

/** More points, of all curves together, have no dots. */
const MAX_DOTS = 40

export function curvesOption(
  series: readonly CurveSeries[],
  wish: CurvesWish,
  theme: ChartTheme,
): ChartOption {
  const { x, smoothing = 0, range = null, marks = [], format = formatTick } = wish
  const isLog = wish.isLog === true && series.some(({ ys }) => ys.some(isAbove0))
  const zoom = range === null ? { start: 0, end: 100 } : { startValue: range[0], endValue: range[1] }
  return {
    ...baseOption(theme),
    grid: { left: 8, right: 16, top: 12, bottom: 8, outerBoundsMode: 'same' as const },
    tooltip: {
      ...baseOption(theme).tooltip,
      trigger: 'axis' as const,
      axisPointer: { type: 'line' as const, lineStyle: { color: theme.textMuted } },
      formatter: (points: unknown) => tooltipOf(points as readonly TooltipPoint[], x, format),
    },
    xAxis: {
      ...axisOption(theme, { name: x, isBare: true, format: x === 'time' ? formatSpan : formatStep }),
      min: 'dataMin',
      max: 'dataMax',
      ...(x === 'time' ? { interval: niceInterval(range ?? reachOf(series)) } : {}),
    },
    yAxis: axisOption(theme, { name: '', type: isLog ? 'log' : 'value' }),
    dataZoom: [
      {
        type: 'inside' as const,
        filterMode: 'none' as const,
        // The page scrolls with the wheel: with Ctrl the chart zooms.
        zoomOnMouseWheel: 'ctrl' as const,
        moveOnMouseMove: 'shift' as const,
        moveOnMouseWheel: false,
        ...zoom,
      },
    ],
    series: series.flatMap((curve, index) => {
      const at = curve.colour ?? index
      const colour = theme.series[at % theme.series.length] ?? theme.accent
      const dash = [...(SERIES_DASHES[Math.floor(at / theme.series.length) % SERIES_DASHES.length] ?? [])]
      const drawable = (value: number | null) => (value === null || (isLog && value <= 0) ? null : value)
      const smooth = smoothing > 0 ? smoothCurve(curve.xs, curve.ys, smoothing) : null
      const line = (ys: readonly (number | null)[], isRaw: boolean) => ({
        name: curve.name,
        type: 'line' as const,
        data: curve.xs.map((value, point) => [value, drawable(ys[point] ?? null)]),
        showSymbol: curve.xs.length * series.length <= MAX_DOTS && !isRaw,
        symbolSize: 5,
        connectNulls: false,
        lineStyle: {
          width: isRaw ? 1 : 1.6,
          color: colour,
          opacity: isRaw ? 0.28 : 1,
          type: dash.length > 0 ? dash : ('solid' as const),
        },
        itemStyle: { color: colour },
        emphasis: { disabled: true },
        silent: true,
        z: isRaw ? 2 : 3,
      })
      const lines =
        smooth === null
          ? [line(curve.ys, false)]
          : [{ ...line(curve.ys, true), name: '' }, line(smooth, false)]
      const first = {
        ...lines[0],
        ...(index === 0 && marks.length > 0 ? { markLine: marksOf(marks, theme) } : {}),
      }
      return [...bandOf(curve, colour, drawable), first, ...lines.slice(1)]
    }),
  }
}

/**
 * A moving mean in which what came before has this weight for each mean gap between points; the first points are not
 * pulled towards 0. Gaps stay gaps. O(n).
 */
export function smoothCurve(
  xs: readonly number[],
  ys: readonly (number | null)[],
  weight: number,
): (number | null)[] {
  const [first, last] = [xs[0] ?? 0, xs.at(-1) ?? 0]
  const gap = xs.length > 1 ? (last - first) / (xs.length - 1) : 1
  let sum = 0
  let total = 0
  let before = first
  return ys.map((y, index) => {
    const x = xs[index] ?? before
    const kept = weight ** (gap > 0 ? Math.max(0, x - before) / gap : 1)
    before = x
    if (y === null) return null
    sum = sum * kept + y
    total = total * kept + 1
    return sum / total
  })
}

/** One sentence of what is to be seen. */
export function describeCurves(
  series: readonly CurveSeries[],
  { name, x, format = formatTick }: CurvesWish,
): string {
  const [only] = series
  if (only === undefined || series.every(({ ys }) => ys.every((y) => y === null)))
    return `${name}: no finite value yet.`
  if (series.length > 1) {
    const ends = series.map((curve) => `${curve.name} ${valueText(lastOf(curve.ys), format)}`)
    return `${name} of ${series.length} runs, newest values: ${ends.slice(0, 12).join(', ')}.`
  }
  const first = only.ys.find((y) => y !== null) ?? null
  const last = lastOf(only.ys)
  const reach = x === 'time' ? formatSpan(only.xs.at(-1) ?? 0) : `step ${formatStep(only.xs.at(-1) ?? 0)}`
  const low = extremeOf(only.min ?? only.ys, Math.min)
  const high = extremeOf(only.max ?? only.ys, Math.max)
  return `${name} went from ${valueText(first, format)} to ${valueText(last, format)} at ${reach}, between ${valueText(low, format)} and ${valueText(high, format)}.`
}

/** The points as they were reported, or their buckets. */
export function curvesTable(series: readonly CurveSeries[], { x }: CurvesWish): ChartTable {
  const isReduced = series.some(({ min }) => min !== undefined)
  const columns = [
    ...(series.length > 1 ? ['run'] : []),
    x === 'time' ? 'seconds' : 'step',
    'value',
    ...(isReduced ? ['min', 'max'] : []),
  ]
  const rows = series.flatMap((curve) =>
    curve.xs.map((at, index) => [
      ...(series.length > 1 ? [curve.name] : []),
      x === 'time' ? at / 1000 : at,
      curve.ys[index] ?? null,
      ...(isReduced ? [(curve.min ?? curve.ys)[index] ?? null, (curve.max ?? curve.ys)[index] ?? null] : []),
    ]),
  )
  return { columns, rows }
}

/** `40s`, `7m`, `1h50m`, `2d4h`. */
export function formatSpan(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${ms < 10_000 ? Number((ms / 1000).toPrecision(2)) : seconds}s`
  const two = (large: number, a: string, small: number, b: string) => {
    const rest = Math.round((seconds % large) / small)
    return `${Math.floor(seconds / large)}${a}${rest === 0 ? '' : `${rest}${b}`}`
  }
  if (seconds < 3600) return two(60, 'm', 1, 's')
  return seconds < 86_400 ? two(3600, 'h', 60, 'm') : two(86_400, 'd', 3600, 'h')
}

const SECOND = 1000
const INTERVALS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
].map((seconds) => seconds * SECOND)

function reachOf(series: readonly CurveSeries[]): readonly [number, number] {
  const first = series.map(({ xs }) => xs[0] ?? 0)
  const last = series.map(({ xs }) => xs.at(-1) ?? 0)
  return [Math.min(...first, Infinity), Math.max(...last, 0)]
}

/** Between ticks of time: five or six of them. */
function niceInterval([from, to]: readonly [number, number]): number {
  const wanted = (to - from) / 6
  return INTERVALS.find((interval) => interval >= wanted) ?? Math.ceil(wanted / 86_400_000) * 86_400_000
}

function formatStep(step: number): string {
  return Number.isInteger(step) && Math.abs(step) < 1e6 ? step.toLocaleString('en') : formatTick(step)
}

/** From least to greatest, as one polygon a stretch without gaps. */
function bandOf(curve: CurveSeries, colour: string, drawable: (value: number | null) => number | null) {
  const { xs, min, max } = curve
  if (min === undefined || max === undefined) return []
  const data = xs.map((x, index) => [x, drawable(min[index] ?? null), drawable(max[index] ?? null)])
  return [
    {
      name: '',
      type: 'custom' as const,
      silent: true,
      z: 1,
      clip: true,
      encode: { x: 0, y: [1, 2] },
      data,
      renderItem: (parameters: { dataIndex: number }, area: DrawingArea) => {
        if (parameters.dataIndex !== 0) return null
        return {
          type: 'group' as const,
          children: stretchesOf(data).map((stretch) => ({
            type: 'polygon' as const,
            shape: {
              points: [
                ...stretch.map(([x, , high]) => area.coord([x, high])),
                ...stretch.toReversed().map(([x, low]) => area.coord([x, low])),
              ],
            },
            style: { fill: colour, opacity: 0.18 },
          })),
        }
      },
    },
  ]
}

type Point = readonly [x: number, low: number, high: number]

function stretchesOf(data: readonly (readonly (number | null | undefined)[])[]): Point[][] {
  const stretches: Point[][] = []
  let open: Point[] | null = null
  for (const [x, low, high] of data) {
    if (
      x === null ||
      x === undefined ||
      low === null ||
      low === undefined ||
      high === null ||
      high === undefined
    ) {
      open = null
      continue
    }
    if (open === null) stretches.push((open = []))
    open.push([x, low, high])
  }
  return stretches
}

/** What ECharts hands to a custom series, as far as it is used here. */
interface DrawingArea {
  coord(point: readonly [number, number]): number[]
}

interface TooltipPoint {
  readonly seriesName: string
  readonly value: readonly [number, number | null] | readonly [number, number | null, number | null]
}

function tooltipOf(
  points: readonly TooltipPoint[],
  x: CurvesWish['x'],
  format: (value: number) => string,
): string {
  const named = points.filter(({ seriesName }) => seriesName !== '')
  const at = named[0]?.value[0]
  if (at === undefined) return ''
  const lines = named
    .slice(0, 14)
    .map(({ seriesName, value }) => `${plain(seriesName)}  ${valueText(value[1], format)}`)
  return [x === 'time' ? formatSpan(at) : `step ${formatStep(at)}`, ...lines].join('\n')
}

/** Of a name in a picture: without what rich text reads as a style. */
function plain(text: string): string {
  const short = text.length > 48 ? `${text.slice(0, 47)}…` : text
  return short.replaceAll('{', '(').replaceAll('}', ')')
}

function marksOf(marks: NonNullable<CurvesWish['marks']>, theme: ChartTheme) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { type: 'dotted' as const, color: theme.textMuted, width: 1 },
    label: { color: theme.textMuted, fontSize: 11, formatter: (line: { name: string }) => line.name },
    data: marks.map(({ x, label }) => ({ name: label, xAxis: x })),
  }
}

function isAbove0(value: number | null): boolean {
  return value !== null && value > 0
}

function lastOf(ys: readonly (number | null)[]): number | null {
  return ys.findLast((y) => y !== null) ?? null
}

function extremeOf(ys: readonly (number | null)[], pick: (a: number, b: number) => number): number | null {
  let found: number | null = null
  for (const y of ys) if (y !== null) found = found === null ? y : pick(found, y)
  return found
}

function valueText(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? 'none' : format(value)
}
