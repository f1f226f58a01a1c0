// Early termination, band by band: how the values of the runs lay when they came there, which were kept and which were
// ended, and where the line was.
import { axisOption, baseOption, type ChartOption } from './chart-option.ts'
import type { ChartTable } from './chart-table.ts'
import type { ChartTheme } from './chart-theme.ts'
import { formatTick } from './value-scale.ts'

export interface StoppingBin {
  readonly from: number
  readonly to: number
  readonly kept: readonly string[]
  readonly stopped: readonly string[]
  readonly controls: readonly string[]
}

export interface StoppingBand {
  readonly band: number
  readonly threshold: number | null
  readonly bins: readonly StoppingBin[]
}

export interface StoppingWish {
  readonly metric: string
  /** What bands count: `report`, `step`, `epoch`, `seconds`. */
  readonly unit: string
  /** @default formatTick */
  readonly format?: (value: number) => string
}

/** More bands are in the table alone. */
export const MAX_BANDS = 5
const FATES = ['kept', 'stopped', 'controls'] as const
type Fate = (typeof FATES)[number]
export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  kept: 'kept',
  stopped: 'ended',
  controls: 'condemned, kept as a control',
}

export function stoppingOption(
  bands: readonly StoppingBand[],
  wish: StoppingWish,
  theme: ChartTheme,
): ChartOption {
  const { unit, format = formatTick } = wish
  const drawn = bands.slice(0, MAX_BANDS)
  const width = 100 / Math.max(1, drawn.length)
  const colours: Readonly<Record<Fate, string>> = {
    kept: theme.series[0] ?? theme.accent,
    stopped: theme.series[1] ?? theme.bad,
    controls: theme.series[3] ?? theme.warn,
  }
  return {
    ...baseOption(theme),
    tooltip: {
      ...baseOption(theme).tooltip,
      trigger: 'item' as const,
      formatter: (item: { seriesName: string; dataIndex: number; data: { band: number; count: number } }) => {
        const bin = drawn.find(({ band }) => band === item.data.band)?.bins[item.dataIndex]
        if (bin === undefined) return ''
        const runs = item.data.count === 1 ? '1 run' : `${item.data.count} runs`
        return `${unit} ${formatTick(item.data.band)}: ${format(bin.from)} to ${format(bin.to)}\n${runs} ${item.seriesName}`
      },
    },
    grid: drawn.map((_, index) => ({
      left: `${index * width + 3}%`,
      width: `${width - 4.5}%`,
      top: 30,
      bottom: 40,
      outerBoundsMode: 'none' as const,
    })),
    xAxis: drawn.map(({ band, bins }, index) => ({
      ...axisOption(theme, {
        name: `${unit} ${formatTick(band)}`,
        min: bins[0]?.from ?? 0,
        max: bins.at(-1)?.to ?? 1,
        isBare: true,
      }),
      gridIndex: index,
      nameGap: 24,
      splitNumber: 3,
      axisLabel: {
        color: theme.textMuted,
        fontSize: 11,
        hideOverlap: true,
        formatter: formatTick,
        showMinLabel: false,
        showMaxLabel: false,
      },
    })),
    yAxis: drawn.map((_, index) => ({
      ...axisOption(theme, { name: '' }),
      gridIndex: index,
      min: 0,
      minInterval: 1,
      splitNumber: 3,
      axisLine: { show: false },
      axisLabel: {
        color: theme.textMuted,
        fontSize: 10,
      },
    })),
    series: drawn.flatMap((band, index) =>
      FATES.map((fate, at) => ({
        name: FATE_WORDS[fate],
        type: 'custom' as const,
        xAxisIndex: index,
        yAxisIndex: index,
        encode: { x: [0, 1], y: [2, 3] },
        itemStyle: { color: colours[fate] },
        data: band.bins.map((bin) => {
          const below = FATES.slice(0, at).reduce((sum, other) => sum + bin[other].length, 0)
          const count = bin[fate].length
          return { value: [bin.from, bin.to, below, below + count], band: band.band, count, ids: bin[fate] }
        }),
        renderItem: (_: unknown, area: DrawingArea) => bar(area, colours[fate]),
        ...(fate === 'kept' && band.threshold !== null
          ? { markLine: cutLine(band.threshold, format, theme) }
          : {}),
      })),
    ),
  }
}

/** What ECharts hands to a custom series, as far as it is used here. */
interface DrawingArea {
  value(dimension: number): number
  coord(point: readonly [number, number]): number[]
}

function bar(area: DrawingArea, fill: string) {
  const [left = 0, bottom = 0] = area.coord([area.value(0), area.value(2)])
  const [right = 0, top = 0] = area.coord([area.value(1), area.value(3)])
  if (bottom - top <= 0) return null
  return {
    type: 'rect' as const,
    shape: { x: left + 0.5, y: top, width: Math.max(1, right - left - 1), height: bottom - top },
    style: { fill },
  }
}

function cutLine(threshold: number, format: (value: number) => string, theme: ChartTheme) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: theme.text, type: 'dashed' as const, width: 1.5 },
    label: { distance: 9, color: theme.text, fontSize: 11, formatter: () => `line ${format(threshold)}` },
    data: [{ xAxis: threshold }],
  }
}

/** The runs of the bar that was clicked; empty: it was no bar. */
export function runsOfBar(data: unknown): readonly string[] {
  if (typeof data !== 'object' || data === null || !('ids' in data) || !Array.isArray(data.ids)) return []
  return data.ids.filter((id): id is string => typeof id === 'string')
}

/** One sentence of what is to be seen. */
export function describeStopping(bands: readonly StoppingBand[], { unit }: StoppingWish): string {
  const parts = bands.map(({ band, bins }) => {
    const count = (fate: Fate) => bins.reduce((sum, bin) => sum + bin[fate].length, 0)
    return `at ${unit} ${formatTick(band)} ${count('kept') + count('controls')} of ${count('kept') + count('controls') + count('stopped')} went on`
  })
  return parts.length === 0
    ? 'No run has come to a check yet.'
    : `Of the runs that came there, ${parts.join(', ')}.`
}

export function stoppingTable(bands: readonly StoppingBand[], { unit }: StoppingWish): ChartTable {
  return {
    columns: [unit, 'from', 'to', 'kept', 'ended', 'controls', 'line'],
    rows: bands.flatMap(({ band, threshold, bins }) =>
      bins.map(({ from, to, kept, stopped, controls }) => [
        band,
        from,
        to,
        kept.length,
        stopped.length,
        controls.length,
        threshold,
      ]),
    ),
  }
}
