// A script may set the metric of its sweep in the summary alone, and never log it: then it counts once, when it ends.
import { MetricValue } from '../../sweeps/protocol.ts'
import type { MetricSpec } from '../../sweeps/sweep.ts'

/**
 * The metric as a summary holds it: a number, one inside of objects (`a.b`), or what define_metric made of it
 * (`{"max": 0.9}`), of which the one that fits the goal is taken. null: it is not there.
 */
export function metricOfSummary(
  summary: Readonly<Record<string, unknown>>,
  { name, goal }: Pick<MetricSpec, 'name' | 'goal'>,
): MetricValue | null {
  const found =
    summary[name] ?? name.split('.').reduce<unknown>((value, part) => memberOf(value, part), summary)
  const value = MetricValue.safeParse(found)
  if (value.success) return value.data
  for (const kind of goal === 'minimize' ? ['min', 'best', 'last'] : ['max', 'best', 'last']) {
    const kept = MetricValue.safeParse(memberOf(found, kind))
    if (kept.success) return kept.data
  }
  return null
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}
