// The history of a sweep as options of ECharts: dots in order of creation, the best so far as a line, running runs
// hollow, new versions of the search space as dotted verticals. `sweep plot` draws this; the page draws the same data
// on a canvas of its own (docs/decisions/0011-parallel-coordinates.md).
import { axisOption, baseOption, type ChartOption } from './chart-option.ts'
import { rankColour, type ChartTheme } from './chart-theme.ts'
import { countDensity, DENSE_COUNT, type HistoryData, type HistoryRuns } from './history-data.ts'
import { shareOfTop } from './top-runs.ts'
import { linearScale, logScale } from './value-scale.ts'

const GRID = { columns: 120, lines: 60 } as const

export function historyOption(runs: HistoryRuns, data: HistoryData, theme: ChartTheme): ChartOption {
  const { wish, ended, running, top, far, best, min, max, rowCount } = data
  const isLog = wish.isLog === true && data.canLog
  const clamp = (row: number) => Math.min(max, Math.max(min, runs.values[row] ?? NaN))
  const point = (row: number) => [row + 1, clamp(row), runs.ids[row] ?? '']
  const isDense = ended.length > DENSE_COUNT
  const farRows = new Set(far)
  const plain = isDense ? [] : ended.filter((row) => !farRows.has(row))
  const lastBest = best.at(-1)
  return {
    ...baseOption(theme),
    xAxis: axisOption(theme, {
      name: 'run, in order of creation',
      min: 1,
      max: Math.max(2, rowCount),
      isBare: true,
    }),
    yAxis: axisOption(theme, { name: wish.metric, type: isLog ? 'log' : 'value' }),
    series: [
      ...(isDense ? [densitySeries(runs, data, isLog, theme)] : []),
      {
        name: 'ended',
        type: 'scatter',
        symbolSize: 5,
        itemStyle: { color: theme.context },
        data: plain.map(point),
      },
      {
        name: 'best',
        type: 'scatter',
        symbolSize: 6,
        data: top.map((row, index) => ({
          value: point(row),
          itemStyle: { color: rankColour(theme, shareOfTop(index, top.length)) },
        })),
      },
      {
        name: 'running',
        type: 'scatter',
        symbolSize: 7,
        itemStyle: { color: 'transparent', borderColor: theme.accent, borderWidth: 1.5 },
        data: running.filter((row) => !farRows.has(row)).map(point),
      },
      {
        name: 'beyond the axis',
        type: 'scatter',
        symbol: 'triangle',
        symbolSize: 7,
        symbolRotate: wish.goal === 'maximize' ? 180 : 0,
        itemStyle: { color: theme.bad },
        data: far.map(point),
      },
      {
        name: 'best so far',
        type: 'line',
        step: 'end',
        symbol: 'none',
        lineStyle: { color: theme.accent, width: 2 },
        data: [
          ...best.map(({ row, value }) => [row + 1, value]),
          ...(lastBest === undefined ? [] : [[rowCount, lastBest.value]]),
        ],
        markLine: versionLines(wish.versions ?? [], theme),
      },
    ],
  }
}

function versionLines(versions: NonNullable<HistoryData['wish']['versions']>, theme: ChartTheme) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { type: 'dotted', color: theme.textMuted, width: 1 },
    label: { color: theme.textMuted, fontSize: 11, formatter: (line: { name: string }) => line.name },
    data: versions.map(({ version, row }) => ({ name: `v${version}`, xAxis: row + 0.5 })),
  }
}

/** Squares whose strength says how many runs lie there. */
function densitySeries(runs: HistoryRuns, data: HistoryData, isLog: boolean, theme: ChartTheme) {
  const { ended, rowCount, min, max } = data
  const scale = isLog ? logScale(min, max) : linearScale(min, max)
  const xs = Float64Array.from(ended, (row) => row / Math.max(1, rowCount - 1))
  const ys = Float64Array.from(ended, (row) => scale.toShare(runs.values[row] ?? NaN))
  const { cells, most } = countDensity(xs, ys, GRID.columns, GRID.lines)
  const left = (column: number) => 1 + (column / GRID.columns) * (rowCount - 1)
  return {
    name: 'density',
    type: 'custom',
    silent: true,
    data: cells.map(({ column, line, count }) => [
      left(column),
      scale.fromShare(line / GRID.lines),
      left(column + 1),
      scale.fromShare((line + 1) / GRID.lines),
      0.15 + 0.85 * Math.sqrt(count / most),
    ]),
    renderItem: (_: unknown, api: DrawingArea) => {
      const [x0 = 0, y0 = 0] = api.coord([api.value(0), api.value(1)])
      const [x1 = 0, y1 = 0] = api.coord([api.value(2), api.value(3)])
      return {
        type: 'rect',
        shape: { x: x0, y: y1, width: x1 - x0, height: y0 - y1 },
        style: { fill: theme.context, opacity: api.value(4) },
      }
    },
  }
}

/** What ECharts hands to a custom series, as far as it is used here. */
interface DrawingArea {
  value(dimension: number): number
  coord(point: readonly [number, number]): number[]
}
