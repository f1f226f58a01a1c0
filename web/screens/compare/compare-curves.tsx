// The curves of the compared runs, all runs of a metric on one axis. Time is counted from each run's own start.
import { useCallback, useMemo, useState } from 'react'
import { curvesOption, curvesTable, describeCurves, type CurvesWish } from '../../../charts/curves.ts'
import { useChartTheme } from '../../charts/chart-colours.ts'
import { ChartPanel } from '../../charts/chart-panel.tsx'
import { EChart } from '../../charts/echart.tsx'
import { formatCounted, formatValue } from '../../format/number.ts'
import { seriesOf, useZoom } from '../run/curve-chart.tsx'
import { CurveControls, useCurveView, type CurveViewControl } from '../run/curve-controls.tsx'
import { groupMetrics } from '../run/curve-groups.ts'
import { WhenSeen } from '../run/when-seen.tsx'
import type { ComparedRun } from './compare-data.ts'

/** Charts that are there without asking. */
const FIRST = 8

interface CompareCurvesProps {
  readonly runs: readonly ComparedRun[]
  /** The sweep's. */
  readonly metric: string | null
}

export function CompareCurves({ runs, metric }: CompareCurvesProps) {
  const control = useCurveView()
  const [isAll, setAll] = useState(false)
  const keys = useMemo(() => {
    const all = new Set(runs.flatMap(({ curves }) => curves?.map(({ key }) => key) ?? []))
    return groupMetrics([...all], metric).flatMap((group) => group.keys)
  }, [runs, metric])
  const isLoading = runs.some(({ curves }) => curves === null)
  const shown = isAll ? keys : keys.slice(0, FIRST)
  return (
    <section className="panel compare-panel" aria-labelledby="compare-curves">
      <header className="run-section-head">
        <h2 id="compare-curves">Curves</h2>
        <span className="muted">{formatCounted(keys.length, 'metric')}</span>
        <span className="grow" />
        <CurveControls control={control} />
      </header>
      {!isLoading && keys.length === 0 && <p className="muted">None of them reported a metric.</p>}
      <div className="curve-grid compare-curves">
        {shown.map((key) => (
          <WhenSeen key={key} height={280}>
            <OverlaidCurves metric={key} runs={runs} control={control} isObjective={key === metric} />
          </WhenSeen>
        ))}
      </div>
      {shown.length < keys.length && (
        <button onClick={() => setAll(true)}>Show all {keys.length} metrics</button>
      )}
    </section>
  )
}

interface OverlaidCurvesProps {
  readonly metric: string
  readonly runs: readonly ComparedRun[]
  readonly control: CurveViewControl
  readonly isObjective: boolean
}

function OverlaidCurves({ metric, runs, control, isObjective }: OverlaidCurvesProps) {
  const { curveView } = control
  const theme = useChartTheme()
  const zoom = useZoom(control)
  const series = useMemo(
    () =>
      runs.flatMap(({ run, curves, colour }) => {
        const curve = curves?.find(({ key }) => key === metric)
        if (curve === undefined) return []
        const startMs = Date.parse(run.startedAt ?? run.createdAt)
        return [seriesOf(curve, run.id, { x: curveView.x, startMs, colour })]
      }),
    [runs, metric, curveView.x],
  )
  const wish = useMemo<CurvesWish>(
    () => ({
      name: metric,
      x: curveView.x,
      isLog: curveView.isLog,
      smoothing: curveView.smoothing,
      range: curveView.range,
      format: formatValue,
    }),
    [metric, curveView],
  )
  const option = useMemo(() => curvesOption(series, wish, theme), [series, wish, theme])
  const table = useCallback(() => curvesTable(series, wish), [series, wish])
  const missing = runs.filter(({ curves }) => curves?.every(({ key }) => key !== metric) === true).length
  return (
    <ChartPanel
      title={metric}
      note={missing === 0 ? '' : `${formatCounted(missing, 'run')} without it`}
      table={table}
      className={isObjective ? 'curve-chart curve-chart-objective' : 'curve-chart'}
    >
      <EChart option={option} summary={describeCurves(series, wish)} height={230} onZoom={zoom} />
    </ChartPanel>
  )
}
