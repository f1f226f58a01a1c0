// What a page is told of a stretch of the change log: the entries as they are, and the newest state of everything
// that they name. Whoever applies the messages one after the other to a snapshot has the state of a later snapshot.
import type { AgentRecord, Change, ChangeScope, StoreReads } from '../../sweeps/store.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import { isoTime } from '../present.ts'
import type { Standings } from '../standings.ts'
import { runRow } from './run-cells.ts'
import { writeSweep } from './snapshot-text.ts'

/** Entries of the log in one message, at most. 4 messages a second carry 8,000. */
export const MAX_ENTRIES = 2_000

export interface ChangeMessage {
  /** Every entry up to here was told. */
  readonly seq: number
  /** JSON; null when no entry is of the scope. */
  readonly text: string | null
}
/** Entries after `since` are no longer kept. */
export type ExpiredChanges = 'expired'

export interface ChangeMessageDeps {
  readonly store: StoreReads
  readonly standings: Standings
}

/**
 * The message on the entries after `since`.
 * @param newest the newest seq, read before this call
 */
export async function writeChangeMessage(
  deps: ChangeMessageDeps,
  since: number,
  newest: number,
  scope: ChangeScope,
): Promise<ChangeMessage | ExpiredChanges> {
  const entries = await deps.store.readChanges(since, MAX_ENTRIES, scope)
  // Asked last: what was forgotten meanwhile may be missing from the entries.
  if (since + 1 < (await deps.store.oldestSeq())) return 'expired'
  const last = entries.at(-1)?.seq ?? since
  const seq = entries.length < MAX_ENTRIES ? Math.max(newest, last) : last
  if (entries.length === 0) return { seq, text: null }
  const { runs, sweeps, agents } = await readNewest(deps, entries)
  const events = entries.map((entry) => JSON.stringify(presentChange(entry)))
  return {
    seq,
    text: `{"seq":${seq},"runs":[${runs.join(',')}],"sweeps":[${sweeps.join(',')}],"agents":[${agents.join(',')}],"events":[${events.join(',')}]}`,
  }
}

export function presentChange(change: Change): Omit<Change, 'at'> & { at: string } {
  return { ...change, at: isoTime(change.at) }
}

/**
 * The newest state of what the entries name, as JSON. It is read after the entries, so it may be newer than they are:
 * then later entries name it again.
 */
async function readNewest(
  { store, standings }: ChangeMessageDeps,
  entries: readonly Change[],
): Promise<{ runs: string[]; sweeps: string[]; agents: string[] }> {
  const runIds = idsOf(entries, 'run') as RunId[]
  const agentIds = idsOf(entries, 'agent') as AgentId[]
  const [runs, sweeps, agents] = await Promise.all([
    store.findRunFacts(runIds),
    // What a run does shows in its sweep's counts and best.
    Promise.all([...new Set(entries.flatMap(({ sweepId }) => sweepId ?? []))].map(writeNewestSweep)),
    Promise.all(agentIds.map((id) => store.findAgent(id))),
  ])
  return {
    runs: runs.map(runRow),
    sweeps: sweeps.flatMap((text) => text ?? []),
    agents: agents.flatMap((agent) => (agent === null ? [] : writeAgent(agent))),
  }

  async function writeNewestSweep(id: SweepId): Promise<string | null> {
    const sweep = await store.findSweep(id)
    if (sweep === null) return null
    const [counts, best, commits] = await Promise.all([
      store.countRunsByState(id),
      standings.bestOf(sweep),
      store.countCommits(id),
    ])
    return writeSweep({ sweep, counts, best, commits })
  }
}

function idsOf(entries: readonly Change[], entity: Change['entity']): string[] {
  return [...new Set(entries.filter((entry) => entry.entity === entity).map(({ entityId }) => entityId))]
}

/** What is stored of an agent; how it beats and what it works now is in GET /agents. */
function writeAgent({ id, host, state, slots, sweepIds, labels, drain, version }: AgentRecord): string {
  return JSON.stringify({ id, host, state, slots, sweepIds, labels, drain, version })
}
