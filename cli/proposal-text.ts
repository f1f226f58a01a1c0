// Why a configuration was proposed, as `sweep show RUN` prints it. What `suggestedBy` holds: docs/bayes.md.
import type { Fact } from './provenance-text.ts'
import { printable } from './terminal.ts'
import { formatMetric } from './show-values.ts'

type SuggestedBy = Readonly<Record<string, unknown>>

const MAX_PARAMETERS = 5

const SOURCES: Readonly<Record<string, string>> = {
  initial_configs: 'from initial_configs',
  initial: 'the start, before there is a model',
  exploration: 'exploration: no model could be made, or all that it found was taken',
}
const ARMS: Readonly<Record<string, string>> = {
  global: 'most expected improvement',
  'trust-region': 'near the best run',
  level: 'at another level of a category',
  outside: 'away from the best run',
  hop: 'a leap along what seems not to matter',
}

/** Every field may be missing: records of other methods and versions are shown as far as they go. */
export function proposalFacts(suggestedBy: SuggestedBy | null): Fact[] {
  if (suggestedBy === null) return []
  const facts: Fact[] = [['why', whyLine(suggestedBy)]]
  const scales = Object.entries(recordAt(suggestedBy, 'lengthScales'))
  const listed = scales.slice(0, MAX_PARAMETERS).map(([name, length]) => `${name} ${numberText(length)}`)
  if (listed.length > 0) facts.push(['matters', `${listed.join(' · ')}  (length scales: short matters more)`])
  const nearest = suggestedBy['nearest']
  const near = (Array.isArray(nearest) ? (nearest as unknown[]) : []).map((entry) => {
    const { run, distance } = entry as { run?: unknown; distance?: unknown }
    return `${String(run)} ${numberText(distance)}`
  })
  if (near.length > 0)
    facts.push(['nearest', `${near.join(' · ')}  (runs, with their distance in length scales)`])
  return facts.map(([name, text]) => [name, printable(text)])
}

function whyLine(record: SuggestedBy): string {
  const { method, index, source, arm, n, expected, std } = record
  const parts = [String(method)]
  if (source === 'model') {
    parts.push(`model of ${numberText(n)} runs`)
    const reason = ARMS[String(arm)]
    if (reason !== undefined) parts.push(reason)
    if (typeof expected === 'number') parts.push(`expected ${numberText(expected)} ± ${numberText(std)}`)
  } else if (typeof source === 'string') {
    parts.push(SOURCES[source] ?? source)
  }
  return [...parts, `suggestion ${numberText(index)}`].join(' · ')
}

function recordAt(record: SuggestedBy, key: string): Readonly<Record<string, unknown>> {
  const value = record[key]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function numberText(value: unknown): string {
  return typeof value === 'number' ? formatMetric(value, true) : '–'
}
