// The leaderboard: the ranking of the runs that the selection takes, live. Running runs stand where they would rank,
// marked `~` and `?`, and hold no place.
import { memo, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { markDrawn, notePaint } from '../charts/paint-timing.ts'
import { runPath, sweepPath } from '../format/entity-link.tsx'
import { formatCount, formatCounted, formatCell } from '../format/number.ts'
import { useNow } from '../format/use-now.ts'
import { useKeys } from '../keys/use-keys.ts'
import { nameOfMetric, shortestName } from '../selection/field.ts'
import { writeBrush } from '../selection/brush.ts'
import type { SelectionState } from '../selection/selection.ts'
import type { Selection } from '../selection/selection.ts'
import { useSelection } from '../selection/use-selection.ts'
import { useView } from '../view/use-view.ts'
import { CheckedBar } from './checked-bar.tsx'
import { defaultColumns, makeColumn, type LeaderboardColumn } from './leaderboard-columns.tsx'
import { LeaderboardToolbar } from './leaderboard-toolbar.tsx'
import { parseNames } from './list-text.ts'
import { nextSort, orderRows, parseSort, standingOf, writeSort, type Standing } from './order-rows.ts'
import { GroupTable } from './group-table.tsx'
import { useFrozenOrder } from './use-frozen-order.ts'
import { VirtualGrid, type GridColumn } from './virtual-grid.tsx'
import './leaderboard.css'

interface LeaderboardProps {
  readonly sweepRef: string
}

export function Leaderboard({ sweepRef }: LeaderboardProps) {
  const { selected, selection } = useSelection(sweepRef)
  if (selected === null) return null
  return <LeaderboardOf sweepRef={sweepRef} selected={selected} selection={selection} />
}

interface LeaderboardOfProps extends LeaderboardProps {
  readonly selected: SelectionState
  readonly selection: Selection
}

function LeaderboardOf({ sweepRef, selected, selection }: LeaderboardOfProps) {
  const { view } = useView()
  const { table } = selected
  const late = useLateSelection(selected)
  // What is checked or pinned shows at once: it answers a click
  const { checked, pinned } = selected
  const shown = useMemo(() => ({ ...late, checked, pinned }), [late, checked, pinned])
  const standing = useMemo(() => standingOf(table, view.sum), [table, view.sum, late])
  return (
    <section className="leaderboard" aria-label="Leaderboard">
      <LeaderboardToolbar sweepRef={sweepRef} selected={selected} selection={selection} />
      {view.group === '' ? (
        <RunTable sweepRef={sweepRef} selected={shown} selection={selection} standing={standing} />
      ) : (
        <GroupTable sweepRef={sweepRef} selected={shown} selection={selection} standing={standing} />
      )}
      <CheckedBar sweepRef={sweepRef} selected={selected} selection={selection} />
    </section>
  )
}

/** While a brush or a filter changes, charts are drawn first: the order of 10,000 rows comes a moment later. */
function useLateSelection(selected: SelectionState): SelectionState {
  const { brush, filterText } = selected
  const wish = useMemo(() => ({ brush, filterText }), [brush, filterText])
  const settled = useRef(selected)
  if (useDeferredValue(wish) === wish) settled.current = selected
  return settled.current
}

interface RunTableProps extends LeaderboardOfProps {
  readonly standing: Standing
}

const RunTable = memo(function RunTable({ sweepRef, selected, selection, standing }: RunTableProps) {
  const { view, change } = useView()
  const [, navigate] = useLocation()
  const nowMs = useNow()
  const [isLookedAt, setLookedAt] = useState(false)
  const [activeId, setActiveId] = useState<string | null>(null)
  const { table, visibleRows, checked } = selected

  const sort = useMemo(
    () => parseSort(view.sort).map((key) => ({ ...key, name: shortestName(table, key.name) })),
    [view.sort, table],
  )
  const lastOrder = useRef<Uint32Array | null>(null)
  const newest = useMemo(
    () =>
      (lastOrder.current = orderRows(
        table,
        visibleRows,
        sort.length === 0 ? RANKING : sort,
        standing,
        view.sum,
        lastOrder.current,
      )),
    [table, visibleRows, sort, standing, view.sum],
  )
  const wish = `${view.sort} ${view.sum} ${selected.filterText} ${writeBrush(selected.brush)}`
  const order = useFrozenOrder(table, newest, wish, isLookedAt)
  const { rows } = order
  const idAt = (index: number): string => table.ids[rows[index] ?? 0] ?? ''

  const activeRow = activeId === null ? null : table.rowOf(activeId)
  const foundActive = activeRow === null ? -1 : rows.indexOf(activeRow)
  const active = foundActive < 0 ? null : foundActive
  const grid = useRef<HTMLDivElement>(null)
  const checkedNow = useRef(checked)
  checkedNow.current = checked

  const toggle = (id: string) => selection.check([id], !checkedNow.current.has(id))
  const open = (id: string) => {
    selection.writeNow()
    navigate(runPath(id, sweepRef))
  }
  const compare = useCallback(() => {
    const ids = [...checkedNow.current]
    if (ids.length >= 2 && ids.length <= 12)
      navigate(sweepPath(sweepRef, 'compare', new URLSearchParams({ r: ids.join(',') }).toString()))
  }, [navigate, sweepRef])
  const move = (by: number) => {
    if (rows.length === 0) return
    const to = Math.min(rows.length - 1, Math.max(0, (active ?? (by > 0 ? -1 : rows.length)) + by))
    setActiveId(idAt(to))
    grid.current?.focus({ preventScroll: true })
  }
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: () => activeId !== null && toggle(activeId),
    p: () => activeId !== null && selection.togglePin(activeId),
    c: compare,
  })

  const columns = useMemo(() => {
    const facts = { sweepRef, table, standing, summary: view.sum, nowMs }
    const chosen = view.cols === '' ? defaultColumns(table) : parseNames(view.cols)
    return chosen.map((key) => makeColumn(key, facts))
    // A new table's version makes new cells: `selected` is new then
  }, [sweepRef, table, standing, view.sum, view.cols, nowMs, selected])

  useEffect(() => {
    markDrawn('table')
    notePaint('table', table.seq)
  }, [table, selected])

  const gridColumns: GridColumn[] = [
    checkColumn(selected, selection, rows, toggle),
    ...fixedColumns(sweepRef, selected, standing, view.sum, rows),
    ...columns.map((column) => atRows(column, rows)),
  ]

  return (
    <div className="leaderboard-grid">
      <VirtualGrid
        ref={grid}
        label={`Ranking of ${formatCounted(rows.length, 'run')}`}
        columns={gridColumns}
        rowCount={rows.length}
        rowId={idAt}
        rowClass={(index) => {
          const id = idAt(index)
          return checked.has(id) ? 'grid-checked' : ''
        }}
        rowStamp={(index) => stampOf(rows[index] ?? 0, selected, standing, nowMs, view.sum)}
        isSelected={(index) => checked.has(idAt(index))}
        sort={sort.length === 0 ? RANKING : sort}
        onSort={(name, isAdded) =>
          change({ sort: name === 'rank' ? '' : writeSort(nextSort(sort, name, isAdded)) })
        }
        active={active}
        onActivate={(index) => setActiveId(idAt(index))}
        onOpen={(index) => open(idAt(index))}
        onToggle={(index) => toggle(idAt(index))}
        onHover={selection.hover}
        hover={selection}
        onAttention={setLookedAt}
      />
      {order.isBehind && (
        <button className="leaderboard-pill" onClick={order.apply}>
          {order.newCount > 0 ? `${formatCount(order.newCount)} new` : 'new order'} · apply order
        </button>
      )}
      {rows.length === 0 && <NoRows selected={selected} />}
    </div>
  )
})

