// Agents as people look at them: what the store remembers, and what the leader has heard of them since.
import type { AgentJson } from '../sweeps/api-schema.ts'
import type { Clock } from '../runtime/clock.ts'
import type { AgentRecord, StoreReads } from '../sweeps/store.ts'
import type { AgentId, RunId, SweepRecord } from '../sweeps/sweep.ts'
import type { AttemptRecord } from '../sweeps/run.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { isoTime } from './present.ts'

export interface AgentOverviewDeps {
  readonly store: StoreReads
  readonly dispatcher: Pick<Dispatcher, 'agentStatus'>
  readonly clock: Clock
}

/** @param sweep only agents that work it; null: all */
export async function listAgentOverviews(
  deps: AgentOverviewDeps,
  sweep: SweepRecord | null,
): Promise<AgentJson[]> {
  const all = await deps.store.listAgents()
  const agents = sweep === null ? all : all.filter((agent) => agent.sweepIds.includes(sweep.id))
  const attempts = await attemptsByAgent(deps.store, agents)
  return agents.map((agent) => presentAgent(deps, agent, attempts.get(agent.id) ?? []))
}

function presentAgent(
  { dispatcher, clock }: AgentOverviewDeps,
  agent: AgentRecord,
  attempts: readonly AttemptRecord[],
): AgentJson {
  const heard = dispatcher.agentStatus(agent.id)
  const isGone = agent.state === 'left' || agent.state === 'lost'
  const now = attempts.filter((attempt) => attempt.outcome === null).map((attempt) => attempt.runId)
  return {
    id: agent.id,
    host: agent.host,
    state: agent.state,
    slots: agent.slots,
    busy: now.length,
    sweepIds: [...agent.sweepIds],
    labels: { ...agent.labels },
    lastSeenAt: isoTime(agent.lastSeenAt),
    silentMs: heard?.silentMs ?? Math.max(0, clock.now() - agent.lastSeenAt),
    suspect: !isGone && (heard?.suspect ?? false),
    runs: {
      finished: attempts.filter((attempt) => attempt.outcome === 'finished').length,
      failed: attempts.filter((attempt) => attempt.outcome === 'failed').length,
    },
    now: [...new Set<RunId>(now)],
  }
}

async function attemptsByAgent(
  store: StoreReads,
  agents: readonly AgentRecord[],
): Promise<Map<AgentId, AttemptRecord[]>> {
  const byAgent = new Map<AgentId, AttemptRecord[]>(agents.map((agent) => [agent.id, []]))
  for (const sweepId of new Set(agents.flatMap((agent) => agent.sweepIds))) {
    const runs = await store.listRuns({ sweepId })
    for (const attempt of await store.listAttempts(runs.map((run) => run.id))) {
      byAgent.get(attempt.agentId)?.push(attempt)
    }
  }
  return byAgent
}
