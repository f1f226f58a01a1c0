// A suggestion made again from its record (suggestedBy) and the sweep's runs as they are now.
import type { SweepConfig } from './config.ts'
import { SweepError } from './errors.ts'
import { createSuggester } from './suggest.ts'
import type { HistoryEntry, Suggestion } from './suggest.ts'

interface Basis {
  readonly endedAt: number | null
  readonly pending: readonly number[]
  /** Values so far of running runs that counted with them. @default none */
  readonly soFar?: readonly (readonly [index: number, value: number | null])[]
}

/**
 * The suggestion of that index, bit for bit, `suggestedBy` included. Runs that nobody suggested are taken to have been
 * there.
 * @param runs of the sweep, in any order, with `latest` where the file says `impute: latest`; later ones are left out
 * @param suggestedBy the record that is stored with the run
 * @returns null when nothing was left to suggest, which does not happen with the sweep's own runs
 * @throws SweepError REQUEST_INVALID when the record has no index
 */
export function replaySuggestion(
  config: SweepConfig,
  seed: number,
  runs: readonly HistoryEntry[],
  suggestedBy: string,
): Suggestion | null {
  const record = JSON.parse(suggestedBy) as { index?: number; basis?: Basis }
  if (record.index === undefined) {
    throw new SweepError('REQUEST_INVALID', 'the record of the suggestion has no index', {
      hint: 'A record is {"method":"bayes","index":17,...}, as `sweep show RUN --json` has it in suggestedBy.',
    })
  }
  const { index } = record
  const basis = record.basis ?? { endedAt: null, pending: [] }
  const suggester = createSuggester(config, seed)
  const before = runs.filter((run) => (run.index ?? -1) < index)
  suggester.observe(before.map((run) => asOf(basis, run)))
  return suggester.suggest(index, 1).suggestions[0] ?? null
}

/** A run as it was then. What was neither open nor over had been given up: lost, and begun again later. */
function asOf({ endedAt, pending, soFar = [] }: Basis, run: HistoryEntry): HistoryEntry {
  const counted = soFar.find(([index]) => index === run.index)
  if (counted !== undefined) return { ...run, state: 'running', value: counted[1] }
  const wasOpen = typeof run.index === 'number' && pending.includes(run.index)
  if (wasOpen) return { ...run, state: 'running', value: null }
  const hadEnded = endedAt !== null && (run.endedAt ?? 0) <= endedAt
  return hadEnded ? run : { ...run, state: 'lost', value: null }
}
