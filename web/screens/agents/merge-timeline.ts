// What the timeline knows, from the columns of the API, and what a later answer adds to it. Pure.
import type { SpanOutcome, TimelineAgent, TimelineSpan } from '../../../charts/timeline.ts'
import type { components } from '../../api/openapi.d.ts'

type TimelineAnswer = components['schemas']['TimelineResponse']

export interface Timeline {
  readonly agents: readonly TimelineAgent[]
  /** In order of start. */
  readonly spans: readonly TimelineSpan[]
  readonly sweepNames: ReadonlyMap<string, string>
  /** By the controller's clock. */
  readonly nowMs: number
  /** The oldest attempts are left out. */
  readonly isCut: boolean
}

export function readTimeline(answer: TimelineAnswer): Timeline {
  const { agents, sweeps, spans, nowMs, cut } = answer
  return {
    agents: agents.map(({ id, host, slots, state, lastSeenMs }) => ({
      id,
      host,
      slots,
      isPresent: state === 'alive' || state === 'draining',
      lastSeenMs,
    })),
    spans: spans.runId.map((runId, row): TimelineSpan => {
      const sweep = spans.sweep[row] ?? null
      return {
        runId,
        runName: spans.runName[row] ?? '',
        attempt: spans.attempt[row] ?? 0,
        agentId: agents[spans.agent[row] ?? 0]?.id ?? '',
        slot: spans.slot[row] ?? null,
        sweepId: sweep === null ? null : (sweeps[sweep]?.id ?? null),
        startMs: spans.startMs[row] ?? 0,
        endMs: spans.endMs[row] ?? null,
        outcome: (spans.outcome[row] ?? null) as SpanOutcome | null,
      }
    }),
    sweepNames: new Map(sweeps.map(({ id, name }) => [id, name])),
    nowMs,
    isCut: cut,
  }
}

/** @param newer everything that was open or ended since shortly before `known` was answered */
export function mergeTimeline(known: Timeline, newer: Timeline): Timeline {
  const keyOf = ({ runId, attempt }: TimelineSpan) => `${runId} ${attempt}`
  const spans = new Map(known.spans.map((span) => [keyOf(span), span]))
  for (const span of newer.spans) spans.set(keyOf(span), span)
  const agents = new Map(known.agents.map((agent) => [agent.id, agent]))
  // Whom the newer answer does not name has neither worked since nor is there now.
  for (const [id, agent] of agents) agents.set(id, { ...agent, isPresent: false })
  for (const agent of newer.agents) agents.set(agent.id, agent)
  return {
    agents: [...agents.values()].sort((left, right) =>
      left.host.localeCompare(right.host, 'en', { numeric: true }),
    ),
    spans: [...spans.values()].sort((left, right) => left.startMs - right.startMs),
    sweepNames: new Map([...known.sweepNames, ...newer.sweepNames]),
    nowMs: newer.nowMs,
    isCut: known.isCut,
  }
}
