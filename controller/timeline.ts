// What the slots of agents worked when: attempts in columns, for a chart of lanes.
import type { Clock } from '../runtime/clock.ts'
import type { TimelineResponse } from '../sweeps/fleet-schema.ts'
import type { AttemptSpan } from '../sweeps/fleet-store.ts'
import type { AgentRecord, StoreReads } from '../sweeps/store.ts'
import type { AgentId, SweepId, SweepRecord } from '../sweeps/sweep.ts'

const DAY_MS = 86_400_000

export interface TimelineWindow {
  readonly sweep: SweepRecord | null
  /** Epoch ms. @default of a sweep: its creation; else a day before `until` */
  readonly since?: number | undefined
  /** @default now */
  readonly until?: number | undefined
  readonly limit: number
}

export async function readTimeline(
  { store, clock }: { readonly store: StoreReads; readonly clock: Clock },
  { sweep, since, until, limit }: TimelineWindow,
): Promise<TimelineResponse> {
  const now = clock.now()
  const end = until ?? now
  const begin = since ?? sweep?.createdAt ?? end - DAY_MS
  const known = await store.listAgents()
  const spans = await store.fleet.listSpans({
    agentIds: known.map(({ id }) => id),
    ...(sweep === null ? {} : { sweepId: sweep.id }),
    since: begin,
    until: end,
    limit: limit + 1,
  })
  const shown = spans.length > limit ? spans.slice(-limit) : spans
  const agents = agentsOf(known, shown, sweep?.id ?? null)
  const sweeps = await sweepsOf(store, shown)
  const agentPlaces = placesOf(agents.map(({ id }) => id))
  const sweepPlaces = placesOf(sweeps.map(({ id }) => id))
  return {
    sinceMs: begin,
    untilMs: end,
    nowMs: now,
    agents,
    sweeps,
    spans: {
      agent: shown.map(({ agentId }) => agentPlaces.get(agentId) ?? 0),
      slot: shown.map(({ slot }) => slot),
      runId: shown.map(({ runId }) => runId),
      runName: shown.map(({ runName }) => runName),
      attempt: shown.map(({ attempt }) => attempt),
      sweep: shown.map(({ sweepId }) => (sweepId === null ? null : (sweepPlaces.get(sweepId) ?? null))),
      startMs: shown.map(({ startedAt }) => startedAt),
      endMs: shown.map(({ endedAt }) => endedAt),
      outcome: shown.map(({ outcome }) => outcome),
    },
    cut: spans.length > limit,
  }
}

/** Those that worked something in it, and those that could. By host, then as they came. */
function agentsOf(
  known: readonly AgentRecord[],
  spans: readonly AttemptSpan[],
  sweepId: SweepId | null,
): TimelineResponse['agents'] {
  const worked = new Set<AgentId>(spans.map(({ agentId }) => agentId))
  const isPresent = ({ state, sweepIds }: AgentRecord) =>
    (state === 'alive' || state === 'draining') && (sweepId === null || sweepIds.includes(sweepId))
  return known
    .filter((agent) => worked.has(agent.id) || isPresent(agent))
    .sort((left, right) => left.host.localeCompare(right.host, 'en', { numeric: true }))
    .map(({ id, host, slots, state, lastSeenAt }) => ({ id, host, slots, state, lastSeenMs: lastSeenAt }))
}

async function sweepsOf(
  store: StoreReads,
  spans: readonly AttemptSpan[],
): Promise<{ id: SweepId; name: string }[]> {
  const ids = [...new Set(spans.flatMap(({ sweepId }) => sweepId ?? []))]
  const found = await Promise.all(ids.map((id) => store.findSweep(id)))
  return found.flatMap((sweep) => (sweep === null ? [] : [{ id: sweep.id, name: sweep.name }]))
}

function placesOf<Id>(ids: readonly Id[]): ReadonlyMap<Id, number> {
  return new Map(ids.map((id, place) => [id, place]))
}
