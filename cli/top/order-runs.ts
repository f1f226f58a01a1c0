// Which runs `sweep top` lists, and in what order. By rank, running runs stand where they would rank now; they never hold
// a place number.
import type { LiveRun } from '../../sweeps/live-schema.ts'
import type { RunSelection } from './filter-runs.ts'
import { isRanked, numberOf } from './live-runs.ts'
import { readCell } from './run-cells.ts'
import type { CellWorld } from './run-cells.ts'

export interface SortOrder {
  readonly column: string
  readonly isDescending: boolean
}

export const BY_RANK: SortOrder = { column: 'rank', isDescending: false }

export function orderRuns(world: CellWorld, selection: RunSelection | null, order: SortOrder): LiveRun[] {
  const { runs } = world
  const takes = (run: LiveRun) => selection === null || selection.takes(run, runs)
  if (order.column === 'rank') {
    const byRank = orderByRank(world).filter(takes)
    return order.isDescending ? byRank.reverse() : byRank
  }
  const keyed = [...runs.all]
    .filter(takes)
    .map((run) => ({ run, key: readCell(run, order.column, world).key }))
  const sign = order.isDescending ? -1 : 1
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null)
    if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key)
    const [left, right] = [String(a.key), String(b.key)]
    return left === right ? 0 : left < right ? -sign : sign
  })
  return keyed.map(({ run }) => run)
}

/** Ranked and running ones by value; then running ones without a value, waiting ones, and the rest, newest first. */
function orderByRank({ runs }: CellWorld): LiveRun[] {
  const placed: { readonly run: LiveRun; readonly after: number }[] = []
  const rest: LiveRun[] = []
  for (const run of runs.all) {
    if (isRanked(run)) continue
    if (run.state === 'running' && !Number.isNaN(numberOf(run.value)))
      placed.push({ run, after: runs.countBetter(run) })
    else rest.push(run)
  }
  const sign = runs.sweep.metric?.goal === 'maximize' ? -1 : 1
  placed.sort((a, b) => a.after - b.after || sign * (numberOf(a.run.value) - numberOf(b.run.value)))
  const ordered: LiveRun[] = []
  let next = 0
  for (const [index, run] of runs.ranked.entries()) {
    while ((placed[next]?.after ?? Infinity) <= index) {
      const found = placed[next++]
      if (found !== undefined) ordered.push(found.run)
    }
    ordered.push(run)
  }
  ordered.push(...placed.slice(next).map(({ run }) => run))
  const turn = (run: LiveRun) => REST_ORDER[run.state] ?? 2
  rest.sort((a, b) => turn(a) - turn(b) || b.createdAtMs - a.createdAtMs)
  return [...ordered, ...rest]
}

const REST_ORDER: Readonly<Partial<Record<LiveRun['state'], number>>> = {
  running: 0,
  queued: 1,
  preempted: 1,
}
