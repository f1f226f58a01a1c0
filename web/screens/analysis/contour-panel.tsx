// Two parameters at once: the surface of a model with the runs on it, hatched where none is within reach.
import { useCallback, useMemo } from 'react'
import {
  contourOption,
  contourRange,
  contourTable,
  describeContour,
  type ContourGrid,
  type ContourRun,
  type ContourWish,
} from '../../../charts/contour.ts'
import { useChartTheme } from '../../charts/chart-colours.ts'
import { ChartPanel } from '../../charts/chart-panel.tsx'
import { EChart } from '../../charts/echart.tsx'
import { formatCounted, formatParameter, formatValue } from '../../format/number.ts'
import { textOf } from '../../selection/field.ts'
import { selectionOf, type SelectionState } from '../../selection/selection.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { useView } from '../../view/use-view.ts'
import { hoverRuns } from './hover-runs.ts'
import { Computing, EmptyPanel, Needs } from './needs.tsx'
import { orderedParameters } from './parameter-axes.ts'
import { useSurface, type Importance, type Surface } from './use-analysis.ts'

interface ContourPanelProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly importance: Importance | undefined
  /** Before that the most important parameters are not known, and none is asked for by itself. */
  readonly isOrderKnown: boolean
}

const TITLE = 'Two parameters'

export function ContourPanel({ sweepRef, selected, importance, isOrderKnown }: ContourPanelProps) {
  const { view, change } = useView()
  const { table } = selected
  const names = orderedParameters(table, importance)
  const wanted = view.pair.split(',')
  const x = wanted.find((name) => names.includes(name)) ?? names[0] ?? null
  const y =
    wanted.find((name) => name !== x && names.includes(name)) ?? names.find((name) => name !== x) ?? null
  const isAsked = x !== null && y !== null && table.sweep.metric !== null
  const { data, error, refetch, isPlaceholderData } = useSurface(
    sweepRef,
    isAsked && (isOrderKnown || view.pair !== '') ? [x, y] : null,
  )
  if (!isAsked)
    return (
      <EmptyPanel title={TITLE}>
        <Needs>
          {table.sweep.metric === null
            ? 'This sweep has no metric to model.'
            : 'Needs two parameters that differ between the runs.'}
        </Needs>
      </EmptyPanel>
    )
  const choose = (at: 0 | 1, name: string) => {
    const pair: [string, string] = [x, y]
    // The other one's place is taken by what stood here
    if (pair[1 - at] === name) pair.reverse()
    else pair[at] = name
    change({ pair: pair.join(',') })
  }
  const controls = (
    <div className="row">
      <AxisChoice label="x" value={x} names={names} onChange={(name) => choose(0, name)} />
      <AxisChoice label="y" value={y} names={names} onChange={(name) => choose(1, name)} />
    </div>
  )
  if (error !== null && data === undefined)
    return <FailedRequest what="The surface" error={error} onRetry={() => void refetch()} />
  if (data === undefined || data.x === null || data.y === null)
    return (
      <EmptyPanel title={TITLE}>
        {data === undefined ? (
          <Computing what="The model is fitted" />
        ) : (
          <Needs>Needs ~{data.needed} finished runs with a value inside the search space.</Needs>
        )}
      </EmptyPanel>
    )
  return (
    <ContourChart
      sweepRef={sweepRef}
      selected={selected}
      surface={data}
      controls={controls}
      isOld={isPlaceholderData}
    />
  )
}

interface ContourChartProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly surface: Surface
  readonly controls: React.ReactNode
  readonly isOld: boolean
}

function ContourChart({ sweepRef, selected, surface, controls, isOld }: ContourChartProps) {
  const theme = useChartTheme()
  const { metric } = selected.table.sweep
  const grid = useMemo(() => gridOf(surface), [surface])
  const runs = useMemo(() => contourRuns(selected, grid), [selected, grid])
  const wish = useMemo<ContourWish>(
    () => ({ metric: metric?.name ?? '', goal: metric?.goal ?? 'minimize', format: formatValue }),
    [metric],
  )
  const option = useMemo(() => contourOption(grid, runs, wish, theme), [grid, runs, wish, theme])
  const table = useCallback(() => contourTable(grid, wish), [grid, wish])
  const onReady = useMemo(() => hoverRuns(selectionOf(sweepRef)), [sweepRef])
  const range = contourRange(grid, wish.goal)
  return (
    <ChartPanel
      title={TITLE}
      note={`model of ${formatCounted(surface.runs, 'run')}, averaged over the other parameters${isOld ? ' · being computed anew' : ''}`}
      controls={controls}
      table={table}
      fileName={`surface-${grid.x.name.slice(0, 30)}-${grid.y.name.slice(0, 30)}`}
    >
      <p className="visually-hidden">
        Across: {grid.x.name}. Up: {grid.y.name}.
      </p>
      <div className="analysis-contour">
        <span className="analysis-axis-y muted" aria-hidden="true">
          {grid.y.name.slice(0, 40)}
        </span>
        <EChart option={option} summary={describeContour(grid, wish)} height={270} onReady={onReady} />
        <span className="analysis-axis-x muted" aria-hidden="true">
          {grid.x.name.slice(0, 40)}
        </span>
      </div>
      {range !== null && (
        <div className="analysis-legend muted">
          <span>{formatValue(range.best)}</span>
          <span className="analysis-ramp" aria-hidden="true" />
          <span>{formatValue(range.worst)}</span>
          <span className="analysis-hatch" aria-hidden="true" />
          <span>no run within reach</span>
        </div>
      )}
    </ChartPanel>
  )
}

interface AxisChoiceProps {
  readonly label: string
  readonly value: string
  readonly names: readonly string[]
  readonly onChange: (name: string) => void
}

function AxisChoice({ label, value, names, onChange }: AxisChoiceProps) {
  return (
    <label className="row">
      {label}
      <select className="analysis-choice" value={value} onChange={(event) => onChange(event.target.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name.slice(0, 60)}
          </option>
        ))}
      </select>
    </label>
  )
}

type ServerAxis = NonNullable<Surface['x']>

function gridOf({ x, y, mean, isWithinReach }: Surface): ContourGrid {
  return { x: axisOf(x), y: axisOf(y), mean, isWithinReach }
}

function axisOf(axis: ServerAxis | null): ContourGrid['x'] {
  if (axis === null) return { name: '', scale: 'linear', categories: [], values: [] }
  if (axis.kind === 'number')
    return {
      name: axis.name,
      scale: axis.scale === 'log' ? 'log' : 'linear',
      categories: [],
      values: axis.values.map(Number),
    }
  const categories = axis.values.map((value) => textOf(value) ?? formatParameter(value))
  return { name: axis.name, scale: 'category', categories, values: categories }
}

function contourRuns({ table, filteredRows, isVisible }: SelectionState, grid: ContourGrid): ContourRun[] {
  const valueOf = (axis: ContourGrid['x'], row: number): number | string | null => {
    const value = table.params.get(axis.name)?.values[row]
    if (value === null || value === undefined) return null
    return axis.scale === 'category' ? textOf(value) : typeof value === 'number' ? value : null
  }
  const runs: ContourRun[] = []
  for (const row of filteredRows) {
    const [x, y, value] = [valueOf(grid.x, row), valueOf(grid.y, row), table.numbers.value.at(row)]
    if (x === null || y === null || value === null || (table.ranks[row] ?? 0) === 0) continue
    runs.push({ id: table.ids[row] ?? '', x, y, value, isFaint: isVisible[row] !== 1 })
  }
  return runs
}
