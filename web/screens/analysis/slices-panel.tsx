// The metric against each parameter: a dot a run, the running median, the most important parameters first.
import { useCallback, useMemo, useState } from 'react'
import type { ParameterAxis } from '../../../charts/parameter-axis.ts'
import {
  describeSlice,
  sliceOption,
  sliceTable,
  type SliceRun,
  type SliceWish,
} from '../../../charts/slices.ts'
import { useChartTheme } from '../../charts/chart-colours.ts'
import { ChartPanel } from '../../charts/chart-panel.tsx'
import { EChart } from '../../charts/echart.tsx'
import { formatCount, formatValue } from '../../format/number.ts'
import { findField } from '../../selection/field.ts'
import { selectionOf, type SelectionState } from '../../selection/selection.ts'
import { Needs } from './needs.tsx'
import { axisValue, orderedParameters, parameterAxis } from './parameter-axes.ts'
import { hoverRuns } from './hover-runs.ts'
import type { Importance } from './use-analysis.ts'

const SHOWN_AT_FIRST = 6
const LEAST_RUNS = 2

interface SlicesPanelProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly metric: string
  readonly isLogY: boolean
  readonly importance: Importance | undefined
}

export function SlicesPanel({ sweepRef, selected, metric, isLogY, importance }: SlicesPanelProps) {
  const [isAll, setAll] = useState(false)
  const { table } = selected
  const names = orderedParameters(table, importance)
  const shown = isAll ? names : names.slice(0, SHOWN_AT_FIRST)
  const metricField = findField(table, `m.${metric}`)
  const measured = selected.filteredRows.filter((row) => Number.isFinite(metricField.number(row) ?? NaN))
  return (
    <section aria-label="Slices">
      <header className="analysis-heading">
        <h2>Slices</h2>
        <span className="muted">
          {metric.slice(0, 60)} by each parameter · running median
          {selected.brush.size > 0 ? ' of the brushed runs' : ''}
        </span>
      </header>
      {measured.length < LEAST_RUNS || names.length === 0 ? (
        <Needs>
          {names.length === 0 && measured.length >= LEAST_RUNS
            ? 'No parameter differs between the runs.'
            : `Needs ${LEAST_RUNS} runs with a value of ${metric.slice(0, 80)}; the median needs ~10.`}
        </Needs>
      ) : (
        <div className="analysis-slices">
          {shown.map((name) => (
            <Slice
              key={name}
              name={name}
              {...{ sweepRef, selected, metric, isLogY, importance }}
              measured={measured}
            />
          ))}
        </div>
      )}
      {names.length > SHOWN_AT_FIRST && measured.length >= LEAST_RUNS && (
        <button onClick={() => setAll(!isAll)}>
          {isAll ? 'Show the first only' : `Show all ${formatCount(names.length)} parameters`}
        </button>
      )}
    </section>
  )
}

interface SliceProps extends SlicesPanelProps {
  readonly name: string
  readonly measured: Uint32Array
}

function Slice({ sweepRef, selected, metric, isLogY, importance, name, measured }: SliceProps) {
  const theme = useChartTheme()
  const { table, isVisible } = selected
  const goal = table.sweep.metric?.name === metric ? table.sweep.metric.goal : 'minimize'
  const axis = useMemo(
    () => parameterAxis(table, name, importance),
    // A table stays the same object: `selected` is new when it changed
    [table, name, importance, selected],
  )
  const runs = useMemo(
    () => (axis === null ? [] : sliceRuns(selected, axis, metric, measured)),
    [selected, axis, metric, measured, isVisible],
  )
  const wish = useMemo<SliceWish>(
    () => ({
      axis: axis ?? { name, scale: 'category', categories: [] },
      metric,
      goal,
      isLogY,
      format: formatValue,
    }),
    [axis, name, metric, goal, isLogY],
  )
  const option = useMemo(() => sliceOption(runs, wish, theme), [runs, wish, theme])
  const tableOf = useCallback(() => sliceTable(runs, wish), [runs, wish])
  const onReady = useMemo(() => hoverRuns(selectionOf(sweepRef)), [sweepRef])
  return (
    <ChartPanel title={name.slice(0, 60)} table={tableOf} fileName={`slice-${name.slice(0, 40)}`}>
      {axis === null ? (
        <Needs>Too many different values to draw.</Needs>
      ) : (
        <EChart option={option} summary={describeSlice(runs, wish)} height={170} onReady={onReady} />
      )}
    </ChartPanel>
  )
}

function sliceRuns(
  { table, isVisible }: SelectionState,
  axis: ParameterAxis,
  metric: string,
  rows: Uint32Array,
): SliceRun[] {
  const field = findField(table, `m.${metric}`)
  const runs: SliceRun[] = []
  for (const row of rows) {
    const [x, y] = [axisValue(table, axis, row), field.number(row)]
    if (x === null || y === null) continue
    const state = table.states[row]
    runs.push({
      id: table.ids[row] ?? '',
      x,
      y,
      isFaint: isVisible[row] !== 1,
      isRunning: state === 'running' || state === 'queued',
    })
  }
  return runs
}
