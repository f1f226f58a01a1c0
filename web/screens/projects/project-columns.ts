// Which parameters and metrics of some runs become columns: those that most runs have, and parameters that differ. Pure.
import type { Run } from '../../api/records.ts'

const MAX_PARAMETERS = 5
const MAX_METRICS = 4

export interface RunColumns {
  readonly parameters: readonly string[]
  readonly metrics: readonly string[]
}

export function chooseColumns(runs: readonly Run[]): RunColumns {
  const values = new Map<string, Set<string>>()
  const counts = new Map<string, number>()
  const metrics = new Map<string, number>()
  for (const run of runs) {
    for (const [name, value] of flattenConfig(run.config)) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
      const known = values.get(name) ?? new Set<string>()
      values.set(name, known.add(JSON.stringify(value)))
    }
    for (const name of Object.keys(run.summary)) metrics.set(name, (metrics.get(name) ?? 0) + 1)
  }
  const differing = [...counts].filter(
    ([name, count]) => runs.length < 2 || (values.get(name)?.size ?? 0) > 1 || count < runs.length,
  )
  return { parameters: mostOf(differing, MAX_PARAMETERS), metrics: mostOf([...metrics], MAX_METRICS) }
}

/** `{a: {b: 1}}` is `a.b`. */
export function flattenConfig(config: Readonly<Record<string, unknown>>, prefix = ''): [string, unknown][] {
  return Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isMap
      ? flattenConfig(value as Record<string, unknown>, `${prefix}${key}.`)
      : [[`${prefix}${key}`, value]]
  })
}

/** The most frequent first; those that are as frequent in their order. */
function mostOf(counts: readonly (readonly [string, number])[], limit: number): string[] {
  return [...counts]
    .sort(([, left], [, right]) => right - left)
    .slice(0, limit)
    .map(([name]) => name)
}
