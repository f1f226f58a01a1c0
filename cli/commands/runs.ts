// `sweep runs`: the runs of a sweep, or of a project, one line each, as a table or for a program.
import { MAX_RUN_LIMIT } from '../../sweeps/api-limits.ts'
import type { ListRunsResponse, RunJson } from '../../sweeps/run-schema.ts'
import { shownConfigText } from '../../sweeps/config-text.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { RawJson, writeJson } from '../../sweeps/raw-json.ts'
import { guardFormula } from '../../sweeps/spreadsheet-cell.ts'
import { refPath } from '../api-client.ts'
import type { Query } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { FILTER_SOURCE } from '../filter-problem.ts'
import {
  columnOf,
  defaultColumns,
  parameterNames,
  parseColumns,
  readColumn,
  unknownColumns,
} from '../run-columns.ts'
import { layOutTable } from '../table.ts'
import { printable, writeWithPressure } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

const FORMATS = ['table', 'csv', 'tsv', 'jsonl'] as const

interface Options {
  readonly where?: string
  readonly sort?: string
  readonly limit?: number
  readonly columns?: readonly string[]
  readonly format: (typeof FORMATS)[number]
  /** False with --no-trunc. */
  readonly trunc: boolean
}

export const command = defineCommand<Options>({
  name: 'runs',
  summary: 'List the runs of a sweep, or of a project',
  arguments: '[id]',
  examples: [
    ["sweep runs @last -w 'state:failed lr>=1e-3'", 'those that a filter takes (sweep help filters)'],
    ['sweep runs k3v9r2td --columns rank,run,lr,val_loss,acc', 'parameters and metrics as columns'],
    ['sweep runs --project vision --sort -val_loss --format csv', 'of a whole project, for a spreadsheet'],
  ],
  options: [
    { flags: '-w, --where <filter>', description: 'only the runs that it takes' },
    { flags: '--sort <column>', description: 'column to sort by, - in front for descending' },
    { flags: '--limit <n>', description: 'at most so many', parse: wholeNumber(0) },
    { flags: '--columns <a,b,c>', description: 'facts, parameters and metrics to show', parse: parseColumns },
    { flags: '--format <name>', description: 'table, csv, tsv or jsonl', choices: FORMATS, default: 'table' },
    { flags: '--no-trunc', description: 'cut and round nothing on a terminal' },
  ],
  notes: [
    'Facts: rank run name state value step params took attempt host agent created',
    'started finished reason tags note group type project sweep. Any other name is a',
    'parameter, else a metric; c.NAME and m.NAME say which. Sorting takes the same',
    'names but params; runs without a value come last in both directions.',
  ],
  next: ['sweep show RUN', 'sweep logs RUN', 'sweep best ID'],
  run: async (context, [ref], options) => {
    if (context.isJson && (options.format !== 'table' || options.columns !== undefined))
      throw new SweepError('USAGE', '--json goes with neither --format nor --columns', {
        hint: 'It has everything. For lines of JSON:  --format jsonl',
      })
    if (options.where !== undefined) context.setSource({ name: FILTER_SOURCE, text: options.where })
    const list = listing(context, ref, options)
    if (context.isJson) {
      context.print(withSchema(await list(options.limit), 'sweep.runs/1'))
      return 0
    }
    if (options.format !== 'table') {
      await printForPrograms(context, await fetchAll(list, options.limit), options)
      return 0
    }
    const { runs, total } = JSON.parse(await list(options.limit)) as ListRunsResponse // the server's own schema
    if (context.globals.quiet) for (const run of runs) context.print(run.id)
    else if (runs.length === 0) context.note(options.where ? 'No run fits the filter.' : 'No runs yet.')
    else {
      const width = options.trunc ? context.width : null
      for (const line of renderRuns(runs, width, options.columns)) context.print(line)
    }
    if (context.globals.quiet) return 0
    for (const line of unknownColumns(options.columns ?? [], runs)) context.note(line)
    if (runs.length < total) context.note(`${runs.length} of ${total} runs shown (--limit).`)
    return 0
  },
})

