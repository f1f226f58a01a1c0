// The columns of the leaderboard: which there are, which are shown unless others are chosen, and what stands in their
// cells.
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { runPath } from '../format/entity-link.tsx'
import { formatNumber, formatParameter, formatShare, formatValue, NOTHING } from '../format/number.ts'
import { StateLabel } from '../format/state-label.tsx'
import { formatDuration, formatMoment } from '../format/time.ts'
import type { SweepTable } from '../live/sweep-table.ts'
import {
  FACTS,
  findField,
  nameOfMetric,
  nameOfParameter,
  shortestName,
  type FactName,
  type Summary,
} from '../selection/field.ts'
import { splitParameters } from './varying-parameters.ts'
import type { Standing } from './order-rows.ts'

export interface LeaderboardColumn {
  /** As in `cols`: the shortest name of what it shows, or `delta`. */
  readonly key: string
  readonly title: string
  readonly help?: string
  readonly width: number
  readonly isNumber: boolean
  readonly sortName: string | null
  cell(row: number): ReactNode
}

/** What cells are made of. */
export interface LeaderboardFacts {
  readonly sweepRef: string
  readonly table: SweepTable
  readonly standing: Standing
  readonly summary: Summary
  readonly nowMs: number
}

/** So many parameters at most, unless they are asked for. */
const MAX_DEFAULT_PARAMETERS = 8

const FACT_TITLES: Readonly<Partial<Record<FactName, string>>> = {
  host: 'agent',
  agent: 'agent id',
  type: 'job type',
  note: 'notes',
}
const FACT_WIDTHS: Readonly<Partial<Record<FactName, number>>> = {
  name: 180,
  state: 100,
  step: 70,
  attempt: 76,
  took: 78,
  created: 160,
  started: 160,
  finished: 160,
  host: 100,
  tags: 140,
  note: 220,
  reason: 220,
}
/** They stand at the left always. */
const FIXED: readonly FactName[] = ['rank', 'run', 'value']

/** Every column that can be chosen, in the order in which they are offered. */
export function listColumns(table: SweepTable): string[] {
  const metrics = [...table.metrics.keys()].filter((name) => name !== table.sweep.metric?.name)
  return [
    'delta',
    ...[...table.params.keys()].map(nameOfParameter),
    ...metrics.map((name) => nameOfMetric(table, name)),
    ...FACTS.filter((name) => !FIXED.includes(name)),
  ]
}

export function defaultColumns(table: SweepTable): string[] {
  const varying = splitParameters(table).varying.slice(0, MAX_DEFAULT_PARAMETERS)
  return ['delta', 'state', ...varying.map(nameOfParameter), 'step', 'took', 'host']
}

/** @param name as `cols` says it */
export function makeColumn(name: string, facts: LeaderboardFacts): LeaderboardColumn {
  const key = shortestName(facts.table, name)
  if (key === 'delta') return deltaColumn(facts)
  const fact = FACTS.find((known) => known === key)
  if (fact !== undefined && !FIXED.includes(fact)) return factColumn(fact, facts)
  return findField(facts.table, key).kind === 'metric'
    ? metricColumn(key, facts)
    : parameterColumn(key, facts)
}

function deltaColumn({ table, standing }: LeaderboardFacts): LeaderboardColumn {
  const best = standing.bestRow === null ? null : standing.value.at(standing.bestRow)
  return {
    key: 'delta',
    title: 'Δ best',
    help: 'Difference to the best run, as a share of its value',
    width: 82,
    isNumber: true,
    sortName: null,
    cell(row) {
      const value = standing.value.at(row)
      if (table.states[row] === 'running') return <span className="muted">running</span>
      if (value === null || best === null || (standing.ranks[row] ?? 0) === 0) return NOTHING
      return row === standing.bestRow ? NOTHING : formatDelta(value, best)
    },
  }
}

export function formatDelta(value: number, best: number): string {
  const difference = value - best
  if (difference === 0) return '±0'
  const sign = difference > 0 ? '+' : '−'
  if (best === 0 || !Number.isFinite(difference)) return `${sign}${formatNumber(Math.abs(difference))}`
  return `${sign}${formatShare(Math.abs(difference / best))}`
}

function parameterColumn(key: string, { table }: LeaderboardFacts): LeaderboardColumn {
  const name = key.startsWith('c.') ? key.slice(2) : key
  const { values = [], kind = 'other' } = table.params.get(name) ?? {}
  const isNumber = values.some((value) => typeof value === 'number')
  return {
    key,
    title: name,
    help: `Parameter ${name}`,
    width: widthOf(name, kind === 'int' ? 66 : isNumber ? 92 : 84),
    isNumber,
    sortName: key,
    cell(row) {
      const text = formatParameter(values[row])
      return <ClippedText text={text} full={typeof values[row] === 'number' ? String(values[row]) : text} />
    },
  }
}

function metricColumn(key: string, { table, summary }: LeaderboardFacts): LeaderboardColumn {
  const name = key.startsWith('m.') ? key.slice(2) : key
  const field = findField(table, `m.${name}`, summary)
  return {
    key,
    title: name,
    help: `Metric ${name}`,
    width: widthOf(name, 100),
    isNumber: true,
    sortName: key,
    cell(row) {
      const value = field.number(row)
      return value === null ? NOTHING : formatValue(value)
    },
  }
}

function factColumn(name: FactName, facts: LeaderboardFacts): LeaderboardColumn {
  const { table, summary } = facts
  const field = findField(table, name, summary)
  const isNumber = ['step', 'attempt', 'took', 'created', 'started', 'finished'].includes(name)
  return {
    key: name,
    title: FACT_TITLES[name] ?? name,
    ...(name === 'step' ? { help: 'Step of the best value' } : {}),
    width: FACT_WIDTHS[name] ?? 100,
    isNumber,
    sortName: name,
    cell: (row) => factCell(name, row, facts, field.text(row), field.number(row)),
  }
}

function factCell(
  name: FactName,
  row: number,
  { table, nowMs, sweepRef }: LeaderboardFacts,
  text: string | null,
  number: number | null,
): ReactNode {
  switch (name) {
    case 'state':
      return <StateLabel state={table.states[row] ?? 'queued'} title={table.text.stopReason[row] ?? null} />
    case 'took': {
      const startedAtMs = table.numbers.startedAtMs.at(row)
      if (number !== null || table.states[row] !== 'running' || startedAtMs === null)
        return formatDuration(number)
      return <span className="muted">{formatDuration(nowMs - startedAtMs)}…</span>
    }
    case 'created':
    case 'started':
    case 'finished':
      return formatMoment(number)
    case 'step':
    case 'attempt':
      return number === null ? NOTHING : formatNumber(number)
    case 'name':
      return (
        <Link
          className="clip"
          tabIndex={-1}
          href={runPath(table.ids[row] ?? '', sweepRef)}
          title={text ?? ''}
        >
          {clipLong(text ?? '')}
        </Link>
      )
    default:
      return <ClippedText text={text ?? NOTHING} full={text ?? ''} />
  }
}

function ClippedText({ text, full }: { readonly text: string; readonly full: string }) {
  return (
    <bdi className="clip" title={clipLong(full, 1_000)}>
      {clipLong(text)}
    </bdi>
  )
}

/** A cell shows a few words: a text of 10,000 characters costs time in every row. */
function clipLong(text: string, length = 200): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

function widthOf(title: string, least: number): number {
  return Math.min(180, Math.max(least, 30 + Math.ceil(title.length * 9.6)))
}
