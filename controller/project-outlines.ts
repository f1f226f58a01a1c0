// Projects as a list shows them: what is in each, and how new it is.
import type { ListProjectsResponse } from '../sweeps/fleet-schema.ts'
import type { StoreReads } from '../sweeps/store.ts'
import { isTerminalSweepState } from '../sweeps/sweep.ts'
import { isoTime } from './present.ts'

/** Those with the newest runs first. */
export async function listProjectOutlines(store: StoreReads): Promise<ListProjectsResponse['projects']> {
  const [projects, sweeps, counts] = await Promise.all([
    store.listProjects(),
    store.listSweeps(),
    store.fleet.countByProject(),
  ])
  const countsOf = new Map(counts.map((count) => [count.project, count]))
  const outlines = projects.map(({ name, createdAt }) => {
    const own = sweeps.filter(({ project }) => project === name)
    const { runs = 0, ownRuns = 0, newestAt = null } = countsOf.get(name) ?? {}
    const newest = Math.max(newestAt ?? -Infinity, ...own.map((sweep) => sweep.createdAt))
    return {
      name,
      createdAt,
      sweeps: own.length,
      running: own.filter(({ state }) => !isTerminalSweepState(state)).length,
      runs,
      ownRuns,
      newestAt: Number.isFinite(newest) ? newest : null,
    }
  })
  outlines.sort((left, right) => (right.newestAt ?? right.createdAt) - (left.newestAt ?? left.createdAt))
  return outlines.map((outline) => ({
    ...outline,
    createdAt: isoTime(outline.createdAt),
    newestAt: outline.newestAt === null ? null : isoTime(outline.newestAt),
  }))
}
