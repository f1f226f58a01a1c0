// Two parameters at once: what a model makes of them as a coloured grid, the runs as dots, and hatched where no run is near
// enough to say.
import { baseOption, type ChartOption } from './chart-option.ts'
import type { ChartTable } from './chart-table.ts'
import { rankColour, type ChartTheme } from './chart-theme.ts'
import { placeAxis, placeOf, type ParameterAxis } from './parameter-axis.ts'
import { formatTick } from './value-scale.ts'

export interface ContourGrid {
  readonly x: ParameterAxis & { readonly values: readonly (number | string)[] }
  readonly y: ParameterAxis & { readonly values: readonly (number | string)[] }
  /** By y, then x; null: the two do not exist together there. */
  readonly mean: readonly (readonly (number | null)[])[]
  readonly isWithinReach: readonly (readonly boolean[])[]
}

export interface ContourRun {
  readonly id: string
  readonly x: number | string
  readonly y: number | string
  readonly value: number
  readonly isFaint: boolean
}

export interface ContourWish {
  readonly metric: string
  readonly goal: 'minimize' | 'maximize'
  /** @default formatTick */
  readonly format?: (value: number) => string
}

/** Of more runs, so many are drawn, evenly chosen. */
const MAX_DOTS = 1_500

/** Ends of the colours: from the best to the worst of what is within reach, without its worst tenth. */
export function contourRange(
  grid: ContourGrid,
  goal: ContourWish['goal'],
): { best: number; worst: number } | null {
  const near = grid.mean.flatMap((row, y) =>
    row.filter((mean, x): mean is number => mean !== null && grid.isWithinReach[y]?.[x] === true),
  )
  const all = near.length > 0 ? near : grid.mean.flatMap((row) => row.filter((mean) => mean !== null))
  if (all.length === 0) return null
  const sorted = all.toSorted((a, b) => (goal === 'maximize' ? b - a : a - b))
  return { best: sorted[0] ?? 0, worst: sorted[Math.floor(0.9 * (sorted.length - 1))] ?? 0 }
}

