// Which parameters differ between the runs of a sweep, and what is the same in all of them.
import type { SweepTable } from '../live/sweep-table.ts'
import { textOf } from '../selection/field.ts'

export interface SplitParameters {
  /** In the order of the table. */
  readonly varying: readonly string[]
  /** Name and value. */
  readonly constant: readonly (readonly [string, unknown])[]
}

const known = new WeakMap<SweepTable, { version: number; split: SplitParameters }>()

export function splitParameters(table: SweepTable): SplitParameters {
  const found = known.get(table)
  if (found?.version === table.version) return found.split
  const varying: string[] = []
  const constant: [string, unknown][] = []
  for (const { name, values } of table.params.values()) {
    const [first = null] = values
    if (table.count > 1 && doesVary(values, first)) varying.push(name)
    else if (table.count > 0) constant.push([name, first])
  }
  const split =
    table.count === 1 ? { varying: constant.map(([name]) => name), constant: [] } : { varying, constant }
  known.set(table, { version: table.version, split })
  return split
}

function doesVary(values: readonly unknown[], first: unknown): boolean {
  if (typeof first !== 'object' || first === null) return values.some((value) => value !== first)
  const text = textOf(first)
  return values.some((value) => textOf(value) !== text)
}
