// The columns of `sweep runs`: facts of a run by name, else its parameters, else its metrics, as people read them and
// as programs do.
import type { RunJson } from '../sweeps/run-schema.ts'
import { plainOf } from '../sweeps/config-text.ts'
import type { ConfigValue } from '../sweeps/config-text.ts'
import { didYouMean } from '../sweeps/nearest-name.ts'
import { SweepError } from '../sweeps/errors.ts'
import { formatDuration } from './durations.ts'
import { flattenConfig, formatConfigValue, formatMetric, formatParams, stateLabel } from './show-values.ts'
import { textWidth } from './text-width.ts'
import type { Column } from './table.ts'
import { printable } from './terminal.ts'

/** A cell: what a program gets, and what a person does (rounded on a terminal). */
export interface RunCell {
  readonly value: unknown
  /** As CSV and TSV have it: numbers as written, nothing for what is missing. */
  readonly text: string
  readonly isNumber: boolean
  show(isShort: boolean): string
}

const MISSING: RunCell = { value: null, text: '', isNumber: false, show: () => '-' }

type Fact = (run: RunJson) => RunCell

const FACTS = new Map<string, Fact>([
  ['rank', (run) => (run.rank === null ? { ...MISSING, show: () => '–' } : numberCell(run.rank))],
  ['run', (run) => textCell(run.id)],
  ['id', (run) => textCell(run.id)],
  ['name', (run) => textCell(run.name)],
  ['state', (run) => ({ ...textCell(run.state), show: () => stateLabel(run.state) })],
  ['value', (run) => numberCell(run.value)],
  ['step', (run) => numberCell(run.bestStep)],
  [
    'params',
    ({ configText }) => ({
      ...textCell(formatParams(configText, false)),
      show: (isShort) => formatParams(configText, isShort),
    }),
  ],
  ['took', tookCell],
  ['attempt', (run) => numberCell(run.attempt)],
  ['host', (run) => textCell(run.attempts.at(-1)?.host)],
  ['agent', (run) => textCell(run.attempts.at(-1)?.agentId)],
  ['created', (run) => textCell(run.createdAt)],
  ['started', (run) => textCell(run.startedAt)],
  ['finished', (run) => textCell(run.finishedAt)],
  ['reason', (run) => textCell(run.stopReason)],
  ['tags', (run) => textCell(run.tags.join(' '))],
  ['note', (run) => textCell(run.notes)],
  ['group', (run) => textCell(run.group)],
  ['type', (run) => textCell(run.jobType)],
  ['project', (run) => textCell(run.project)],
  ['sweep', (run) => textCell(run.sweepId)],
])

const TITLES: Readonly<Record<string, Column>> = {
  rank: { title: '#', align: 'right' },
  params: { title: 'params', isElastic: true },
  took: { title: 'took', align: 'right' },
  attempt: { title: 'attempt', align: 'right' },
}

/** Names of `--columns a,b,c`. @throws SweepError USAGE when one is empty */
export function parseColumns(text: string, flag: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) {
    throw new SweepError('USAGE', `${flag}: "${text}" names an empty column`, {
      hint: `As in:  --columns run,state,lr,val_loss   Facts: ${[...FACTS.keys()].join(' ')}`,
    })
  }
  return names
}

/** `c.lr` is the parameter, `m.loss` the metric, a bare name a fact, a parameter or a metric, in this order. */
export function readColumn(run: RunJson, name: string): RunCell {
  const fact = FACTS.get(name)
  if (fact !== undefined) return fact(run)
  if (name.startsWith('c.')) return parameterCell(run, name.slice(2)) ?? MISSING
  if (name.startsWith('m.')) return metricCell(run, name.slice(2)) ?? MISSING
  return parameterCell(run, name) ?? metricCell(run, name) ?? MISSING
}

