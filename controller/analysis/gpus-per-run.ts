// How many GPUs a run of a sweep has, as its newest runs tell.
import type { StoreReads } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'

/** So many of the newest runs that began are looked at. */
export const TELLING_RUNS = 3

/**
 * @param newest the newest runs that began, the newest first, at most TELLING_RUNS
 * @returns null: the agents hand out none, or no run told yet
 */
export async function readGpusPerRun(store: StoreReads, newest: readonly RunId[]): Promise<number | null> {
  for (const id of newest) {
    const told = (await store.listProvenance(id)).at(-1)
    if (told === undefined) continue
    const { devices } = told.facts
    return devices === null || devices === '' ? null : devices.split(',').length
  }
  return null
}
