// One parameter against the metric: a dot for each run and a running median, which shows the shape under the noise of the
// other parameters.
import { axisOption, baseOption, type ChartOption } from './chart-option.ts'
import type { ChartTable } from './chart-table.ts'
import type { ChartTheme } from './chart-theme.ts'
import { placeAxis, placeOf, placeText, type ParameterAxis } from './parameter-axis.ts'
import { formatTick } from './value-scale.ts'

export interface SliceRun {
  readonly id: string
  /** Of the parameter. */
  readonly x: number | string
  /** Of the metric, finite. */
  readonly y: number
  /** Outside of what is brushed: only context. */
  readonly isFaint: boolean
  readonly isRunning: boolean
}

export interface SliceWish {
  readonly axis: ParameterAxis
  readonly metric: string
  readonly goal: 'minimize' | 'maximize'
  /** @default false */
  readonly isLogY?: boolean
  /** Of the metric. @default formatTick */
  readonly format?: (value: number) => string
}

/** Of more runs, so many are drawn, evenly chosen; the median is of all. */
export const MAX_SLICE_DOTS = 3_000
/** Below it a median says no more than the dots do. */
const LEAST_RUNS = 10
const LEAST_WINDOW = 5
const MEDIAN_PLACES = 40

export interface MedianPoint {
  readonly place: number
  readonly median: number
}

/** Medians of neighbouring runs: of a tenth of them, 5 at least; of categories one each. Empty: too few runs. */
export function runningMedian(runs: readonly SliceRun[], axis: ParameterAxis): MedianPoint[] {
  const placed = runs
    .map((run) => ({ place: placeOf(axis, run.x), y: run.y }))
    .filter(({ place }) => Number.isFinite(place) && place >= (axis.scale === 'category' ? 0 : -Infinity))
    .sort((a, b) => a.place - b.place)
  if (placed.length < LEAST_RUNS) return []
  const distinct = new Set(placed.map(({ place }) => place)).size
  if (axis.scale === 'category' || distinct <= 8) {
    const byPlace = new Map<number, number[]>()
    for (const { place, y } of placed) {
      const own = byPlace.get(place)
      if (own === undefined) byPlace.set(place, [y])
      else own.push(y)
    }
    return [...byPlace].map(([place, own]) => ({ place, median: medianOf(own) }))
  }
  const window = Math.max(LEAST_WINDOW, Math.round(placed.length / 10))
  const count = Math.min(MEDIAN_PLACES, placed.length - window + 1)
  return Array.from({ length: count }, (_, index) => {
    const from = Math.round((index * (placed.length - window)) / Math.max(1, count - 1))
    const own = placed.slice(from, from + window)
    return { place: medianOf(own.map(({ place }) => place)), median: medianOf(own.map(({ y }) => y)) }
  })
}

