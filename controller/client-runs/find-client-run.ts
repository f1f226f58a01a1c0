// Which run a client means: by the id that it gave it in a project, by ours, or by the key that it shows.
import { SweepError } from '../../sweeps/errors.ts'
import type { RunKey } from '../../sweeps/run-key.ts'
import type { ClientRunRecord } from '../../sweeps/client-run.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { StoreReads } from '../../sweeps/store.ts'
import { ID_PATTERN } from '../../sweeps/sweep.ts'
import type { RunId } from '../../sweeps/sweep.ts'

/** A run with what its client says of it; null: no client ever did. */
export interface ClientRun {
  readonly run: RunRecord
  readonly client: ClientRunRecord | null
}

export async function findByName(
  store: StoreReads,
  project: string | null,
  name: string,
  { sweep = null, key = null }: { sweep?: string | null; key?: RunKey | null } = {},
): Promise<ClientRun | null> {
  // Who shows a run's key means that run by its id, whatever project the script names.
  if (key !== null && key.runId === name) return findById(store, name)
  if (project !== null) {
    const client = await store.clientRuns.findByName(project, name)
    if (client !== null) return findById(store, client.runId)
  }
  const found = await findById(store, name)
  if (found === null) return null
  const isMeant =
    (found.client === null && found.run.project === project) ||
    (sweep !== null && found.run.sweepId === sweep)
  return isMeant ? found : null
}

export async function findById(store: StoreReads, id: string): Promise<ClientRun | null> {
  if (!ID_PATTERN.test(id)) return null
  const runId = id as RunId
  const run = await store.findRun(runId)
  if (run === null) return null
  return { run, client: (await store.clientRuns.find([runId])).get(runId) ?? null }
}

/** @throws SweepError FORBIDDEN: a run's key is good for that run, and for those that its own process began */
export function checkKey(key: RunKey | null, found: ClientRun): void {
  if (key === null || mayReport(key, found)) return
  throw new SweepError('FORBIDDEN', `the key of run ${key.runId} may not report run ${found.run.id}`, {
    hint: 'Leave WANDB_RUN_ID and wandb.init(id=...) alone under an agent.',
  })
}

/** @param key null: a person's token */
export function mayReport(key: RunKey | null, { run, client }: ClientRun): boolean {
  return key === null || key.runId === run.id || client?.startedBy === key.runId
}
