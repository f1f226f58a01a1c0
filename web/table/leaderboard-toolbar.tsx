// Above the leaderboard: how many runs it shows of how many, what is brushed, which value ranks, groups and columns.
import { memo } from 'react'
import { formatCount, formatCounted, formatNumber, formatParameter } from '../format/number.ts'
import { Menu } from '../actions/menu.tsx'
import type { BrushRange } from '../selection/brush.ts'
import type { Selection, SelectionState } from '../selection/selection.ts'
import { useView } from '../view/use-view.ts'
import type { View } from '../view/url-view.ts'
import { findField, shortestName } from '../selection/field.ts'
import { defaultColumns, listColumns } from './leaderboard-columns.tsx'
import { parseNames, writeNames } from './list-text.ts'
import { splitParameters } from './varying-parameters.ts'

interface ToolbarProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly selection: Selection
}

/** Drawn when the selection is another: the rows below may follow a moment later, on their own. */
export const LeaderboardToolbar = memo(function LeaderboardToolbar({ selected, selection }: ToolbarProps) {
  const { table, visibleRows } = selected
  const { running } = table.sweep.counts
  const isPart = visibleRows.length < table.count
  return (
    <div className="leaderboard-bar">
      <h2>Leaderboard</h2>
      <span className="muted">
        {isPart ? `${formatCount(visibleRows.length)} of ` : ''}
        {formatCounted(table.count, 'run')}
        {running > 0 ? ` (${formatCount(running)} running)` : ''}
      </span>
      <BrushChips selected={selected} selection={selection} />
      <span className="grow" />
      <ConstantParameters selected={selected} />
      <SummaryChoice selected={selected} />
      <GroupChoice selected={selected} />
      <ColumnChooser selected={selected} />
    </div>
  )
})

function BrushChips({ selected, selection }: Pick<ToolbarProps, 'selected' | 'selection'>) {
  if (selected.brush.size === 0) return null
  return (
    <>
      {[...selected.brush].map(([name, range]) => (
        <button
          key={name}
          className="chip clip"
          title={`Take this range back: ${describeRange(name, range)}`}
          onClick={() => selection.setBrush(name, null)}
        >
          <span className="clip">{describeRange(name, range)}</span> ✕
        </button>
      ))}
      {selected.brush.size > 1 && (
        <button className="chip" onClick={selection.clearBrush}>
          clear all
        </button>
      )}
    </>
  )
}

function describeRange(name: string, range: BrushRange): string {
  if (range.kind === 'texts') return `${name}: ${[...range.texts].join(' | ').slice(0, 80)}`
  const end = (value: number) => (Number.isFinite(value) ? formatNumber(value) : '')
  return `${name}: ${end(range.from)}..${end(range.to)}`
}

function ConstantParameters({ selected }: Pick<ToolbarProps, 'selected'>) {
  const { constant } = splitParameters(selected.table)
  if (constant.length === 0) return null
  return (
    <Menu label={`${constant.length} same in all runs`}>
      {constant.map(([name, value]) => (
        <div key={name} className="menu-note">
          <code>
            {name}={formatParameter(value).slice(0, 200)}
          </code>
        </div>
      ))}
    </Menu>
  )
}

const SUMMARIES: readonly (readonly [View['sum'], string])[] = [
  ['best', 'best value'],
  ['last', 'last value'],
  ['min', 'lowest value'],
  ['max', 'highest value'],
]

function SummaryChoice({ selected }: Pick<ToolbarProps, 'selected'>) {
  const { view, change } = useView()
  const own = selected.table.sweep.metric?.summary ?? 'best'
  return (
    <select
      aria-label="Which value of the metric ranks"
      value={view.sum === '' ? own : view.sum}
      onChange={(event) => {
        const chosen = SUMMARIES.find(([name]) => name === event.target.value)?.[0] ?? ''
        change({ sum: chosen === own ? '' : chosen })
      }}
    >
      {SUMMARIES.map(([name, title]) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </select>
  )
}

function GroupChoice({ selected }: Pick<ToolbarProps, 'selected'>) {
  const { view, change } = useView()
  const { varying } = splitParameters(selected.table)
  // Repeats differ by a seed; without a parameter of that name the group of equal configurations is still one click
  const seed = varying.find((name) => /(^|[._-])seed$/i.test(name)) ?? 'seed'
  const choices = [
    ['', 'not grouped'],
    [`-${seed}`, `all but ${seed}`],
    ...varying.map((name) => [name, `by ${name}`]),
  ] as const
  const isKnown = choices.some(([value]) => value === view.group)
  return (
    <select
      aria-label="Group"
      value={view.group}
      onChange={(event) => change({ group: event.target.value })}
      className="leaderboard-choice"
    >
      {!isKnown && <option value={view.group}>{view.group}</option>}
      {choices.map(([value, title]) => (
        <option key={value} value={value}>
          {title}
        </option>
      ))}
    </select>
  )
}

function ColumnChooser({ selected }: Pick<ToolbarProps, 'selected'>) {
  const { view, change } = useView()
  const { table } = selected
  const shown =
    view.cols === '' ? defaultColumns(table) : parseNames(view.cols).map((name) => shortestName(table, name))
  const all = listColumns(table)
  const choose = (key: string, isShown: boolean) => {
    const chosen = new Set(shown)
    if (isShown) chosen.add(key)
    else chosen.delete(key)
    // In the order in which they are offered: a list that was written by hand keeps what it knows more
    const others = shown.filter((known) => !all.includes(known) && chosen.has(known))
    change({ cols: writeNames([...all.filter((known) => chosen.has(known)), ...others]) })
  }
  return (
    <Menu label="Columns">
      <button disabled={view.cols === ''} onClick={() => change({ cols: '' })}>
        As usual
      </button>
      {all.map((key) => (
        <label key={key} className="menu-note row">
          <input
            type="checkbox"
            checked={shown.includes(key)}
            onChange={(event) => choose(key, event.target.checked)}
          />
          <span className="clip">{titleOf(table, key)}</span>
        </label>
      ))}
    </Menu>
  )
}

function titleOf(table: SelectionState['table'], key: string): string {
  if (key === 'delta') return 'difference to best'
  const { kind } = findField(table, key)
  const name = key.startsWith('m.') || key.startsWith('c.') ? key.slice(2) : key
  return kind === 'metric' ? `${name} (metric)` : name
}
