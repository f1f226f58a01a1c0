// The parameters of a sweep as axes: their scales as the server declares them, or guessed from the values until it does.
import type { ParameterAxis } from '../../../charts/parameter-axis.ts'
import type { SweepTable } from '../../live/sweep-table.ts'
import { textOf } from '../../selection/field.ts'
import { splitParameters } from '../../table/varying-parameters.ts'
import type { Importance } from './use-analysis.ts'

const MAX_CATEGORIES = 40

/** Those that vary, the most important first. */
export function orderedParameters(table: SweepTable, importance: Importance | undefined): string[] {
  const { varying } = splitParameters(table)
  const ranked = (importance?.parameters ?? [])
    .map(({ name }) => name)
    .filter((name) => varying.includes(name))
  return [...ranked, ...varying.filter((name) => !ranked.includes(name))]
}

/** null: it has too many categories to be drawn. */
export function parameterAxis(
  table: SweepTable,
  name: string,
  importance: Importance | undefined,
): ParameterAxis | null {
  const column = table.params.get(name)
  const values = column?.values ?? []
  const known = importance?.parameters.find((parameter) => parameter.name === name)
  const present = values.filter((value) => value !== null && value !== undefined)
  if (present.every((value) => typeof value === 'number')) {
    const scale = known?.scale ?? (column?.isLog === true ? 'log' : guessScale(present))
    return {
      name,
      scale: scale === 'log' && present.every((value) => value > 0) ? 'log' : 'linear',
      categories: [],
    }
  }
  const categories = [...new Set(present.map((value) => textOf(value) ?? ''))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )
  return categories.length > MAX_CATEGORIES ? null : { name, scale: 'category', categories }
}

/** Over three powers of ten nobody searches evenly. */
function guessScale(values: readonly number[]): 'linear' | 'log' {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)]
  return low > 0 && high / low >= 1000 ? 'log' : 'linear'
}

/** Of a run on that axis; null: it does not have the parameter. */
export function axisValue(table: SweepTable, axis: ParameterAxis, row: number): number | string | null {
  const value = table.params.get(axis.name)?.values[row]
  if (value === null || value === undefined) return null
  if (axis.scale === 'category') return textOf(value)
  return typeof value === 'number' ? value : null
}
