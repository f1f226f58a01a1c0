// What a name means in a sweep's table, for orders, columns, brushes and axes: `c.lr` a parameter, `m.loss` a metric, a
// bare name a fact of the run, or else a parameter, or else a metric, as in filters.
import type { MetricColumns, ParameterColumn, SweepTable } from '../live/sweep-table.ts'

export interface Field {
  readonly name: string
  readonly kind: 'parameter' | 'metric' | 'fact'
  /** null: none, or no number; NaN: the value is NaN. */
  number(row: number): number | null
  /** The value as text, for comparing and for lists; null: none. */
  text(row: number): string | null
}

/** Facts of a run by the names that the CLI sorts by. */
export const FACTS = [
  'rank',
  'run',
  'name',
  'state',
  'value',
  'step',
  'attempt',
  'took',
  'created',
  'started',
  'finished',
  'host',
  'agent',
  'group',
  'type',
  'tags',
  'note',
  'reason',
] as const
export type FactName = (typeof FACTS)[number]

/** Which value of a metric is looked at: '' means the ranking value for the sweep's metric, the last one for others. */
export type Summary = '' | 'best' | 'last' | 'min' | 'max'

/** Of columns that are no fields: they go before parameters of the same name. */
const RESERVED: readonly string[] = [...FACTS, 'delta', 'check']

/** The shortest name that means this parameter: `lr`; `c.state` where the bare name is a fact of the run. */
export function nameOfParameter(name: string): string {
  return isTaken(name) ? `c.${name}` : name
}

/** The shortest name that means this metric. */
export function nameOfMetric(table: SweepTable, name: string): string {
  return isTaken(name) || table.params.has(name) ? `m.${name}` : name
}

/** As `-lr` and `c.lr`: an order and the other kinds of names begin so. */
function isTaken(name: string): boolean {
  return RESERVED.includes(name) || /^(?:[cm]\.|-|$)/.test(name)
}

/** The shortest name of what a name means. */
export function shortestName(table: SweepTable, name: string): string {
  if (name.startsWith('c.')) return nameOfParameter(name.slice(2))
  if (name.startsWith('m.')) return nameOfMetric(table, name.slice(2))
  return name
}

/**
 * What a column or an order means: facts go before parameters, those before metrics, as in filters. A name that is not
 * in the table gives a field without values: runs to come may have it.
 */
export function findField(table: SweepTable, name: string, summary: Summary = ''): Field {
  const fact = FACTS.find((known) => known === name)
  return fact === undefined ? findAxis(table, name, summary) : factField(table, fact, summary)
}

/** What an axis of a chart means: a parameter, or else a metric. */
export function findAxis(table: SweepTable, name: string, summary: Summary = ''): Field {
  if (name.startsWith('m.')) return metricField(table, name.slice(2), summary)
  if (name.startsWith('c.')) return parameterField(name, table.params.get(name.slice(2)))
  const parameter = table.params.get(name)
  if (parameter !== undefined) return parameterField(name, parameter)
  const isMetric = table.metrics.has(name) || table.sweep.metric?.name === name
  return isMetric ? metricField(table, name, summary) : parameterField(name, undefined)
}

function parameterField(name: string, column: ParameterColumn | undefined): Field {
  const values = column?.values ?? []
  return {
    name,
    kind: 'parameter',
    number: (row) => {
      const value = values[row]
      return typeof value === 'number' ? value : null
    },
    text: (row) => textOf(values[row]),
  }
}

/** A parameter's value as text: texts as they are, everything else as JSON; null: the run does not have it. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function metricField(table: SweepTable, name: string, summary: Summary): Field {
  const number = metricReader(table, name, summary)
  return { name, kind: 'metric', number, text: numberText(number) }
}

function metricReader(table: SweepTable, name: string, summary: Summary): (row: number) => number | null {
  const isRanked = table.sweep.metric?.name === name
  if (isRanked && summary === '') return cellsOf(table.numbers.value)
  const columns: MetricColumns | undefined = table.metrics.get(name)
  if (columns === undefined) return () => null
  if (summary === 'best' && !isRanked) return cellsOf(columns.last) // `best` is kept for the sweep's metric alone
  return cellsOf(columns[summary === '' ? 'last' : summary])
}

function cellsOf(column: { at(row: number): number | null; isNaN(row: number): boolean }) {
  return (row: number) => column.at(row) ?? (column.isNaN(row) ? NaN : null)
}

function numberText(number: (row: number) => number | null): (row: number) => string | null {
  return (row) => {
    const value = number(row)
    return value === null ? null : String(value)
  }
}

function factField(table: SweepTable, name: FactName, summary: Summary): Field {
  const asNumber = (number: (row: number) => number | null): Field => ({
    name,
    kind: 'fact',
    number,
    text: numberText(number),
  })
  const asText = (text: (row: number) => string | null): Field => ({
    name,
    kind: 'fact',
    number: () => null,
    text,
  })
  const { numbers, text } = table
  switch (name) {
    case 'rank':
      return asNumber((row) => table.ranks[row] || null)
    case 'value':
      return asNumber(
        table.sweep.metric === null
          ? cellsOf(numbers.value)
          : metricReader(table, table.sweep.metric.name, summary),
      )
    case 'step':
      return asNumber(cellsOf(numbers.bestStep))
    case 'attempt':
      return asNumber(cellsOf(numbers.attempt))
    case 'created':
      return asNumber(cellsOf(numbers.createdAtMs))
    case 'started':
      return asNumber(cellsOf(numbers.startedAtMs))
    case 'finished':
      return asNumber(cellsOf(numbers.finishedAtMs))
    case 'took':
      return asNumber((row) => {
        const from = numbers.startedAtMs.at(row)
        const to = numbers.finishedAtMs.at(row)
        return from === null || to === null ? null : to - from
      })
    case 'run':
      return asText((row) => table.ids[row] ?? null)
    case 'name':
      return asText((row) => text.name[row] ?? null)
    case 'state':
      return asText((row) => table.states[row] ?? null)
    case 'host':
      return asText((row) => text.host[row] ?? null)
    case 'agent':
      return asText((row) => text.agentId[row] ?? null)
    case 'group':
      return asText((row) => text.group[row] ?? null)
    case 'type':
      return asText((row) => text.jobType[row] ?? null)
    case 'reason':
      return asText((row) => text.stopReason[row] ?? null)
    case 'note':
      return asText((row) => text.notes[row] || null)
    case 'tags':
      return asText((row) => (table.tags[row]?.length ? (table.tags[row] ?? []).join(' ') : null))
  }
}
