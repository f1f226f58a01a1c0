// Learning curves: of the best runs of the selection, the pinned ones and the one under the pointer, before the band in
// which the others lie.
import { useCallback, useMemo } from 'react'
import {
  curvesOption,
  curvesTable,
  describeCurves,
  type CurveSeries,
  type CurvesWish,
} from '../../../charts/curves.ts'
import type { ChartTheme } from '../../../charts/chart-theme.ts'
import { useChartTheme } from '../../charts/chart-colours.ts'
import { ChartPanel } from '../../charts/chart-panel.tsx'
import { EChart } from '../../charts/echart.tsx'
import { formatCount, formatCounted, formatValue } from '../../format/number.ts'
import type { SelectionState } from '../../selection/selection.ts'
import { useHovered } from '../../selection/use-selection.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { CurveControls, useCurveView } from '../run/curve-controls.tsx'
import { useZoom } from '../run/curve-chart.tsx'
import '../run/run.css'
import { Computing, EmptyPanel, Needs } from './needs.tsx'
import { useCalm, useCurves, type Curves } from './use-analysis.ts'

const BEST = 5
const TITLE = 'Curves'

interface CurvesPanelProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly metric: string
  readonly where: string
}

export function CurvesPanel({ sweepRef, selected, metric, where }: CurvesPanelProps) {
  const control = useCurveView()
  const { curveView } = control
  const hovered = useCalm(useHovered(sweepRef), 150)
  const drawn = useMemo(() => chooseRuns(selected), [selected])
  const main = useCurves(sweepRef, { metric, where, x: curveView.x, runs: drawn, band: 'rest' })
  const isExtra = hovered !== null && !drawn.includes(hovered) && selected.table.rowOf(hovered) !== null
  const extra = useCurves(sweepRef, {
    metric,
    where: '',
    x: curveView.x,
    runs: isExtra ? [hovered] : [],
    band: 'none',
  })
  if (main.error !== null && main.data === undefined)
    return <FailedRequest what="The curves" error={main.error} onRetry={() => void main.refetch()} />
  if (main.data === undefined)
    return (
      <EmptyPanel title={TITLE}>
        <Computing what="The curves are read" />
      </EmptyPanel>
    )
  if (main.data.band === null && main.data.runs.every(({ x }) => x.length === 0))
    return (
      <EmptyPanel title={TITLE}>
        <Needs>Needs a run that has reported {metric.slice(0, 80) || 'a metric'}.</Needs>
      </EmptyPanel>
    )
  const shownHover = isExtra ? (extra.data?.runs.find(({ runId }) => runId === hovered) ?? null) : null
  return (
    <CurvesChart
      curves={main.data}
      hovered={shownHover}
      metric={metric}
      pinned={selected.pinned}
      control={control}
    />
  )
}

/** The best of those that are visible, then the pinned ones. */
function chooseRuns({ table, visibleRows, pinned }: SelectionState): string[] {
  const ranked = [...visibleRows].filter((row) => (table.ranks[row] ?? 0) > 0)
  const best = ranked.sort((a, b) => (table.ranks[a] ?? 0) - (table.ranks[b] ?? 0)).slice(0, BEST)
  const known = pinned.filter((id) => table.rowOf(id) !== null)
  return [...new Set([...best.map((row) => table.ids[row] ?? ''), ...known])]
}

type ServerCurve = Curves['runs'][number]

interface CurvesChartProps {
  readonly curves: Curves
  readonly hovered: ServerCurve | null
  readonly metric: string
  readonly pinned: readonly string[]
  readonly control: ReturnType<typeof useCurveView>
}

function CurvesChart({ curves, hovered, metric, pinned, control }: CurvesChartProps) {
  const { curveView } = control
  const theme = useChartTheme()
  const zoom = useZoom(control)
  const unit = curves.x === 'time' ? 1000 : 1
  const series = useMemo(
    () => curves.runs.map((run, index) => seriesOf(run, unit, index, pinned)),
    [curves, unit, pinned],
  )
  const wish = useMemo<CurvesWish>(
    () => ({
      name: metric,
      x: curves.x,
      isLog: curveView.isLog,
      smoothing: curveView.smoothing,
      range: curveView.range,
      format: formatValue,
    }),
    [metric, curves.x, curveView],
  )
  const option = useMemo(
    () => layeredOption(series, curves.band, hovered, wish, unit, theme),
    [series, curves.band, hovered, wish, unit, theme],
  )
  const table = useCallback(() => curvesTable(series, wish), [series, wish])
  const band =
    curves.band === null
      ? ''
      : `band: 8 of 10 of ${curves.band.runs < curves.band.of ? `${formatCount(curves.band.runs)} of ` : ''}${formatCounted(curves.band.of, 'other run')}`
  return (
    <ChartPanel
      title={TITLE}
      note={[metric.slice(0, 60), band].filter((part) => part !== '').join(' · ')}
      controls={<CurveControls control={control} />}
      table={table}
      fileName="curves"
    >
      <EChart option={option} summary={describeCurves(series, wish)} height={280} onZoom={zoom} />
      <ul className="analysis-curve-legend">
        {series.map(({ name }, index) => (
          <li key={name}>
            <span
              className="analysis-swatch"
              aria-hidden="true"
              style={{ background: theme.series[index % theme.series.length] }}
            />
            <span className="mono">{name}</span>
          </li>
        ))}
        {hovered !== null && (
          <li>
            <span className="analysis-swatch" aria-hidden="true" style={{ background: theme.text }} />
            <span className="mono">{hovered.runId}</span> under the pointer
          </li>
        )}
      </ul>
    </ChartPanel>
  )
}

function seriesOf(run: ServerCurve, unit: number, index: number, pinned: readonly string[]): CurveSeries {
  const place = run.rank === null ? run.state : `#${run.rank}`
  return {
    name: `${run.runId} ${place}${pinned.includes(run.runId) ? ' pinned' : ''}`,
    xs: run.x.map((x) => x * unit),
    ys: run.mean,
    ...(run.isWhole ? {} : { min: run.min, max: run.max }),
    colour: index,
  }
}

/** The band behind, the curves, and in front the one under the pointer. */
function layeredOption(
  series: readonly CurveSeries[],
  band: Curves['band'],
  hovered: ServerCurve | null,
  wish: CurvesWish,
  unit: number,
  theme: ChartTheme,
) {
  const option = curvesOption(series, wish, theme)
  const inColour = (curve: CurveSeries, colour: string, smoothing: number) =>
    listOf(curvesOption([curve], { ...wish, smoothing }, { ...theme, series: [colour] })['series'])
  const behind =
    band === null
      ? []
      : inColour(
          {
            name: 'median of the others',
            xs: band.x.map((x) => x * unit),
            ys: band.middle,
            min: band.low,
            max: band.high,
            colour: 0,
          },
          theme.textMuted,
          0,
        )
  const front =
    hovered === null
      ? []
      : inColour({ ...seriesOf(hovered, unit, 0, []), colour: 0 }, theme.text, wish.smoothing ?? 0)
  return { ...option, series: [...behind, ...listOf(option['series']), ...front] }
}

function listOf(series: unknown): unknown[] {
  return Array.isArray(series) ? series : []
}
