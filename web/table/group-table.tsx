// The leaderboard by groups: mean ± standard deviation and number of runs for each value of a parameter, or for each
// configuration when all but the seed are grouped by.
import { memo, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { RunLink, runPath } from '../format/entity-link.tsx'
import {
  formatCell,
  formatCount,
  formatCounted,
  formatParameter,
  formatValue,
  NOTHING,
} from '../format/number.ts'
import type { Selection, SelectionState } from '../selection/selection.ts'
import { useView } from '../view/use-view.ts'
import { groupRows, type RunGroup } from './group-rows.ts'
import type { Standing } from './order-rows.ts'
import { VirtualGrid, type GridColumn } from './virtual-grid.tsx'

interface GroupTableProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly selection: Selection
  readonly standing: Standing
}

export const GroupTable = memo(function GroupTable({
  sweepRef,
  selected,
  selection,
  standing,
}: GroupTableProps) {
  const { view } = useView()
  const [, navigate] = useLocation()
  const [activeKey, setActiveKey] = useState<string | null>(null)
  const { table, visibleRows, checked } = selected
  const { names, groups } = useMemo(
    () => groupRows(table, visibleRows, view.group, standing),
    [table, visibleRows, view.group, standing],
  )
  const idsOf = ({ rows }: RunGroup) => rows.map((row) => table.ids[row] ?? '')
  const isChecked = (group: RunGroup | undefined) =>
    group !== undefined && idsOf(group).every((id) => checked.has(id))
  const toggle = (group: RunGroup | undefined) => {
    if (group !== undefined) selection.check(idsOf(group), !isChecked(group))
  }
  const active = groups.findIndex(({ key }) => key === activeKey)

  const column = (
    key: string,
    title: string,
    width: number,
    cell: (group: RunGroup, index: number) => React.ReactNode,
    isNumber = true,
  ): GridColumn => ({
    key,
    title,
    width,
    isNumber,
    sortName: null,
    cell: (index) => {
      const group = groups[index]
      return group === undefined ? null : cell(group, index)
    },
  })
  const columns: GridColumn[] = [
    { ...column('place', '#', 58, (group, index) => (group.mean === null ? '' : index + 1)), isPinned: true },
    ...names.map((name, at) =>
      column(
        `c.${name}`,
        name,
        Math.min(200, Math.max(96, 30 + name.length * 8)),
        (group) => <bdi className="clip">{formatParameter(group.shared[at]).slice(0, 200)}</bdi>,
        false,
      ),
    ),
    column('mean', `mean ${table.sweep.metric?.name ?? ''}`, 170, (group) => meanText(group)),
    column('count', 'ranked', 76, (group) => formatCount(group.rankedCount)),
    column('runs', 'runs', 150, (group) => (
      <button
        className="chip"
        tabIndex={-1}
        title={isChecked(group) ? 'Take these runs off the list to compare' : 'Check these runs'}
        onClick={() => toggle(group)}
      >
        {isChecked(group) ? '✓ ' : ''}
        {formatCounted(group.rows.length, 'run')}
      </button>
    )),
    column('best', 'best', 100, (group) =>
      group.bestRow === null ? NOTHING : formatCell(standing.value, group.bestRow),
    ),
    column(
      'bestRun',
      'best run',
      110,
      (group) =>
        group.bestRow === null ? (
          NOTHING
        ) : (
          <RunLink id={table.ids[group.bestRow] ?? ''} sweepRef={sweepRef} />
        ),
      false,
    ),
  ]
  return (
    <div className="leaderboard-grid">
      <VirtualGrid
        label={`${formatCounted(groups.length, 'group')} of runs`}
        columns={columns}
        rowCount={groups.length}
        rowId={(index) => groups[index]?.key ?? ''}
        rowClass={(index) => (isChecked(groups[index]) ? 'grid-checked' : '')}
        isSelected={(index) => isChecked(groups[index])}
        sort={[]}
        onSort={null}
        active={active < 0 ? null : active}
        onActivate={(index) => setActiveKey(groups[index]?.key ?? null)}
        onOpen={(index) => {
          const row = groups[index]?.bestRow ?? null
          if (row !== null) navigate(runPath(table.ids[row] ?? '', sweepRef))
        }}
        onToggle={(index) => toggle(groups[index])}
        onHover={() => undefined}
        hover={null}
        onAttention={() => undefined}
      />
    </div>
  )
})

function meanText({ mean, deviation, rankedCount }: RunGroup): string {
  if (mean === null) return NOTHING
  return deviation === null
    ? formatValue(mean)
    : `${formatValue(mean)} ± ${formatValue(deviation)} ×${rankedCount}`
}