/** What to say of columns that none of the runs has: a name may be mistyped. */
export function unknownColumns(names: readonly string[], runs: readonly RunJson[]): string[] {
  if (runs.length === 0) return []
  const missing = names.filter(
    (name) => !FACTS.has(name) && runs.every((run) => readColumn(run, name) === MISSING),
  )
  const known = [...FACTS.keys(), ...parameterNames(runs), ...runs.flatMap((run) => Object.keys(run.summary))]
  return missing.map((name) => `! No run here has "${name}". ${didYouMean(name, known)}`.trimEnd())
}

/** Every parameter that one of the runs has, in the order in which they come. */
export function parameterNames(runs: readonly RunJson[]): string[] {
  return [...new Set(runs.flatMap((run) => [...parametersOf(run).keys()]))]
}

const ALWAYS = ['rank', 'run', 'value', 'state', 'params']
/** Added while there is room, in this order. */
const WITH_ROOM = ['step', 'took', 'host', 'attempt']
const MIN_PARAMS_WIDTH = 24

/** @param width columns of the terminal; null: everything is shown */
export function defaultColumns(runs: readonly RunJson[], width: number | null): string[] {
  if (width === null) return [...ALWAYS, ...WITH_ROOM]
  const widthOf = (name: string) => {
    const cells = runs.map((run) => textWidth(printable(readColumn(run, name).show(true))))
    const full = Math.max(textWidth(columnOf(name, runs).title), ...cells)
    return 2 + (name === 'params' ? Math.min(full, MIN_PARAMS_WIDTH) : full)
  }
  let room = width - ALWAYS.reduce((sum, name) => sum + widthOf(name), 0)
  const added: string[] = []
  for (const name of WITH_ROOM) {
    room -= widthOf(name)
    if (room < 0) break
    added.push(name)
  }
  return [...ALWAYS, ...added]
}

/** How a table shows the column: numbers stand on the right. */
export function columnOf(name: string, runs: readonly RunJson[]): Column {
  const title = TITLES[name]
  if (title !== undefined) return title
  const isOfNumbers = !FACTS.has(name) && runs.some((run) => readColumn(run, name).isNumber)
  return { title: printable(name), ...(isOfNumbers ? { align: 'right' as const } : {}) }
}

function textCell(text: string | null | undefined): RunCell {
  if (text === null || text === undefined) return MISSING
  return { value: text, text, isNumber: false, show: () => (text === '' ? '-' : text) }
}

function numberCell(value: number | string | null): RunCell {
  if (value === null) return MISSING
  const shown = typeof value === 'string' ? (value as 'NaN') : value // "NaN", "Infinity" or "-Infinity"
  return { value, text: String(value), isNumber: true, show: (isShort) => formatMetric(shown, isShort) }
}

/** Seconds for programs. */
function tookCell(run: RunJson): RunCell {
  if (run.startedAt === null || run.finishedAt === null) return MISSING
  const ms = Date.parse(run.finishedAt) - Date.parse(run.startedAt)
  return { value: ms / 1000, text: String(ms / 1000), isNumber: true, show: () => formatDuration(ms) }
}

/** A config's text is read once, however many columns there are. */
const parametersByRun = new WeakMap<RunJson, ReadonlyMap<string, ConfigValue>>()

function parametersOf(run: RunJson): ReadonlyMap<string, ConfigValue> {
  const known = parametersByRun.get(run)
  if (known !== undefined) return known
  const parameters = new Map(flattenConfig(run.configText))
  parametersByRun.set(run, parameters)
  return parameters
}

function parameterCell(run: RunJson, name: string): RunCell | null {
  const value = parametersOf(run).get(name)
  return value === undefined ? null : configCell(value)
}

function configCell(value: ConfigValue): RunCell {
  const text = formatConfigValue(value)
  const plain = plainOf(value)
  return {
    value: plain,
    text,
    isNumber: typeof plain === 'number',
    show: (isShort) => formatConfigValue(value, isShort),
  }
}

/** As filters and orders see it: the ranking value of the sweep's metric, the last value of others. */
function metricCell(run: RunJson, name: string): RunCell | null {
  if (!Object.hasOwn(run.summary, name)) return null
  const summary = run.summary[name]
  if (summary === undefined) return null
  return numberCell(summary.best === null ? summary.last : (run.value ?? summary.last))
}
