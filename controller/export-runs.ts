// A sweep's runs and their history as CSV, JSON, JSON Lines or Parquet, page by page: what is exported is never held
// in memory as a whole. Which runs is decided first; those that come later are not in it.
import type { ExportQuery } from '../sweeps/sweep-schema.ts'
import { isConfigMap, parseConfigText, type ConfigMap, type ConfigValue } from '../sweeps/config-text.ts'
import { SweepError } from '../sweeps/errors.ts'
import { writeJson } from '../sweeps/raw-json.ts'
import { parseRunFilter } from '../sweeps/run-filter.ts'
import { metricNumber, type RunFacts, type StoreReads } from '../sweeps/store.ts'
import type { RunId, SweepRecord } from '../sweeps/sweep.ts'
import { csvConfigValue, writeCsv } from './export-csv.ts'
import { readCountedRows, type CountedRow } from './export-history.ts'
import { ConfigColumnType, parquetConfigValue, writeParquet } from './export-parquet.ts'
import type { ParquetColumn, ParquetType, ParquetValue } from './export-parquet.ts'
import { isoTime, presentRun, recordOf, type RunView } from './present.ts'
import { filterableOf } from './filterable-facts.ts'
import type { RunService } from './run-service.ts'

export interface ExportDeps {
  readonly store: StoreReads
  readonly runs: Pick<RunService, 'viewRuns'>
}

export const EXPORT_CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
} as const satisfies Record<ExportQuery['format'], string>

const PAGE = 500
/** Characters of a piece that is handed on: a write per line would cost more than the lines. */
const PIECE_CHARACTERS = 65_536

/** The runs that an export is about, in order of creation, and every column that they have. */
interface Selection {
  readonly ids: readonly RunId[]
  /** Parameters by dotted name. */
  readonly parameters: ReadonlyMap<string, ConfigColumnType>
  readonly metrics: ReadonlySet<string>
}

/**
 * runs: a line per run. history: a line per (run, step, metric). all: in JSON a run with its `history`, in CSV a line
 * per (run, step, metric) with the run's config beside it.
 * @returns pieces of the file
 * @throws SweepError REQUEST_INVALID before the first piece: a filter that cannot be read, or `all` as Parquet
 */
export async function exportRuns(
  deps: ExportDeps,
  sweep: SweepRecord,
  { what, format, where }: ExportQuery,
): Promise<AsyncIterable<string | Uint8Array>> {
  if (what === 'all' && format === 'parquet') {
    throw new SweepError(
      'REQUEST_INVALID',
      'a Parquet file is one table: it cannot hold runs and their history',
      {
        at: 'what',
        hint: 'Write two files:  --what runs -o runs.parquet   and   --what history -o history.parquet',
      },
    )
  }
  const selection = await selectRuns(deps, sweep, where ?? '')
  if (format === 'parquet') {
    return what === 'history' ? historyParquet(deps, selection) : runsParquet(deps, selection)
  }
  if (format === 'csv')
    return inPieces(writeCsv(csvColumns(selection, what), CSV_LINES[what](deps, selection)))
  const lines = JSON_LINES[what](deps, selection)
  return inPieces(format === 'jsonl' ? asJsonLines(lines) : asJsonArray(lines))
}

async function selectRuns(deps: ExportDeps, sweep: SweepRecord, where: string): Promise<Selection> {
  const takes = parseRunFilter(where)
  const ids: RunId[] = []
  const parameters = new Map<string, ConfigColumnType>()
  const metrics = new Set<string>()
  for (let offset = 0; ; offset += PAGE) {
    const runs = await deps.store.listRuns({ sweepId: sweep.id, offset, limit: PAGE })
    for (const view of await deps.runs.viewRuns(runs)) {
      const facts = filterableOf(factsOf(view), view.rank)
      if (!takes(facts)) continue
      ids.push(view.run.id)
      for (const { key } of view.summaries) metrics.add(key)
      for (const [name, value] of flattenConfig(facts.config)) {
        const type = parameters.get(name) ?? new ConfigColumnType()
        parameters.set(name, type)
        type.see(value)
      }
    }
    if (runs.length < PAGE) return { ids, parameters, metrics }
  }
}

function factsOf({ run, attempts, summaries }: RunView): RunFacts {
  return {
    ...run,
    hosts: attempts.map((attempt) => attempt.host),
    agentIds: attempts.map((attempt) => attempt.agentId),
    summaries,
  }
}

