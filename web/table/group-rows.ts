// Runs in groups: by one parameter, or by all parameters but one (repeats with other seeds). Of each group the mean and
// the standard deviation of the metric over its ranked runs. Pure.
import type { SweepTable } from '../live/sweep-table.ts'
import { textOf } from '../selection/field.ts'
import type { Standing } from './order-rows.ts'
import { splitParameters } from './varying-parameters.ts'

export interface RunGroup {
  readonly key: string
  /** Values of the parameters that the group shares. */
  readonly shared: readonly unknown[]
  readonly rows: readonly number[]
  /** Runs with a place in the ranking: of these are mean and deviation. */
  readonly rankedCount: number
  /** null: no run is ranked. */
  readonly mean: number | null
  /** Of the sample (n - 1); null: fewer than 2. */
  readonly deviation: number | null
  readonly bestRow: number | null
}

export interface Grouping {
  /** What the groups are of. */
  readonly names: readonly string[]
  /** The best mean first; groups without one last. */
  readonly groups: readonly RunGroup[]
}

/** @param group a parameter's name, or `-name`: all that vary but this one */
export function namesOfGroup(table: SweepTable, group: string): string[] {
  if (!group.startsWith('-')) return [group]
  const { varying } = splitParameters(table)
  return varying.filter((name) => name !== group.slice(1))
}

export function groupRows(table: SweepTable, rows: Uint32Array, group: string, standing: Standing): Grouping {
  const names = namesOfGroup(table, group)
  const columns = names.map((name) => table.params.get(name)?.values ?? [])
  const rowsOf = new Map<string, number[]>()
  for (const row of rows) {
    const key = JSON.stringify(columns.map((values) => textOf(values[row])))
    const known = rowsOf.get(key)
    if (known === undefined) rowsOf.set(key, [row])
    else known.push(row)
  }
  const sign = table.sweep.metric?.goal === 'maximize' ? -1 : 1
  const groups = [...rowsOf].map(([key, members]): RunGroup => {
    const ranked = members.filter((row) => (standing.ranks[row] ?? 0) > 0)
    const values = ranked.map((row) => standing.value.data[row] ?? NaN)
    const [first = 0] = members
    return {
      key,
      shared: columns.map((cells) => cells[first] ?? null),
      rows: members,
      rankedCount: ranked.length,
      ...describe(values),
      bestRow: ranked.reduce<number | null>(
        (best, row) =>
          best === null || (standing.ranks[row] ?? 0) < (standing.ranks[best] ?? 0) ? row : best,
        null,
      ),
    }
  })
  const key = ({ mean }: RunGroup) => (mean === null ? Infinity : sign * mean)
  groups.sort((a, b) => (key(a) === key(b) ? 0 : key(a) < key(b) ? -1 : 1))
  return { names, groups }
}

function describe(values: readonly number[]): { mean: number | null; deviation: number | null } {
  if (values.length === 0) return { mean: null, deviation: null }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < 2) return { mean, deviation: null }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) }
}
