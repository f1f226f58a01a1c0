// The runs of a project as W&B's lists and filters look at them, kept in memory between requests (board.ts): beside
// their facts what a client said of them, and their last values.
import type { ClientRunRecord } from '../sweeps/client-run.ts'
import type { RunFacts, StoreReads } from '../sweeps/store.ts'
import { createBoards } from './board.ts'
import type { BoardLimits, Boards } from './board.ts'

export interface ProjectRun extends RunFacts {
  /** null: no client ever reported it by itself. */
  readonly client: ClientRunRecord | null
  /** Last values that are no numbers, as JSON text by key. */
  readonly values: ReadonlyMap<string, string>
}

/** By name of the project. */
export type ProjectBoards = Boards<string, ProjectRun>

export function createProjectBoards(store: StoreReads, limits: BoardLimits = {}): ProjectBoards {
  return createBoards<string, ProjectRun>(
    store,
    {
      load: async (project) => withSayings(store, await store.listRunFacts({ project })),
      find: async (project, ids) => {
        const facts = await store.findRunFacts(ids)
        return withSayings(
          store,
          facts.filter((run) => run.project === project),
        )
      },
      scopeOf: () => ({}), // the change log knows no projects
      lastSeqOf: () => store.lastSeq(),
    },
    limits,
  )
}

async function withSayings(store: StoreReads, facts: readonly RunFacts[]): Promise<ProjectRun[]> {
  const ids = facts.map(({ id }) => id)
  const [clients, values] = await Promise.all([store.clientRuns.find(ids), store.listValuesOf(ids)])
  return facts.map((run) => ({
    ...run,
    client: clients.get(run.id) ?? null,
    values: values.get(run.id) ?? NO_VALUES,
  }))
}

const NO_VALUES: ReadonlyMap<string, string> = new Map()