/** All that the cells of a run depend on; columns are the grid's. */
function stampOf(
  row: number,
  { table, checked, pinned }: SelectionState,
  { ranks, value, bestRow }: Standing,
  nowMs: number,
  summary: string,
): string {
  const id = table.ids[row] ?? ''
  const best = bestRow === null ? '' : `${bestRow}:${value.at(bestRow)}`
  const now = table.states[row] === 'running' ? nowMs : ''
  return [table.runVersion(row), ranks[row], best, checked.has(id), pinned.indexOf(id), now, summary].join()
}

const RANKING = [{ name: 'rank', isDescending: false }]

function atRows(column: LeaderboardColumn, rows: Uint32Array): GridColumn {
  return { ...column, cell: (index) => column.cell(rows[index] ?? 0) }
}

function checkColumn(
  { table, checked }: SelectionState,
  selection: Selection,
  rows: Uint32Array,
  toggle: (id: string) => void,
): GridColumn {
  const areAll = rows.length > 0 && rows.every((row) => checked.has(table.ids[row] ?? ''))
  return {
    key: 'check',
    title: 'checked',
    width: 34,
    isPinned: true,
    sortName: null,
    head: (
      <label className="grid-check">
        <input
          type="checkbox"
          aria-label="Check all runs of the list"
          checked={areAll}
          onChange={() =>
            selection.check(
              Array.from(rows, (row) => table.ids[row] ?? ''),
              !areAll,
            )
          }
        />
      </label>
    ),
    cell(index) {
      const id = table.ids[rows[index] ?? 0] ?? ''
      return (
        <label className="grid-check">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Check run ${id}`}
            checked={checked.has(id)}
            onChange={() => toggle(id)}
          />
        </label>
      )
    },
  }
}

function fixedColumns(
  sweepRef: string,
  { table, pinned }: SelectionState,
  { ranks, value }: Standing,
  summary: string,
  rows: Uint32Array,
): GridColumn[] {
  const { metric } = table.sweep
  const isPlacedRunning = (row: number) => table.states[row] === 'running' && value.at(row) !== null
  return [
    {
      key: 'rank',
      title: '#',
      help: 'Place in the ranking; ~ is where a running run would stand now',
      width: 54,
      isPinned: true,
      isNumber: true,
      sortName: 'rank',
      cell(index) {
        const row = rows[index] ?? 0
        const rank = ranks[row] ?? 0
        if (rank > 0) return rank === 1 ? '★ 1' : String(rank)
        return isPlacedRunning(row) ? <abbr title="running: it would stand here now">~</abbr> : ''
      },
    },
    {
      key: 'run',
      title: 'run',
      width: 104,
      isPinned: true,
      sortName: 'run',
      cell(index) {
        const row = rows[index] ?? 0
        const id = table.ids[row] ?? ''
        const place = pinned.indexOf(id)
        return (
          <>
            {place >= 0 && <span className={`pin-dot pin-${place + 1}`} title="pinned" />}
            <Link
              className="run-link grid-run"
              tabIndex={-1}
              href={runPath(id, sweepRef)}
              title={(table.text.name[row] ?? '').slice(0, 300)}
            >
              {id}
            </Link>
          </>
        )
      },
    },
    {
      key: 'value',
      title: metric === null ? 'value' : summary === '' ? metric.name : `${metric.name} (${summary})`,
      help:
        metric === null
          ? 'This sweep has no metric'
          : `${metric.goal} ${metric.name}; ? is a run that still runs`,
      width: Math.min(190, Math.max(106, 40 + (metric?.name.length ?? 0) * 8)),
      isNumber: true,
      sortName: metric === null ? 'value' : nameOfMetric(table, metric.name),
      cell(index) {
        const row = rows[index] ?? 0
        const text = formatCell(value, row)
        return isPlacedRunning(row) ? <span className="muted">{text}?</span> : text
      },
    },
  ]
}

function NoRows({ selected }: { readonly selected: SelectionState }) {
  const { table, filterText, brush } = selected
  if (table.count === 0) return <p className="leaderboard-none muted">No runs yet.</p>
  const why = filterText.trim() !== '' ? 'filter' : brush.size > 0 ? 'brush' : 'selection'
  return (
    <p className="leaderboard-none muted">
      None of {formatCounted(table.count, 'run')} fits the {why}.
    </p>
  )
}
