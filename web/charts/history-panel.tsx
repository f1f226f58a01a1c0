// The history of a sweep: each run in the order of creation, and the best so far. A drag zooms in; the range stands in
// the URL and stays as it is while runs come.
import { useEffect, useMemo, useRef, useState } from 'react'
import { describeHistory, readHistory, type HistoryRuns } from '../../charts/history-data.ts'
import { formatCount, formatValue } from '../format/number.ts'
import { selectionOf, type SelectionState } from '../selection/selection.ts'
import { useSelection } from '../selection/use-selection.ts'
import { useView } from '../view/use-view.ts'
import { useChartTheme } from './chart-colours.ts'
import { ChartPanel, usePicture } from './chart-panel.tsx'
import { followZoom } from './history-pointer.ts'
import { HistoryView } from './history-view.ts'
import './parallel-panel.css'
import { RunTip } from './run-tip.tsx'
import { useChangedRows } from './use-changed-rows.ts'
import { useSpaceVersions } from './use-space-versions.ts'

export function HistoryPanel({ sweepRef }: { readonly sweepRef: string }) {
  const { selected } = useSelection(sweepRef)
  const { view, change } = useView()
  const table = useMemo(() => () => historyTable(sweepRef), [sweepRef])
  if (selected === null) return <section className="panel" />
  const zoom = readRange(view.x)
  const isLog = view.log.split(',').includes('y')
  return (
    <ChartPanel
      title="History"
      className="history-panel"
      table={table}
      note={
        zoom === null
          ? 'drag to zoom'
          : `runs ${formatCount(Math.ceil(zoom[0]))}–${formatCount(Math.floor(zoom[1]))}`
      }
      controls={
        <>
          {zoom !== null && <button onClick={() => change({ x: '' })}>All</button>}
          <RangeInputs key={view.x} zoom={zoom} onRange={(x) => change({ x })} />
          <button
            aria-pressed={isLog}
            title="Logarithmic axis"
            onClick={() => {
              const others = view.log.split(',').filter((part) => part !== '' && part !== 'y')
              change({ log: [...others, ...(isLog ? [] : ['y'])].join(',') })
            }}
          >
            log
          </button>
        </>
      }
    >
      <HistoryChart sweepRef={sweepRef} selected={selected} isLog={isLog} range={view.x} />
    </ChartPanel>
  )
}

interface ChartProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly isLog: boolean
  /** As the URL has it. */
  readonly range: string
}

function HistoryChart({ sweepRef, selected, isLog, range }: ChartProps) {
  const { change } = useView()
  const theme = useChartTheme()
  const box = useRef<HTMLDivElement>(null)
  const drawing = useRef<HistoryView | null>(null)
  const selection = selectionOf(sweepRef)
  const versions = useSpaceVersions(sweepRef, selected.table)
  const runs = runsOf(selected)
  const { metric } = selected.table.sweep
  const data = useMemo(
    () =>
      readHistory(runsOf(selected), {
        metric: metric?.name ?? 'value',
        goal: metric?.goal ?? 'minimize',
        isLog,
        rows: selected.visibleRows.length === selected.table.count ? null : selected.visibleRows,
        versions,
      }),
    [selected, metric?.name, metric?.goal, isLog, versions],
  )

  useEffect(() => {
    if (box.current === null) return
    const made = new HistoryView(box.current)
    drawing.current = made
    const unfollow = followZoom(box.current, made, selection, (x) => change({ x }))
    const unhover = selection.subscribeHover(() => {
      const id = selection.hovered()
      made.hover(id === null ? null : (selection.state()?.table.rowOf(id) ?? null))
    })
    const watcher = new ResizeObserver(() => made.resize())
    watcher.observe(box.current)
    return () => {
      watcher.disconnect()
      unhover()
      unfollow()
      made.dispose()
      drawing.current = null
    }
  }, [selection, change])

  const changedRows = useChangedRows(sweepRef)
  useEffect(() => {
    const pinned = selected.pinned.map((id) => selected.table.rowOf(id))
    drawing.current?.show(
      { runs, data, theme, zoom: readRange(range), pinned, seq: selected.table.seq },
      changedRows.take(),
    )
  }, [selected, data, theme, range, changedRows])

  usePicture(() => drawing.current?.toCanvas() ?? null)
  return (
    <div className="parallel">
      <div ref={box} className="chart-canvas" role="img" aria-label={describeHistory(data, formatValue)} />
      <RunTip sweepRef={sweepRef} box={box} />
    </div>
  )
}

interface RangeInputsProps {
  readonly zoom: readonly [number, number] | null
  readonly onRange: (range: string) => void
}

/** The zoom for those who do not drag: a small form behind a button. */
function RangeInputs({ zoom, onRange }: RangeInputsProps) {
  const [isOpen, setOpen] = useState(false)
  const [from, setFrom] = useState(zoom === null ? '' : String(Math.ceil(zoom[0])))
  const [to, setTo] = useState(zoom === null ? '' : String(Math.floor(zoom[1])))
  if (!isOpen) return <button onClick={() => setOpen(true)}>runs…</button>
  return (
    <form
      className="row history-range"
      onSubmit={(event) => {
        event.preventDefault()
        const range = `${Math.max(1, Number(from) || 1)}..${Number(to) || ''}`
        onRange(readRange(range) === null ? '' : range)
        setOpen(false)
      }}
      onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
    >
      <input
        aria-label="From run"
        inputMode="numeric"
        size={5}
        autoFocus
        value={from}
        onChange={({ target }) => setFrom(target.value)}
      />
      <input
        aria-label="To run"
        inputMode="numeric"
        size={5}
        value={to}
        onChange={({ target }) => setTo(target.value)}
      />
      <button>Zoom</button>
    </form>
  )
}

/** `10..500`; null: all, or not to be read. */
function readRange(text: string): readonly [number, number] | null {
  const parts = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$/.exec(text)
  if (parts === null) return null
  const [from, to] = [Number(parts[1]), Number(parts[2])]
  return to > from ? [from, to] : null
}

function runsOf({ table }: SelectionState): HistoryRuns {
  const { value } = table.numbers
  return {
    ids: table.ids,
    values: value.data,
    ranks: table.ranks,
    rowsByRank: table.rowsByRank,
    states: table.states,
    nanRows: value.nanRows,
  }
}

function historyTable(sweepRef: string) {
  const selected = selectionOf(sweepRef).state()
  if (selected === null) return { columns: [], rows: [] }
  const { table, visibleRows } = selected
  return {
    columns: ['number', 'run', 'state', table.sweep.metric?.name ?? 'value', 'rank'],
    rows: [...visibleRows].map((row) => [
      row + 1,
      table.ids[row] ?? '',
      table.states[row] ?? '',
      table.numbers.value.at(row) ?? (table.numbers.value.isNaN(row) ? 'NaN' : null),
      table.ranks[row] || null,
    ]),
  }
}
