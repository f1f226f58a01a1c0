// Why a configuration was proposed, in the words of `sweep show RUN` (cli/proposal-text.ts). What `suggestedBy` holds:
// docs/bayes.md. Every field may be missing: records of other methods and versions are shown as far as they go.
import { formatNumber } from '../../format/number.ts'

export interface ProposalWords {
  readonly why: string
  /** The shorter the scale, the more the parameter matters. */
  readonly scales: readonly { readonly name: string; readonly length: string }[]
  readonly nearest: readonly { readonly run: string; readonly distance: string }[]
}

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

export function proposalWords(
  suggestedBy: Readonly<Record<string, unknown>> | null,
  specVersion: number | null,
): ProposalWords | null {
  if (suggestedBy === null) return null
  const scales = Object.entries(recordAt(suggestedBy, 'lengthScales')).slice(0, MAX_PARAMETERS)
  const nearest = suggestedBy['nearest']
  return {
    why: whyLine(suggestedBy, specVersion),
    scales: scales.map(([name, length]) => ({ name, length: numberText(length) })),
    nearest: (Array.isArray(nearest) ? (nearest as unknown[]) : []).map((entry) => {
      const { run, distance } = (entry ?? {}) as { run?: unknown; distance?: unknown }
      return { run: textOf(run), distance: numberText(distance) }
    }),
  }
}

function whyLine(record: Readonly<Record<string, unknown>>, specVersion: number | null): string {
  const { method, index, source, arm, n, expected, std } = record
  const parts = [textOf(method)]
  if (specVersion !== null) parts.push(`space v${specVersion}`)
  if (source === 'model') {
    parts.push(`model of ${numberText(n)} runs`)
    const reason = ARMS[textOf(arm)]
    if (reason !== undefined) parts.push(reason)
    if (typeof expected === 'number') parts.push(`expected ${numberText(expected)} ± ${numberText(std)}`)
  } else if (typeof source === 'string') {
    parts.push(SOURCES[source] ?? source)
  }
  return [...parts, `suggestion ${numberText(index)}`].join(' · ')
}

function recordAt(record: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = record[key]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '–' : JSON.stringify(value)
}

function numberText(value: unknown): string {
  return typeof value === 'number' ? formatNumber(value) : '–'
}
