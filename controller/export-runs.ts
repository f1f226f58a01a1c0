// A sweep's runs and their history as text, page by page: what is exported is never held in memory as a whole.
import { stringify } from 'csv-stringify/sync'
import type { ExportQuery } from '../sweeps/api-schema.ts'
import {
  ConfigNumber,
  isConfigMap,
  parseConfigText,
  writeConfigText,
  type ConfigMap,
  type ConfigValue,
} from '../sweeps/config-text.ts'
import type { MetricRow } from '../sweeps/protocol.ts'
import { writeJson } from '../sweeps/raw-json.ts'
import type { StoreReads } from '../sweeps/store.ts'
import type { SweepId, SweepRecord } from '../sweeps/sweep.ts'
import { isoTime, presentRun, recordOf, type RunView } from './present.ts'
import type { RunService } from './run-service.ts'

export interface ExportDeps {
  readonly store: StoreReads
  readonly runs: Pick<RunService, 'viewRuns' | 'readMetrics'>
}

export const EXPORT_CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
} as const satisfies Record<ExportQuery['format'], string>

const PAGE = 500

/** One line of any format before it is written: a value for JSON, and cells by column for CSV. */
interface ExportLine {
  readonly json: Record<string, unknown>
  readonly cells: ReadonlyMap<string, unknown>
}

/**
 * runs: a line per run. history: a line per (run, step, metric). all: in JSON a run with its `history`, in CSV a line
 * per (run, step, metric) with the run's config beside it.
 * @returns pieces of text
 */
export async function* exportRuns(
  deps: ExportDeps,
  sweep: SweepRecord,
  { what, format }: ExportQuery,
): AsyncGenerator<string> {
  const lines = LINES[what](deps, sweep, format)
  if (format === 'csv') yield* writeCsv(await findColumns(deps.store, sweep.id, what), lines)
  else if (format === 'jsonl') for await (const line of lines) yield `${writeJson(line.json)}\n`
  else yield* writeJsonArray(lines)
}

const LINES = { runs: runLines, history: historyLines, all: allLines } as const

async function* runLines(deps: ExportDeps, sweep: SweepRecord): AsyncGenerator<ExportLine> {
  for await (const view of viewPages(deps, sweep.id)) {
    const json = presentRun(view)
    yield { json, cells: runCells(view, json) }
  }
}

async function* historyLines(deps: ExportDeps, sweep: SweepRecord): AsyncGenerator<ExportLine> {
  for await (const { run } of viewPages(deps, sweep.id)) {
    for (const { attempt, row } of await deps.runs.readMetrics(run.id, null)) {
      for (const json of pointsOf(run.id, attempt, row)) yield { json, cells: new Map(Object.entries(json)) }
    }
  }
}

async function* allLines(
  deps: ExportDeps,
  sweep: SweepRecord,
  format: ExportQuery['format'],
): AsyncGenerator<ExportLine> {
  for await (const view of viewPages(deps, sweep.id)) {
    const rows = await deps.runs.readMetrics(view.run.id, null)
    if (format !== 'csv') {
      const history = rows.map(({ attempt, row }) => ({
        attempt,
        step: row.step,
        time: isoTime(row.at),
        metrics: recordOf(Object.entries(row.metrics)),
      }))
      yield { json: { ...presentRun(view), history }, cells: new Map() }
      continue
    }
    const runCellsOnce: [string, unknown][] = [
      ['runId', view.run.id],
      ['state', view.run.state],
      ...configCells(parseConfigText(view.run.configText)),
    ]
    const points = rows.flatMap(({ attempt, row }) => pointsOf(view.run.id, attempt, row))
    if (points.length === 0) yield { json: {}, cells: new Map(runCellsOnce) }
    for (const point of points)
      yield { json: {}, cells: new Map([...runCellsOnce, ...Object.entries(point)]) }
  }
}

async function* viewPages(deps: ExportDeps, sweepId: SweepId): AsyncGenerator<RunView> {
  for (let offset = 0; ; offset += PAGE) {
    const runs = await deps.store.listRuns({ sweepId, offset, limit: PAGE })
    yield* await deps.runs.viewRuns(runs)
    if (runs.length < PAGE) return
  }
}

