// Parallel coordinates of a sweep: which axes, the names above them, the brush in numbers. The lines are drawn by
// parallel-view.ts, outside React.
import { useEffect, useMemo, useRef, useState } from 'react'
import { describeParallel } from '../../charts/parallel-data.ts'
import { formatCount } from '../format/number.ts'
import { findAxis } from '../selection/field.ts'
import { selectionOf, type SelectionState } from '../selection/selection.ts'
import { useSelection } from '../selection/use-selection.ts'
import { useView } from '../view/use-view.ts'
import {
  axisHeading,
  metricAxisName,
  possibleAxes,
  readAxisChoice,
  writeAxes,
  writeLog,
} from './axis-choice.ts'
import { AxisEditor, type AxisMove } from './axis-editor.tsx'
import { AxisModel } from './axis-model.ts'
import { useChartTheme } from './chart-colours.ts'
import { ChartPanel, usePicture } from './chart-panel.tsx'
import { SIDE, type ParallelPicture } from './parallel-marks.ts'
import './parallel-panel.css'
import { followPointer } from './parallel-pointer.ts'
import { ParallelView } from './parallel-view.ts'
import { RunTip } from './run-tip.tsx'
import { useChangedRows } from './use-changed-rows.ts'

export function ParallelPanel({ sweepRef }: { readonly sweepRef: string }) {
  const { selected, selection } = useSelection(sweepRef)
  const table = useMemo(() => () => parallelTable(sweepRef), [sweepRef])
  if (selected === null) return <section className="panel" />
  const [shown, all] = [selected.visibleRows.length, selected.filteredRows.length]
  return (
    <ChartPanel
      title="Parallel coordinates"
      className="parallel-panel"
      table={table}
      note={
        selected.brush.size === 0
          ? 'drag along an axis to select'
          : `${formatCount(shown)} of ${formatCount(all)} selected`
      }
      controls={
        <>
          {selected.brush.size > 0 && <button onClick={() => selection.clearBrush()}>Clear</button>}
          <AxisChooser sweepRef={sweepRef} selected={selected} />
        </>
      }
    >
      <ParallelChart sweepRef={sweepRef} selected={selected} />
    </ChartPanel>
  )
}

interface ChartProps {
  readonly sweepRef: string
  readonly selected: SelectionState
}

