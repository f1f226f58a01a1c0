// A run as cells of JSON text: what a snapshot shows in columns and a message of the stream in rows. One table, so
// that both say the same. The names and meanings are documented in docs/live-changes.md.
import {
  ConfigNumber,
  isConfigMap,
  parseConfigText,
  plainOf,
  writeConfigText,
  type ConfigMap,
  type ConfigValue,
} from '../../sweeps/config-text.ts'
import type { RunFacts } from '../../sweeps/store.ts'

/** Cells that every run has, by the name of their column. Times are epoch milliseconds (UTC). */
export const RUN_CELLS: Readonly<Record<string, (run: RunFacts) => string>> = {
  id: (run) => textCell(run.id),
  name: (run) => textCell(run.name),
  state: (run) => textCell(run.state),
  value: (run) => numberCell(run.value),
  bestStep: (run) => numberCell(run.bestStep),
  attempt: (run) => numberCell(run.attemptCount),
  createdAtMs: (run) => numberCell(run.createdAt),
  startedAtMs: (run) => numberCell(run.startedAt),
  finishedAtMs: (run) => numberCell(run.finishedAt),
  host: (run) => textCell(run.hosts.at(-1) || null), // an attempt that was never started has none
  agentId: (run) => textCell(run.agentIds.at(-1) ?? null),
  stopReason: (run) => textCell(run.stopReason),
  tags: (run) => (run.tags.length === 0 ? '[]' : JSON.stringify(run.tags)),
  notes: (run) => textCell(run.notes),
  group: (run) => textCell(run.group),
  jobType: (run) => textCell(run.jobType),
}

/** Cells of a run that were written already. */
interface KnownCells {
  run?: readonly string[]
  metrics?: readonly (readonly (string | null)[])[]
  params?: readonly ParameterCell[]
}
const KNOWN = Symbol('cells')

/**
 * A board keeps the facts of runs that did not change, and their cells with them. On the facts themselves: a WeakMap
 * with an entry for each run costs every garbage collection more than writing the cells again.
 */
function knownOf(run: RunFacts): KnownCells {
  const carrier: RunFacts & { [KNOWN]?: KnownCells } = run
  return (carrier[KNOWN] ??= {})
}

const CELL_WRITERS = Object.values(RUN_CELLS)

/** In the order of RUN_CELLS. */
export function runCells(run: RunFacts): readonly string[] {
  return (knownOf(run).run ??= CELL_WRITERS.map((write) => write(run)))
}

/** What is kept of each metric. `best` is null for all but the sweep's metric. */
export const METRIC_CELLS = ['last', 'min', 'max', 'best'] as const

/** In the order of `run.summaries` and METRIC_CELLS; null: no value. */
export function metricCells(run: RunFacts): readonly (readonly (string | null)[])[] {
  return (knownOf(run).metrics ??= run.summaries.map((summary) =>
    METRIC_CELLS.map((which) => (summary[which] === null ? null : numberCell(summary[which]))),
  ))
}

export interface ParameterCell {
  /** Dotted for a nested parameter. */
  readonly name: string
  readonly text: string
  readonly kind: 'int' | 'float' | 'other'
}

/** A run's config, nested parameters by dotted names; numbers as written. The dearest of all cells. */
export function parameterCells(run: RunFacts): readonly ParameterCell[] {
  const known = knownOf(run)
  if (known.params !== undefined) return known.params
  const cells: ParameterCell[] = []
  addCells(parseConfigText(run.configText), '', cells)
  return (known.params = cells)
}

function addCells(config: ConfigMap, prefix: string, cells: ParameterCell[]): void {
  for (const [key, value] of config) {
    const name = prefix + key
    if (value !== null && typeof value === 'object' && isConfigMap(value) && value.size > 0)
      addCells(value, `${name}.`, cells)
    else cells.push(parameterCell(name, value))
  }
}

function parameterCell(name: string, value: ConfigValue): ParameterCell {
  if (value instanceof ConfigNumber) {
    const text = Number.isFinite(value.value) || value.isInteger ? value.text : numberCell(value.value)
    return { name, text, kind: value.isInteger ? 'int' : 'float' }
  }
  const written = writeConfigText(value)
  // As in every answer: non-finite numbers are strings.
  return {
    name,
    text: written.includes('"$float"') ? JSON.stringify(plainOf(value)) : written,
    kind: 'other',
  }
}

/** One run as an object: it stands for the whole run, and what it leaves out is null. */
export function runRow(run: RunFacts): string {
  const members = run.sweepId === null ? [] : [`"sweepId":${textCell(run.sweepId)}`]
  members.push(`"project":${textCell(run.project)}`)
  for (const [name, cellOf] of Object.entries(RUN_CELLS)) {
    const cell = cellOf(run)
    if (cell !== 'null') members.push(`"${name}":${cell}`)
  }
  const params = parameterCells(run).flatMap(({ name, text }) =>
    text === 'null' ? [] : [`${textCell(name)}:${text}`],
  )
  const metrics = run.summaries.map((summary) => {
    const known = METRIC_CELLS.filter((which) => summary[which] !== null)
    const cells = known.map((which) => `"${which}":${numberCell(summary[which])}`)
    return `${textCell(summary.key)}:{${cells.join(',')}}`
  })
  members.push(`"params":{${params.join(',')}}`, `"metrics":{${metrics.join(',')}}`)
  return `{${members.join(',')}}`
}

export function textCell(text: string | null): string {
  return JSON.stringify(text)
}

/** Non-finite numbers are the strings "NaN", "Infinity", "-Infinity". */
export function numberCell(value: number | null): string {
  if (value === null) return 'null'
  return Number.isFinite(value) ? String(value) : `"${value}"`
}
