// Which axes the parallel coordinates have, in which order, flipped or logarithmic: read from the view of the URL and
// written back to it.
import type { SweepTable } from '../live/sweep-table.ts'
import { splitParameters } from '../table/varying-parameters.ts'
import type { View } from '../view/url-view.ts'

export interface AxisChoice {
  /** As a brush names it. */
  readonly name: string
  readonly isMetric: boolean
  readonly isLog: boolean
  readonly isFlipped: boolean
}

/** More do not fit beside each other; the others can be chosen. */
const MAX_DEFAULT = 9

/** The axis of the sweep's metric; null: it has none. */
export function metricAxisName(table: SweepTable): string | null {
  const name = table.sweep.metric?.name
  if (name === undefined) return null
  return table.params.has(name) ? `m.${name}` : name // a bare name is the parameter's, as in filters
}

/** All axes that could be shown: parameters that vary, the metric last. */
export function possibleAxes(table: SweepTable): string[] {
  const metric = metricAxisName(table)
  return [...splitParameters(table).varying, ...(metric === null ? [] : [metric])]
}

export function readAxisChoice(table: SweepTable, view: Pick<View, 'axes' | 'log'>): AxisChoice[] {
  const metric = metricAxisName(table)
  const asked = view.axes
    .split(',')
    .filter((part) => part !== '')
    .map(decodePart)
  const known = asked.filter(({ name }) => name === metric || table.params.has(name))
  const log = new Set(view.log.split(',').map((part) => decodePart(part).text))
  const chosen =
    known.length > 0 ? known : defaultAxes(table, metric).map((name) => ({ name, isFlipped: false }))
  return chosen.map(({ name, isFlipped }) => ({
    name,
    isMetric: name === metric,
    isFlipped,
    isLog: log.has(name) || (table.params.get(name)?.isLog === true && !log.has(`-${name}`)),
  }))
}

function defaultAxes(table: SweepTable, metric: string | null): string[] {
  const { varying } = splitParameters(table)
  return [...varying.slice(0, MAX_DEFAULT - (metric === null ? 0 : 1)), ...(metric === null ? [] : [metric])]
}

/** How an axis is headed: of a nested parameter the last name, where no other axis ends so. */
export function axisHeading(name: string, axes: readonly Pick<AxisChoice, 'name'>[]): string {
  const lastOf = (text: string) => text.slice(text.lastIndexOf('.') + 1)
  const last = lastOf(name)
  return axes.filter((other) => lastOf(other.name) === last).length > 1 ? name : last
}

/** What the URL says of these axes. */
export function writeAxes(axes: readonly Pick<AxisChoice, 'name' | 'isFlipped'>[]): string {
  return axes.map(({ name, isFlipped }) => `${isFlipped ? '-' : ''}${encodeName(name)}`).join(',')
}

/** What the URL says of logarithmic axes, after one was switched. @param text as before */
export function writeLog(text: string, name: string, isLog: boolean, isDeclared: boolean): string {
  const others = text
    .split(',')
    .filter((part) => part !== '' && ![name, `-${name}`].includes(decodePart(part).text))
  const own = isLog === isDeclared ? [] : [isLog ? encodeName(name) : `-${encodeName(name)}`]
  return [...others, ...own].join(',')
}

/** A name may begin with a minus or hold a comma. */
function encodeName(name: string): string {
  return name.replace(/^-|[%,]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
}

function decodePart(part: string): {
  readonly name: string
  readonly isFlipped: boolean
  readonly text: string
} {
  const decode = (text: string) =>
    text.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  const isFlipped = part.startsWith('-')
  const name = decode(isFlipped ? part.slice(1) : part)
  return { name, isFlipped, text: `${isFlipped ? '-' : ''}${name}` }
}