export function contourOption(
  grid: ContourGrid,
  runs: readonly ContourRun[],
  wish: ContourWish,
  theme: ChartTheme,
): ChartOption {
  const { metric, goal, format = formatTick } = wish
  const range = contourRange(grid, goal) ?? { best: 0, worst: 1 }
  const [xs, ys] = [grid.x, grid.y].map((axis) =>
    edgesOf(
      axis,
      axis.values.map((value) => placeOf(axis, value)),
    ),
  )
  const shareOf = (value: number) =>
    range.worst === range.best ? 0 : (value - range.best) / (range.worst - range.best)
  const cells = grid.mean.flatMap((row, y) =>
    row.flatMap((mean, x) => {
      const [x0, x1, y0, y1] = [xs?.[x], xs?.[x + 1], ys?.[y], ys?.[y + 1]]
      if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return []
      return [
        { value: [x0, y0, x1, y1], mean, isNear: grid.isWithinReach[y]?.[x] === true, at: [x, y] as const },
      ]
    }),
  )
  const drawn =
    runs.length <= MAX_DOTS
      ? runs
      : runs.filter((_, index) => index % Math.ceil(runs.length / MAX_DOTS) === 0)
  const axisFor = (axis: ParameterAxis, edges: readonly number[] | undefined) => ({
    ...placeAxis(theme, axis, edges ?? []),
    min: edges?.[0] ?? 0,
    max: edges?.at(-1) ?? 1,
  })
  return {
    ...baseOption(theme),
    grid: {
      left: 4,
      right: 14,
      top: 8,
      bottom: 4,
      outerBoundsMode: 'same' as const,
      outerBoundsContain: 'axisLabel' as const,
    },
    tooltip: {
      ...baseOption(theme).tooltip,
      trigger: 'item' as const,
      formatter: (item: { seriesIndex: number; dataIndex: number }) => {
        if (item.seriesIndex > 0) {
          const run = drawn[item.dataIndex]
          return run === undefined ? '' : `${run.id}\n${plain(metric)}: ${format(run.value)}`
        }
        const cell = cells[item.dataIndex]
        if (cell === undefined) return ''
        const [x, y] = cell.at
        const place = `${plain(grid.x.name)} ${valueText(grid.x, x)}\n${plain(grid.y.name)} ${valueText(grid.y, y)}`
        if (cell.mean === null) return `${place}\nthe two do not exist together`
        return `${place}\nmodel: ${format(cell.mean)}${cell.isNear ? '' : '\nno run within reach'}`
      },
    },
    xAxis: axisFor(grid.x, xs),
    yAxis: axisFor(grid.y, ys),
    series: [
      {
        name: 'model',
        type: 'custom' as const,
        encode: { x: [0, 2], y: [1, 3] },
        data: cells.map(({ value }) => value),
        renderItem: (item: { dataIndex: number }, area: DrawingArea) => {
          const cell = cells[item.dataIndex]
          return cell === undefined ? null : drawCell(area, cell, shareOf, theme)
        },
      },
      {
        name: 'runs',
        type: 'scatter' as const,
        symbolSize: drawn.length > 300 ? 5 : 7,
        z: 5,
        data: drawn.map(({ id, x, y, isFaint }) => ({
          value: [placeOf(grid.x, x), placeOf(grid.y, y)],
          id,
          itemStyle: {
            color: isFaint ? 'transparent' : theme.text,
            borderColor: theme.background,
            borderWidth: 1,
            opacity: isFaint ? 0.35 : 0.9,
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

function drawCell(
  area: DrawingArea,
  cell: { readonly mean: number | null; readonly isNear: boolean },
  shareOf: (value: number) => number,
  theme: ChartTheme,
) {
  const [left = 0, bottom = 0] = area.coord([area.value(0), area.value(1)])
  const [right = 0, top = 0] = area.coord([area.value(2), area.value(3)])
  if (cell.mean === null) return null
  const colour = rankColour(theme, shareOf(cell.mean))
  // Half a pixel more, or seams show between the cells
  const rect = {
    type: 'rect' as const,
    shape: { x: left, y: top, width: right - left + 0.5, height: bottom - top + 0.5 },
    style: { fill: colour, opacity: cell.isNear ? 0.85 : 0.16 },
  }
  if (cell.isNear) return rect
  const hatch = {
    type: 'line' as const,
    shape: { x1: left, y1: bottom, x2: right, y2: top },
    style: { stroke: theme.textMuted, lineWidth: 0.75, opacity: 0.55 },
  }
  return { type: 'group' as const, children: [rect, hatch] }
}

/** Between neighbours half way; at the ends as far again. One more than places. */
function edgesOf({ scale }: ParameterAxis, places: readonly number[]): number[] {
  if (scale === 'category') return [...places.map((_, index) => index - 0.5), places.length - 0.5]
  const [first, last] = [places[0] ?? 0, places.at(-1) ?? 1]
  const half = places.length > 1 ? ((places[1] ?? first) - first) / 2 : 0.5
  const halfLast = places.length > 1 ? (last - (places.at(-2) ?? last)) / 2 : 0.5
  const inner = places.slice(1).map((place, index) => (place + (places[index] ?? place)) / 2)
  return [first - half, ...inner, last + halfLast]
}

function valueText(axis: ContourGrid['x'], index: number): string {
  const value = axis.values[index]
  return typeof value === 'number' ? formatTick(value) : plain(String(value ?? ''))
}

/** One sentence of what is to be seen. */
export function describeContour(
  grid: ContourGrid,
  { metric, goal, format = formatTick }: ContourWish,
): string {
  let best: { mean: number; x: number; y: number } | null = null
  let [near, all] = [0, 0]
  for (const [y, row] of grid.mean.entries()) {
    for (const [x, mean] of row.entries()) {
      if (mean === null) continue
      all += 1
      if (grid.isWithinReach[y]?.[x] !== true) continue
      near += 1
      if (best === null || (goal === 'maximize' ? mean > best.mean : mean < best.mean)) best = { mean, x, y }
    }
  }
  const names = `${grid.x.name} and ${grid.y.name}`
  if (best === null) return `${metric} by ${names}: no run is near enough anywhere.`
  return (
    `${metric} by ${names}: the model expects the best, ${format(best.mean)}, at ${grid.x.name} ${valueText(grid.x, best.x)} ` +
    `and ${grid.y.name} ${valueText(grid.y, best.y)}; runs are within reach of ${Math.round((100 * near) / Math.max(1, all))} % of the area.`
  )
}

export function contourTable(grid: ContourGrid, { metric }: ContourWish): ChartTable {
  return {
    columns: [grid.x.name, grid.y.name, `${metric} by the model`, 'run within reach'],
    rows: grid.mean.flatMap((row, y) =>
      row.map((mean, x) => [
        grid.x.values[x] ?? null,
        grid.y.values[y] ?? null,
        mean,
        grid.isWithinReach[y]?.[x] === true ? 'yes' : 'no',
      ]),
    ),
  }
}

/** Of a name in a picture: without what rich text reads as a style. */
function plain(text: string): string {
  const short = text.length > 48 ? `${text.slice(0, 47)}…` : text
  return short.replaceAll('{', '(').replaceAll('}', ')')
}