export function sliceOption(runs: readonly SliceRun[], wish: SliceWish, theme: ChartTheme): ChartOption {
  const { axis, metric, goal, format = formatTick } = wish
  const { min, max } = fence(
    runs.map(({ y }) => y),
    goal,
  )
  const isLog = wish.isLogY === true && min > 0
  const drawn = evenly(runs, MAX_SLICE_DOTS)
  const places = drawn.map(({ x }) => placeOf(axis, x)).filter(Number.isFinite)
  const clamp = (y: number) => Math.min(max, Math.max(min, y))
  const dot = (run: SliceRun, index: number) => ({
    value: [jitter(axis, placeOf(axis, run.x), index), clamp(run.y)],
    id: run.id,
    y: run.y,
  })
  const dots = (name: string, own: readonly SliceRun[], style: object) => ({
    name,
    type: 'scatter' as const,
    symbolSize: own.length > 500 ? 4 : 6,
    itemStyle: style,
    data: own.map(dot),
  })
  return {
    ...baseOption(theme),
    grid: {
      left: 4,
      right: 14,
      top: 8,
      bottom: 2,
      outerBoundsMode: 'same' as const,
      outerBoundsContain: 'axisLabel' as const,
    },
    tooltip: {
      ...baseOption(theme).tooltip,
      trigger: 'item' as const,
      formatter: (item: { data: { id?: string; y?: number; value: number[] }; seriesName: string }) => {
        const { id, y, value } = item.data
        return id === undefined
          ? ''
          : `${id}\n${plain(axis.name)}: ${placeText(axis, axis.scale === 'category' ? Math.round(value[0] ?? 0) : (value[0] ?? 0))}\n${plain(metric)}: ${format(y ?? NaN)}`
      },
    },
    xAxis: placeAxis(theme, axis, places),
    yAxis: {
      ...axisOption(theme, { name: '', type: isLog ? 'log' : 'value' }),
      splitNumber: 4,
      axisLine: { show: false, onZero: false },
    },
    series: [
      dots(
        'not selected',
        drawn.filter(({ isFaint }) => isFaint),
        { color: theme.context, opacity: 0.35 },
      ),
      dots(
        'ended',
        drawn.filter(({ isFaint, isRunning }) => !isFaint && !isRunning),
        { color: theme.accent, opacity: runs.length > 500 ? 0.45 : 0.7 },
      ),
      dots(
        'running',
        drawn.filter(({ isFaint, isRunning }) => !isFaint && isRunning),
        { color: 'transparent', borderColor: theme.accent, borderWidth: 1.5 },
      ),
      {
        name: 'running median',
        type: 'line' as const,
        silent: true,
        z: 4,
        symbol: axis.scale === 'category' ? 'rect' : 'none',
        symbolSize: [26, 3],
        lineStyle: { color: theme.series[1], width: axis.scale === 'category' ? 0 : 2 },
        itemStyle: { color: theme.series[1] },
        data: runningMedian(
          runs.filter(({ isFaint, isRunning }) => !isFaint && !isRunning),
          axis,
        ).map(({ place, median }) => [place, clamp(median)]),
      },
    ],
  }
}

/** One sentence of what is to be seen. */
export function describeSlice(runs: readonly SliceRun[], wish: SliceWish): string {
  const { axis, metric, goal, format = formatTick } = wish
  const medians = runningMedian(
    runs.filter(({ isRunning, isFaint }) => !isRunning && !isFaint),
    axis,
  )
  const sign = goal === 'maximize' ? -1 : 1
  const first = medians[0]
  if (first === undefined) return `${metric} by ${axis.name}: ${runs.length} runs, too few for a median.`
  const best = medians.reduce((a, b) => (sign * b.median < sign * a.median ? b : a), first)
  const worst = medians.reduce((a, b) => (sign * b.median > sign * a.median ? b : a), first)
  return (
    `${metric} by ${axis.name} over ${runs.length} runs: the median is best, ${format(best.median)}, near ` +
    `${placeText(axis, best.place)}, and worst, ${format(worst.median)}, near ${placeText(axis, worst.place)}.`
  )
}

export function sliceTable(runs: readonly SliceRun[], { axis, metric }: SliceWish): ChartTable {
  return { columns: ['run', axis.name, metric], rows: runs.map(({ id, x, y }) => [id, x, y]) }
}

/** What lies far on the bad side is drawn at the edge: or one diverged run would press all others into a line. */
function fence(values: readonly number[], goal: SliceWish['goal']): { min: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  const [low, high] = [at(0), at(1)]
  if (sorted.length < 8) return { min: low, max: high }
  if (goal === 'minimize') return { min: low, max: Math.min(high, at(0.9) + 2 * (at(0.9) - low)) }
  return { min: Math.max(low, at(0.1) - 2 * (high - at(0.1))), max: high }
}

/** Runs of one category beside each other, the same at every drawing. */
function jitter({ scale }: ParameterAxis, place: number, index: number): number {
  return scale === 'category' ? place + (((index * 0.618) % 1) - 0.5) * 0.5 : place
}

function evenly<T>(all: readonly T[], limit: number): readonly T[] {
  if (all.length <= limit) return all
  return Array.from({ length: limit }, (_, index) => all[Math.floor((index * all.length) / limit)] as T) // below its length
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

/** Of a name in a picture: without what rich text reads as a style. */
function plain(text: string): string {
  const short = text.length > 48 ? `${text.slice(0, 47)}…` : text
  return short.replaceAll('{', '(').replaceAll('}', ')')
}
