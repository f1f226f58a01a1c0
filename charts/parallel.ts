// Parallel coordinates as options of ECharts, for `sweep plot`: grey lines for context, the best 2 % on top, coloured by
// rank. For some hundred lines; the page draws ten thousand on a canvas of its own
// (docs/decisions/0011-parallel-coordinates.md).
import { baseOption, type ChartOption } from './chart-option.ts'
import { rankColour, type ChartTheme } from './chart-theme.ts'
import { axisTicks, MISSING, type ParallelAxis } from './parallel-data.ts'
import { pickTopRuns, shareOfTop, sortByRank } from './top-runs.ts'

export interface ParallelRuns {
  /** From 1; 0: not ranked. */
  readonly ranks: ArrayLike<number>
  /** The runs to show; null: all. */
  readonly rows: Uint32Array | null
  readonly rowCount: number
}

/** Of the lines that only give context so many are drawn, evenly chosen. */
const MAX_CONTEXT = 3_000

export function parallelOption(
  runs: ParallelRuns,
  axes: readonly ParallelAxis[],
  theme: ChartTheme,
): ChartOption {
  const { ranks, rows, rowCount } = runs
  const isShown = new Uint8Array(rowCount).fill(rows === null ? 1 : 0)
  for (const row of rows ?? []) isShown[row] = 1
  const { top } = pickTopRuns(sortByRank(ranks), isShown)
  const context: number[] = []
  for (const row of top) isShown[row] = 0
  for (let row = 0; row < rowCount; row += 1) if (isShown[row] === 1) context.push(row)
  const line = (row: number) => axes.map(({ places }) => places[row] ?? MISSING)
  const every = Math.max(1, Math.ceil(context.length / MAX_CONTEXT))
  return {
    ...baseOption(theme),
    parallel: { left: 64, right: 64, top: 48, bottom: 24 },
    parallelAxis: axes.map((axis, dim) => {
      const ticks = axisTicks(axis, 6)
      const labelOf = new Map(ticks.map(({ at, label }) => [at.toFixed(6), label]))
      const customValues = ticks.map(({ at }) => at)
      return {
        dim,
        name: axis.name,
        nameTextStyle: { color: theme.text, fontSize: 12 },
        nameTruncate: { maxWidth: 120 },
        type: 'value',
        min: axes.some(({ missingCount }) => missingCount > 0) ? MISSING : 0,
        max: 1,
        axisLine: { lineStyle: { color: theme.border } },
        axisTick: { customValues, lineStyle: { color: theme.border } },
        axisLabel: {
          customValues,
          color: theme.textMuted,
          fontSize: 11,
          formatter: (at: number) => labelOf.get(at.toFixed(6)) ?? '',
        },
      }
    }),
    series: [
      {
        name: 'runs',
        type: 'parallel',
        silent: true,
        lineStyle: { color: theme.context, width: 1, opacity: context.length > 300 ? 0.25 : 0.5 },
        data: context.filter((_, index) => index % every === 0).map(line),
      },
      {
        name: 'best 2 %',
        type: 'parallel',
        lineStyle: { width: 1.6, opacity: 0.9 },
        // The first rank is drawn last: on top
        data: top
          .map((row, index) => ({
            value: line(row),
            lineStyle: { color: rankColour(theme, shareOfTop(index, top.length)) },
          }))
          .reverse(),
      },
    ],
  }
}
