// The columns of `sweep top`: what each says of a run, how it is sorted by, and which of them are shown.
import type { LiveRun } from '../../sweeps/live-schema.ts'
import { formatAge, formatDuration } from '../durations.ts'
import { formatMetric, stateLabel } from '../show-values.ts'
import { oneLineOf } from '../text-width.ts'
import { numberOf } from './live-runs.ts'
import type { LiveRuns } from './live-runs.ts'
import type { Trend } from './trends.ts'

/** What a cell may need beside its run. */
export interface CellWorld {
  readonly runs: LiveRuns
  readonly trends: ReadonlyMap<string, Trend>
  readonly now: number
}

/** What is shown, and what it is sorted by; null: nothing, which comes last in both directions. */
export interface Cell {
  readonly text: string
  readonly key: number | string | null
}

const NOTHING: Cell = { text: '-', key: null }
type ReadCell = (run: LiveRun, world: CellWorld) => Cell

const FACTS = new Map<string, ReadCell>([
  ['rank', rankCell],
  ['run', (run, { runs }) => ({ text: run.id.slice(0, runs.prefixLength()), key: run.id })],
  ['value', valueCell],
  ['trend', () => NOTHING], // drawn by the table: its width depends on the glyphs
  ['state', stateCell],
  ['step', stepCell],
  ['took', tookCell],
  ['age', (run, { now }) => ({ text: formatAge(now - run.createdAtMs), key: run.createdAtMs })],
  ['host', (run) => textCell(run.host)],
  ['agent', (run) => textCell(run.agentId)],
  ['name', (run) => textCell(run.name)],
  ['attempt', (run) => ({ text: String(run.attempt), key: run.attempt })],
  ['reason', (run) => textCell(run.stopReason)],
  ['tags', (run) => textCell(run.tags.join(' '))],
  ['note', (run) => textCell(run.notes)],
  ['group', (run) => textCell(run.group)],
])
export const FACT_NAMES: readonly string[] = [...FACTS.keys()]

/** Always there and not to be chosen: without them the rest says nothing. */
export const FIXED_COLUMNS = ['rank', 'run', 'value'] as const

/** A fact, else a parameter (`c.NAME`), else a metric (`m.NAME`). */
export function readCell(run: LiveRun, column: string, world: CellWorld): Cell {
  const fact = FACTS.get(column)
  if (fact !== undefined) return fact(run, world)
  if (column.startsWith('c.')) return parameterCell(run, column.slice(2)) ?? NOTHING
  if (column.startsWith('m.')) return metricCell(run, column.slice(2)) ?? NOTHING
  return parameterCell(run, column) ?? metricCell(run, column) ?? NOTHING
}

/** The head of a column. */
export function columnTitle(column: string, runs: LiveRuns): string {
  if (column === 'rank') return '#'
  if (column === 'value') return oneLineOf(runs.sweep.metric?.name ?? 'value')
  return oneLineOf(column.replace(/^[cm]\./, ''))
}

/** Parameters that differ between the runs; `important` ones before all, in their order. */
export function parameterColumns(runs: LiveRuns, important: readonly string[]): string[] {
  const varying = varyingParameters(runs)
  const first = important.filter((name) => varying.includes(name))
  return [...first, ...varying.filter((name) => !first.includes(name))]
}

/** Counted anew when runs came or went: a run's parameters stay as they are. */
const varyingByRuns = new WeakMap<LiveRuns, { readonly count: number; readonly names: readonly string[] }>()

function varyingParameters(runs: LiveRuns): readonly string[] {
  const known = varyingByRuns.get(runs)
  if (known?.count === runs.count) return known.names
  const values = new Map<string, Set<string>>()
  let looked = 0
  for (const run of runs.all) {
    if (++looked > MAX_LOOKED_AT) break
    for (const [name, value] of Object.entries(run.params)) {
      const found = values.get(name) ?? new Set<string>()
      if (found.size < 2) found.add(JSON.stringify(value))
      values.set(name, found)
    }
  }
  const names = [...values.keys()].filter((name) => (values.get(name)?.size ?? 0) > 1)
  varyingByRuns.set(runs, { count: runs.count, names })
  return names
}

/** Which parameters differ shows in the first runs; all of 10,000 cost more than they tell. */
const MAX_LOOKED_AT = 500

/** Every column that there is, for the list to choose from. */
export function knownColumns(runs: LiveRuns, important: readonly string[]): string[] {
  const params = parameterColumns(runs, important)
  const metrics = new Set<string>()
  let looked = 0
  for (const run of runs.all) {
    if (++looked > MAX_LOOKED_AT) break
    for (const name of Object.keys(run.metrics)) metrics.add(name)
  }
  metrics.delete(runs.sweep.metric?.name ?? '')
  const facts = FACT_NAMES.filter((name) => !(FIXED_COLUMNS as readonly string[]).includes(name))
  return [...facts, ...params, ...[...metrics].map((name) => `m.${name}`)]
}

function rankCell(run: LiveRun, { runs }: CellWorld): Cell {
  const rank = runs.rankOf(run)
  if (rank !== null) return { text: String(rank), key: rank }
  if (run.state === 'running' && !Number.isNaN(numberOf(run.value)))
    return { text: '~', key: runs.countBetter(run) + 0.5 }
  return { text: '-', key: null }
}

function valueCell(run: LiveRun): Cell {
  if (run.value === undefined) return NOTHING
  const text = formatMetric(run.value, true)
  const number = numberOf(run.value)
  return { text: run.state === 'running' ? `${text}?` : text, key: Number.isNaN(number) ? null : number }
}

function stateCell(run: LiveRun): Cell {
  const where = run.state === 'running' && run.host !== undefined ? `● ${oneLineOf(run.host)}` : null
  return { text: where ?? stateLabel(run.state), key: run.state }
}

function stepCell(run: LiveRun, { trends }: CellWorld): Cell {
  const step = trends.get(run.id)?.step ?? run.bestStep ?? null
  return step === null ? NOTHING : { text: String(step), key: step }
}

function tookCell(run: LiveRun, { now }: CellWorld): Cell {
  if (run.startedAtMs === undefined) return NOTHING
  const isOpen = run.finishedAtMs === undefined
  if (isOpen && run.state !== 'running') return NOTHING
  const ms = (run.finishedAtMs ?? now) - run.startedAtMs
  return { text: formatDuration(ms), key: ms }
}

function textCell(text: string | undefined): Cell {
  return text === undefined || text === '' ? NOTHING : { text: oneLineOf(text), key: text }
}

function parameterCell(run: LiveRun, name: string): Cell | null {
  const value = Object.hasOwn(run.params, name) ? run.params[name] : undefined
  if (value === undefined || value === null) return null
  if (typeof value === 'number') return { text: shortNumber(value), key: value }
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { text: oneLineOf(text), key: text }
}

function metricCell(run: LiveRun, name: string): Cell | null {
  const last = Object.hasOwn(run.metrics, name) ? run.metrics[name]?.last : undefined
  if (last === undefined) return null
  const number = numberOf(last)
  return { text: formatMetric(last, true), key: Number.isNaN(number) ? null : number }
}

/** Two to four significant digits: `7.3e-4`, `0.0412`, `64`. */
function shortNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1).replace('e+', 'e')
  return String(Number(value.toPrecision(4)))
}