/** Runs that were erased meanwhile are left out. */
async function* selectedViews(deps: ExportDeps, { ids }: Selection): AsyncGenerator<RunView> {
  for (let at = 0; at < ids.length; at += PAGE)
    yield* await deps.runs.viewRuns(await deps.store.findRuns(ids.slice(at, at + PAGE)))
}

/** Every counted row of the selected runs. */
async function* selectedRows(
  deps: ExportDeps,
  selection: Selection,
): AsyncGenerator<CountedRow & { readonly view: RunView }> {
  for await (const view of selectedViews(deps, selection))
    for await (const { attempt, row } of readCountedRows(deps.store, view.run)) yield { view, attempt, row }
}

/** Nested parameters by dotted names. */
function flattenConfig(config: ConfigMap, prefix = ''): [string, ConfigValue][] {
  return [...config].flatMap(([name, value]): [string, ConfigValue][] =>
    value !== null && typeof value === 'object' && isConfigMap(value) && value.size > 0
      ? flattenConfig(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value]],
  )
}

async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = ''
  for await (const text of texts) {
    piece += text
    if (piece.length < PIECE_CHARACTERS) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

// ------------------------------------------------------------------------------------------------------------- JSON

/** Pieces of one line each; a line of `all` comes in several, as its history is read. */
type JsonLine = AsyncIterable<string> | Iterable<string>

const JSON_LINES = {
  async *runs(deps: ExportDeps, selection: Selection): AsyncGenerator<JsonLine> {
    for await (const view of selectedViews(deps, selection)) yield [writeJson(presentRun(view))]
  },
  async *history(deps: ExportDeps, selection: Selection): AsyncGenerator<JsonLine> {
    for await (const { view, attempt, row } of selectedRows(deps, selection)) {
      const time = isoTime(row.at)
      for (const [metric, value] of Object.entries(row.metrics))
        yield [writeJson({ runId: view.run.id, attempt, step: row.step, time, metric, value })]
    }
  },
  async *all(deps: ExportDeps, selection: Selection): AsyncGenerator<JsonLine> {
    for await (const view of selectedViews(deps, selection)) yield runWithHistory(deps, view)
  },
} as const

async function* runWithHistory(deps: ExportDeps, view: RunView): AsyncGenerator<string> {
  yield `${writeJson(presentRun(view)).slice(0, -1)},"history":[`
  let separator = ''
  for await (const { attempt, row } of readCountedRows(deps.store, view.run)) {
    const metrics = recordOf(Object.entries(row.metrics))
    yield separator + writeJson({ attempt, step: row.step, time: isoTime(row.at), metrics })
    separator = ','
  }
  yield ']}'
}

async function* asJsonLines(lines: AsyncIterable<JsonLine>): AsyncGenerator<string> {
  for await (const line of lines) {
    yield* line
    yield '\n'
  }
}

async function* asJsonArray(lines: AsyncIterable<JsonLine>): AsyncGenerator<string> {
  let separator = '[\n'
  for await (const line of lines) {
    yield separator
    yield* line
    separator = ',\n'
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n'
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
const POINT_COLUMNS = ['attempt', 'step', 'time', 'metric', 'value'] as const

/** Parameters are `config.NAME`, metrics `summary.NAME`: a parameter may be called `state`. */
function csvColumns({ parameters, metrics }: Selection, what: ExportQuery['what']): string[] {
  const config = [...parameters.keys()].map((name) => `config.${name}`)
  if (what === 'history') return ['runId', ...POINT_COLUMNS]
  if (what === 'all') return ['runId', 'state', ...config, ...POINT_COLUMNS]
  const summary = [...metrics].map((key) => `summary.${key}`)
  return [...RUN_COLUMNS_BEFORE, ...config, ...summary, ...RUN_COLUMNS_AFTER]
}

type Cells = [column: string, value: unknown][]

const CSV_LINES = {
  async *runs(deps: ExportDeps, selection: Selection): AsyncGenerator<Map<string, unknown>> {
    for await (const view of selectedViews(deps, selection)) {
      const { run, attempts, summaries } = view
      const json = presentRun(view)
      yield new Map<string, unknown>([
        ...[...RUN_COLUMNS_BEFORE, ...RUN_COLUMNS_AFTER].map((column): [string, unknown] => [
          column,
          json[column],
        ]),
        ...configCells(run.configText),
        ...summaries.map((summary): [string, unknown] => [`summary.${summary.key}`, summary.last]),
        ['host', attempts.at(-1)?.host],
        ['tags', run.tags.join(' ')],
      ])
    }
  },
  async *history(deps: ExportDeps, selection: Selection): AsyncGenerator<Map<string, unknown>> {
    for await (const { view, attempt, row } of selectedRows(deps, selection))
      for (const cells of pointCells(attempt, row)) yield new Map([['runId', view.run.id], ...cells])
  },
  async *all(deps: ExportDeps, selection: Selection): AsyncGenerator<Map<string, unknown>> {
    for await (const view of selectedViews(deps, selection)) {
      const { run } = view
      const runCells: Cells = [['runId', run.id], ['state', run.state], ...configCells(run.configText)]
      let isEmpty = true
      for await (const { attempt, row } of readCountedRows(deps.store, run)) {
        for (const cells of pointCells(attempt, row)) yield new Map([...runCells, ...cells])
        isEmpty = false
      }
      if (isEmpty) yield new Map(runCells)
    }
  },
} as const

function configCells(configText: string): Cells {
  return flattenConfig(parseConfigText(configText)).map(([name, value]) => [
    `config.${name}`,
    csvConfigValue(value),
  ])
}

function pointCells(attempt: number, row: CountedRow['row']): Cells[] {
  const time = isoTime(row.at)
  return Object.entries(row.metrics).map(([metric, value]): Cells => [
    ['attempt', attempt],
    ['step', row.step],
    ['time', time],
    ['metric', metric],
    ['value', value],
  ])
}

// ---------------------------------------------------------------------------------------------------------- Parquet

const RUN_TYPES = {
  id: 'STRING',
  name: 'STRING',
  state: 'STRING',
  rank: 'INT32',
  value: 'DOUBLE',
  bestStep: 'DOUBLE',
  attempt: 'INT32',
  host: 'STRING',
  createdAt: 'TIMESTAMP',
  startedAt: 'TIMESTAMP',
  finishedAt: 'TIMESTAMP',
  stopReason: 'STRING',
  tags: 'STRING',
  notes: 'STRING',
  group: 'STRING',
  jobType: 'STRING',
} as const satisfies Record<
  (typeof RUN_COLUMNS_BEFORE)[number] | (typeof RUN_COLUMNS_AFTER)[number],
  ParquetType
>

function runsParquet(deps: ExportDeps, selection: Selection): AsyncGenerator<Uint8Array> {
  const parameters = [...selection.parameters].map(([name, seen]) => ({ name, type: seen.type }))
  const metrics = [...selection.metrics]
  const plain = (names: readonly (keyof typeof RUN_TYPES)[]): ParquetColumn[] =>
    names.map((name) => ({ name, type: RUN_TYPES[name] }))
  const columns: ParquetColumn[] = [
    ...plain(RUN_COLUMNS_BEFORE),
    ...parameters.map(({ name, type }) => ({ name: `config.${name}`, type })),
    ...metrics.map((key): ParquetColumn => ({ name: `summary.${key}`, type: 'DOUBLE' })),
    ...plain(RUN_COLUMNS_AFTER),
  ]
  async function* rows(): AsyncGenerator<ParquetValue[]> {
    for await (const { run, rank, attempts, summaries } of selectedViews(deps, selection)) {
      const config = new Map(flattenConfig(parseConfigText(run.configText)))
      const last = new Map(summaries.map((summary) => [summary.key, summary.last]))
      yield [
        ...[run.id, run.name, run.state, rank, run.value, run.bestStep],
        ...parameters.map(({ name, type }) => parquetConfigValue(config.get(name), type)),
        ...metrics.map((key) => last.get(key) ?? null),
        ...[run.attemptCount, attempts.at(-1)?.host ?? null],
        ...[run.createdAt, run.startedAt, run.finishedAt].map((at) => (at === null ? null : new Date(at))),
        ...[run.stopReason, JSON.stringify(run.tags), run.notes, run.group, run.jobType],
      ]
    }
  }
  return writeParquet(columns, rows())
}

const HISTORY_TYPES: readonly ParquetColumn[] = [
  { name: 'runId', type: 'STRING' },
  { name: 'attempt', type: 'INT32' },
  { name: 'step', type: 'DOUBLE' },
  { name: 'time', type: 'TIMESTAMP' },
  { name: 'metric', type: 'STRING' },
  { name: 'value', type: 'DOUBLE' },
]

function historyParquet(deps: ExportDeps, selection: Selection): AsyncGenerator<Uint8Array> {
  async function* rows(): AsyncGenerator<ParquetValue[]> {
    for await (const { view, attempt, row } of selectedRows(deps, selection)) {
      const time = new Date(row.at)
      for (const [metric, value] of Object.entries(row.metrics))
        yield [view.run.id, attempt, row.step, time, metric, metricNumber(value)]
    }
  }
  return writeParquet(HISTORY_TYPES, rows())
}