/** Asks for a page of runs; the answer's text. */
type Listing = (limit: number | undefined, offset?: number) => Promise<string>

function listing(context: CommandContext, ref: string | undefined, options: Options): Listing {
  const { project } = context
  if (ref === undefined && project === undefined) {
    throw new SweepError('USAGE', 'which runs?', {
      hint: 'Name a sweep (sweep runs @last) or a project (--project P).',
    })
  }
  const api = context.api()
  return (limit, offset) => {
    const query: Query = { where: options.where, sort: options.sort, limit, offset }
    return ref === undefined
      ? api.get('/runs', { ...query, project })
      : api.get(refPath('sweeps', ref, '/runs'), query)
  }
}

/** A file for a program has every run, unless a limit was asked for. */
async function fetchAll(list: Listing, limit = Infinity): Promise<RunJson[]> {
  const all: RunJson[] = []
  for (;;) {
    const text = await list(Math.min(MAX_RUN_LIMIT, limit - all.length), all.length)
    const { runs, total } = JSON.parse(text) as ListRunsResponse // the server's own schema
    all.push(...runs)
    if (runs.length === 0 || all.length >= Math.min(total, limit)) return all
  }
}

async function printForPrograms(
  context: CommandContext,
  runs: readonly RunJson[],
  { format, columns }: Options,
): Promise<void> {
  const { stdout } = context.io
  for (const line of unknownColumns(columns ?? [], runs)) context.note(line)
  if (format === 'jsonl') {
    for (const run of runs) await writeWithPressure(stdout, `${runAsJson(run, columns)}\n`)
    return
  }
  const parameters = parameterNames(runs).map((name) => `c.${name}`)
  const names = columns ?? [
    'rank',
    'run',
    'name',
    'state',
    'value',
    ...parameters,
    'step',
    'took',
    'attempt',
    'host',
  ]
  const rows = [
    names.map(guardFormula),
    ...runs.map((run) =>
      names.map((name) => {
        const { text, isNumber } = readColumn(run, name)
        return isNumber ? text : guardFormula(text)
      }),
    ),
  ]
  const text = format === 'tsv' ? rows.map(tsvLine).join('') : await csvText(rows)
  await writeWithPressure(stdout, context.width === null ? text : printable(text, { keepLines: true }))
}

async function csvText(rows: readonly (readonly string[])[]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync')
  return stringify([...rows])
}

const TSV_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function tsvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => cell.replace(/[\\\t\n\r]/g, (sign) => TSV_ESCAPES[sign] ?? sign)).join('\t')}\n`
}

/** A run as the server wrote it: its config keeps 1 and 1.0 apart. */
function runAsJson(run: RunJson, columns: readonly string[] | undefined): string {
  if (columns !== undefined)
    return JSON.stringify(Object.fromEntries(columns.map((name) => [name, readColumn(run, name).value])))
  return writeJson({ ...run, config: new RawJson(shownConfigText(run.configText)) })
}

/** @param width columns of the terminal; null: nothing is cut or rounded */
export function renderRuns(
  runs: readonly RunJson[],
  width: number | null,
  columns: readonly string[] = defaultColumns(runs, width),
): string[] {
  const rows = runs.map((run) => columns.map((name) => printable(readColumn(run, name).show(width !== null))))
  const shown = columns.map((name) => columnOf(name, runs))
  const hasElastic = shown.some((column) => column.isElastic)
  const fitted = hasElastic ? shown : widestGivesWay(shown, rows)
  return layOutTable(fitted, rows, { width })
}

/** Without the parameters as one column, the widest one is cut when the line is too long. */
function widestGivesWay(
  columns: ReturnType<typeof columnOf>[],
  rows: readonly (readonly string[])[],
): ReturnType<typeof columnOf>[] {
  const widths = columns.map((_, index) => Math.max(0, ...rows.map((row) => row[index]?.length ?? 0)))
  const widest = widths.indexOf(Math.max(...widths))
  return columns.map((column, index) => (index === widest ? { ...column, isElastic: true } : column))
}