function pointsOf(runId: string, attempt: number, row: MetricRow): Record<string, unknown>[] {
  const time = isoTime(row.at)
  return Object.entries(row.metrics).map(([metric, value]) => ({
    runId,
    attempt,
    step: row.step,
    time,
    metric,
    value,
  }))
}

// ------------------------------------------------------------------------------------------------------------- JSON

async function* writeJsonArray(lines: AsyncIterable<ExportLine>): AsyncGenerator<string> {
  let separator = '['
  for await (const line of lines) {
    yield `${separator}\n${writeJson(line.json)}`
    separator = ','
  }
  yield separator === '[' ? '[]\n' : '\n]\n'
}

// -------------------------------------------------------------------------------------------------------------- CSV

const RUN_COLUMNS_BEFORE = ['id', 'name', 'state', 'rank', 'value', 'bestStep'] as const
const RUN_COLUMNS_AFTER = [
  'attempt',
  'host',
  'createdAt',
  'startedAt',
  'finishedAt',
  'stopReason',
  'tags',
  'notes',
  'group',
  'jobType',
] as const
const HISTORY_COLUMNS = ['runId', 'attempt', 'step', 'time', 'metric', 'value'] as const

/** Parameters are `config.NAME`, metrics `summary.NAME`: a parameter may be called `state`. */
async function findColumns(
  store: StoreReads,
  sweepId: SweepId,
  what: ExportQuery['what'],
): Promise<string[]> {
  if (what === 'history') return [...HISTORY_COLUMNS]
  const parameters = new Set<string>()
  const metrics = new Set<string>()
  for (let offset = 0; ; offset += PAGE) {
    const runs = await store.listRuns({ sweepId, offset, limit: PAGE })
    for (const run of runs)
      for (const [name] of configCells(parseConfigText(run.configText))) parameters.add(name)
    if (what === 'runs') {
      const summaries = await store.listSummaries(runs.map((run) => run.id))
      for (const list of summaries.values()) for (const { key } of list) metrics.add(`summary.${key}`)
    }
    if (runs.length < PAGE) break
  }
  if (what === 'all') return ['runId', 'state', ...parameters, ...HISTORY_COLUMNS.slice(1)]
  return [...RUN_COLUMNS_BEFORE, ...parameters, ...metrics, ...RUN_COLUMNS_AFTER]
}

function runCells(view: RunView, json: Record<string, unknown>): Map<string, unknown> {
  const { run, attempts, summaries } = view
  return new Map<string, unknown>([
    ...RUN_COLUMNS_BEFORE.map((column): [string, unknown] => [column, json[column]]),
    ...configCells(parseConfigText(run.configText)),
    ...summaries.map((summary): [string, unknown] => [`summary.${summary.key}`, summary.last]),
    ...RUN_COLUMNS_AFTER.map((column): [string, unknown] => [column, json[column]]),
    ['host', attempts.at(-1)?.host],
    ['tags', run.tags.join(' ')],
  ])
}

/** Nested parameters by dotted names, numbers as written. */
function configCells(config: ConfigMap, prefix = 'config.'): [string, unknown][] {
  return [...config].flatMap(([name, value]): [string, unknown][] =>
    value !== null && typeof value === 'object' && isConfigMap(value) && value.size > 0
      ? configCells(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, configCell(value)]],
  )
}

/** Text of a number that is no formula whatever it starts with. */
class NumberText {
  constructor(readonly text: string) {}
}

function configCell(value: ConfigValue): unknown {
  if (value instanceof ConfigNumber) return new NumberText(value.text)
  return typeof value === 'string' ? value : writeConfigText(value)
}

async function* writeCsv(
  columns: readonly string[],
  lines: AsyncIterable<ExportLine>,
): AsyncGenerator<string> {
  yield stringify([columns.map(csvCell)])
  for await (const { cells } of lines) yield stringify([columns.map((column) => csvCell(cells.get(column)))])
}

/** Text that a spreadsheet would take for a formula gets an apostrophe in front. */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof NumberText) return value.text
  if (typeof value !== 'string') return String(value)
  return /^[=+\-@\t\r]/.test(value) && !isPlainNumber(value) ? `'${value}` : value
}

function isPlainNumber(text: string): boolean {
  return text === '-Infinity' || /^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(text)
}
