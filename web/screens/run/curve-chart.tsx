// One metric of one run as a chart.
import { useCallback, useMemo, useRef } from 'react'
import {
  curvesOption,
  curvesTable,
  describeCurves,
  type CurveSeries,
  type CurvesWish,
} from '../../../charts/curves.ts'
import { useChartTheme } from '../../charts/chart-colours.ts'
import { ChartPanel } from '../../charts/chart-panel.tsx'
import { EChart } from '../../charts/echart.tsx'
import { formatCount, formatValue } from '../../format/number.ts'
import type { CurveView, CurveViewControl } from './curve-controls.tsx'
import type { Curve } from './run-data.ts'

interface CurveChartProps {
  readonly curve: Curve
  /** Is it the sweep's metric? */
  readonly isObjective: boolean
  /** Epoch ms, from which time is counted. */
  readonly startMs: number
  /** Where later attempts went on. */
  readonly resumes: readonly { readonly attempt: number; readonly step: number }[]
  readonly control: CurveViewControl
}

export function seriesOf(
  curve: Curve,
  name: string,
  { x, startMs, colour = 0 }: { x: CurveView['x']; startMs: number; colour?: number },
): CurveSeries {
  return {
    name,
    xs: x === 'time' ? curve.atMs.map((at) => at - startMs) : curve.step,
    ys: curve.mean,
    ...(curve.min === undefined || curve.max === undefined ? {} : { min: curve.min, max: curve.max }),
    colour,
  }
}

/** The stretch that a zoom leaves goes into the address when it rests. */
export function useZoom(control: CurveViewControl): (range: readonly [number, number] | null) => void {
  const waiting = useRef<number | undefined>(undefined)
  const newest = useRef(control)
  newest.current = control
  return useCallback((range) => {
    window.clearTimeout(waiting.current)
    waiting.current = window.setTimeout(() => {
      const before = newest.current.curveView.range
      if (String(before) !== String(range)) newest.current.change({ range })
    }, 300)
  }, [])
}

export function CurveChart({ curve, isObjective, startMs, resumes, control }: CurveChartProps) {
  const { curveView } = control
  const theme = useChartTheme()
  const zoom = useZoom(control)
  const series = useMemo(
    () => [seriesOf(curve, curve.key, { x: curveView.x, startMs })],
    [curve, curveView.x, startMs],
  )
  const wish = useMemo<CurvesWish>(
    () => ({
      name: curve.key,
      x: curveView.x,
      isLog: curveView.isLog,
      smoothing: curveView.smoothing,
      range: curveView.range,
      format: formatValue,
      marks:
        curveView.x === 'time'
          ? []
          : resumes.map(({ attempt, step }) => ({ x: step, label: `attempt ${attempt}` })),
    }),
    [curve.key, curveView, resumes],
  )
  const option = useMemo(() => curvesOption(series, wish, theme), [series, wish, theme])
  const table = useCallback(() => curvesTable(series, wish), [series, wish])
  const last = curve.mean.findLast((value) => value !== null)
  const hidden = curveView.isLog && curve.mean.some((value) => value !== null && value <= 0)
  const notes = [
    last === undefined || last === null ? '' : formatValue(last),
    curve.nonFinite > 0 ? `${formatCount(curve.nonFinite)} not finite` : '',
    hidden ? 'values ≤ 0 are not on a log axis' : '',
  ].filter((note) => note !== '')
  return (
    <ChartPanel
      title={curve.key}
      note={notes.join(' · ')}
      table={table}
      className={isObjective ? 'curve-chart curve-chart-objective' : 'curve-chart'}
    >
      {curve.mean.every((value) => value === null) ? (
        <p className="muted curve-empty">
          No finite value: {formatCount(curve.nonFinite)} × NaN or infinite.
        </p>
      ) : (
        <EChart option={option} summary={describeCurves(series, wish)} height={170} onZoom={zoom} />
      )}
    </ChartPanel>
  )
}