function ParallelChart({ sweepRef, selected }: ChartProps) {
  const { view, change } = useView()
  const theme = useChartTheme()
  const box = useRef<HTMLDivElement>(null)
  const drawing = useRef<ParallelView | null>(null)
  const picture = useRef<ParallelPicture | null>(null)
  const model = useMemo(() => new AxisModel(), [])
  const changedRows = useChangedRows(sweepRef)
  const [edited, setEdited] = useState<string | null>(null)
  const { table } = selected
  const choice = useMemo(
    () => readAxisChoice(table, { axes: view.axes, log: view.log }),
    [table, table.version, view.axes, view.log],
  )
  const selection = selectionOf(sweepRef)

  useEffect(() => {
    if (box.current === null) return
    const made = new ParallelView(box.current)
    drawing.current = made
    const unfollow = followPointer(box.current, made, () => picture.current, selection)
    const unhover = selection.subscribeHover(() => {
      const id = selection.hovered()
      made.hover(id === null ? null : (picture.current?.selected.table.rowOf(id) ?? null))
    })
    const watcher = new ResizeObserver(() => made.resize())
    watcher.observe(box.current)
    return () => {
      watcher.disconnect()
      unhover()
      unfollow()
      made.dispose()
      drawing.current = null
      picture.current = null
    }
  }, [selection])

  useEffect(() => {
    const isFirst = picture.current === null
    const rows = isFirst ? null : changedRows.take()
    if (isFirst) changedRows.take()
    const before = picture.current
    const axes = model.read(table, choice, rows)
    const isSame =
      before !== null &&
      before.axes.length === axes.length &&
      before.axes.every(({ axis, isFlipped }, at) => axis === axes[at] && isFlipped === choice[at]?.isFlipped)
    picture.current = {
      selected,
      theme,
      axes: isSame
        ? before.axes
        : axes.map((axis, at) => ({ axis, isFlipped: choice[at]?.isFlipped === true })),
      rowsByRank: table.rowsByRank,
    }
    drawing.current?.show(picture.current, rows)
  }, [selected, choice, theme, table, model, changedRows])

  usePicture(() => drawing.current?.toCanvas() ?? null)

  const move = (name: string, what: AxisMove) => {
    const at = choice.findIndex((axis) => axis.name === name)
    const axis = choice[at]
    if (axis === undefined) return
    const isDeclared = table.params.get(name)?.isLog === true
    if (what === 'log') return change({ log: writeLog(view.log, name, !axis.isLog, isDeclared) })
    if (what === 'hide') setEdited(null)
    const others = choice.filter((other) => other !== axis)
    const to = what === 'left' ? Math.max(0, at - 1) : what === 'right' ? at + 1 : at
    const next = what === 'flip' ? { ...axis, isFlipped: !axis.isFlipped } : axis
    change({
      axes: writeAxes(what === 'hide' ? others : [...others.slice(0, to), next, ...others.slice(to)]),
    })
  }

  const editedIndex = choice.findIndex(({ name }) => name === edited)
  const editedAxis = picture.current?.axes[editedIndex]?.axis
  return (
    <div className="parallel">
      <div className="parallel-heads">
        {choice.map(({ name, isMetric, isFlipped, isLog }, index) => (
          <button
            key={name}
            className="button-plain parallel-head"
            style={{
              left: `calc(${SIDE}px + (100% - ${2 * SIDE}px) * ${choice.length <= 1 ? 0.5 : index / (choice.length - 1)})`,
              maxWidth: `calc((100% - ${2 * SIDE}px) / ${Math.max(1, choice.length - 1)} - 4px)`,
            }}
            title={`${name.slice(0, 200)}${isLog ? ', logarithmic' : ''}${isFlipped ? ', upside down' : ''}: range and order`}
            aria-label={`Axis ${name.slice(0, 200)}`}
            aria-haspopup="dialog"
            onClick={() => setEdited(name)}
          >
            <span className={isMetric ? 'clip parallel-metric' : 'clip'}>
              {axisHeading(name, choice).slice(0, 100)}
              {isFlipped ? ' ↓' : ''}
            </span>
          </button>
        ))}
      </div>
      <div
        ref={box}
        className="chart-canvas"
        role="img"
        aria-label={describeParallel(selected.visibleRows.length, table.count, choice)}
      />
      <RunTip sweepRef={sweepRef} box={box} />
      {edited !== null && editedAxis !== undefined && choice[editedIndex] !== undefined && (
        <AxisEditor
          axis={editedAxis}
          choice={choice[editedIndex]}
          range={selected.brush.get(edited) ?? null}
          onRange={(range) => selection.setBrush(edited, range)}
          onMove={(what) => move(edited, what)}
          onClose={() => setEdited(null)}
        />
      )}
    </div>
  )
}

/** Axes that are not shown, to add one; all again. */
function AxisChooser({ selected }: ChartProps) {
  const { view, change } = useView()
  const { table } = selected
  const shown = readAxisChoice(table, view)
  const names = new Set(shown.map(({ name }) => name))
  const hidden = possibleAxes(table).filter((name) => !names.has(name))
  if (hidden.length === 0) return null
  const metric = metricAxisName(table)
  return (
    <select
      aria-label="Add an axis"
      value=""
      onChange={({ target }) => {
        const added = { name: target.value, isFlipped: false }
        const at = shown.findIndex(({ name }) => name === metric)
        const before = at < 0 ? shown.length : at
        change({ axes: writeAxes([...shown.slice(0, before), added, ...shown.slice(before)]) })
      }}
    >
      <option value="">
        {shown.length} of {shown.length + hidden.length} axes
      </option>
      {hidden.map((name) => (
        <option key={name} value={name}>
          + {name.slice(0, 100)}
        </option>
      ))}
    </select>
  )
}

/** The visible runs with the shown axes, the best first. */
function parallelTable(sweepRef: string) {
  const selected = selectionOf(sweepRef).state()
  if (selected === null) return { columns: [], rows: [] }
  const { table, visibleRows } = selected
  const fields = possibleAxes(table).map((name) => findAxis(table, name))
  const place = (row: number) => table.ranks[row] || Infinity
  const rows = [...visibleRows].sort((a, b) => place(a) - place(b) || a - b)
  return {
    columns: ['run', 'rank', ...fields.map(({ name }) => name)],
    rows: rows.map((row) => [
      table.ids[row] ?? '',
      table.ranks[row] || null,
      ...fields.map((field) => field.number(row) ?? field.text(row)),
    ]),
  }
}
