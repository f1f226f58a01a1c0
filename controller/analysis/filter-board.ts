// The runs of a board that a filter takes, as lists of runs filter them.
import { parseRunFilter } from '../../sweeps/run-filter.ts'
import type { RunFacts } from '../../sweeps/store.ts'
import type { RunId, SweepRecord } from '../../sweeps/sweep.ts'
import { filterableOf } from '../filterable-facts.ts'
import type { Standings } from '../standings.ts'

/** @param where undefined or empty: all of them @throws SweepError REQUEST_INVALID when it is no filter */
export async function filterBoard(
  standings: Standings,
  sweep: SweepRecord,
  runs: readonly RunFacts[],
  where: string | undefined,
): Promise<{ readonly runs: readonly RunFacts[]; readonly ranks: ReadonlyMap<RunId, number> }> {
  const ranks = await standings.ranksOf(sweep)
  if (where === undefined || where.trim() === '') return { runs, ranks }
  const takes = parseRunFilter(where)
  return { runs: runs.filter((facts) => takes(filterableOf(facts, ranks.get(facts.id) ?? null))), ranks }
}

/** Of a metric: for the sweep's own what ranks the run, for others the last value; null: it was not reported. */
export function metricOf(sweep: SweepRecord, facts: RunFacts, metric: string): number | null {
  if (sweep.metric?.name === metric) return facts.value
  return facts.summaries.find(({ key }) => key === metric)?.last ?? null
}
