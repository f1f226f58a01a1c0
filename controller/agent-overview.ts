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

/** Of so many runs the newest sample is read, for the utilisation of their agents: it costs a query each. */
const MAX_SAMPLED_RUNS = 200

/** @param sweep only agents that work it; null: all */
export async function listAgentOverviews(
  deps: AgentOverviewDeps,
  sweep: SweepRecord | null,
): Promise<AgentJson[]> {
  const all = await deps.store.listAgents()
  return presentAgents(deps, sweep === null ? all : all.filter((agent) => agent.sweepIds.includes(sweep.id)))
}

export async function presentAgents(
  deps: AgentOverviewDeps,
  agents: readonly AgentRecord[],
): Promise<AgentJson[]> {
  const attempts = await attemptsByAgent(deps.store, agents)
  const list: AgentJson[] = []
  let sampledCount = 0
  for (const agent of agents) {
    const own = attempts.get(agent.id) ?? []
    const open = own.filter((attempt) => attempt.outcome === null)
    sampledCount += open.length
    const utilization = sampledCount <= MAX_SAMPLED_RUNS ? await readUtilization(deps.store, open) : NOT_KNOWN
    list.push({ ...presentAgent(deps, agent, own), utilization })
  }
  return list
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
    version: agent.version,
    drained: agent.drain,
    quarantine: agent.quarantine === null ? null : { ...agent.quarantine, at: isoTime(agent.quarantine.at) },
    lastError: lastErrorOf(attempts),
  }
}

/** The newest failure: of whatever run, with the last line that says why. */
function lastErrorOf(attempts: readonly AttemptRecord[]): AgentJson['lastError'] {
  let last: AttemptRecord | null = null
  for (const attempt of attempts)
    if (attempt.outcome === 'failed' && (attempt.endedAt ?? 0) >= (last?.endedAt ?? 0)) last = attempt
  if (last === null) return null
  const line = (last.stderrTail ?? '').trimEnd().split('\n').at(-1)?.trim() ?? ''
  const text = line === '' ? (last.reason ?? '') : line
  return { runId: last.runId, at: last.endedAt === null ? null : isoTime(last.endedAt), text }
}

const NOT_KNOWN = { gpuPercent: null, cpuPercent: null } as const

/** From the newest samples of the runs that it works: the mean over their GPUs, and the machine's CPU. */
async function readUtilization(
  store: StoreReads,
  open: readonly AttemptRecord[],
): Promise<NonNullable<AgentJson['utilization']>> {
  const gpus: number[] = []
  let cpuPercent: number | null = null
  for (const { runId, attempt } of open) {
    const [chunk] = await store.readSystemChunks(runId, { attempt, lastChunks: 1 })
    for (const [key, value] of Object.entries(chunk?.samples.at(-1)?.values ?? {})) {
      if (value === null) continue
      if (/^system\.gpu\.\d+\.gpu$/.test(key)) gpus.push(value)
      if (key === 'system.cpu') cpuPercent = value
    }
  }
  const sum = gpus.reduce((total, value) => total + value, 0)
  return { gpuPercent: gpus.length === 0 ? null : Math.round(sum / gpus.length), cpuPercent }
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
