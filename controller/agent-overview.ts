// Agents as people look at them: what the store remembers, and what the leader has heard of them since.
import type { AgentJson } from '../sweeps/api-schema.ts'
import type { Clock } from '../runtime/clock.ts'
import type { AgentRecord, StoreReads } from '../sweeps/store.ts'
import type { RunId, SweepRecord } from '../sweeps/sweep.ts'
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
  const { store } = deps
  const [ends, open] = await Promise.all([
    store.fleet.countEndsOf(agents.map(({ id }) => id)),
    store.listOpenAttempts(),
  ])
  const endsOf = new Map(ends.map((count) => [count.agentId, count]))
  const list: AgentJson[] = []
  let sampledCount = 0
  for (const agent of agents) {
    const own = open.filter(({ agentId }) => agentId === agent.id)
    const counts = endsOf.get(agent.id) ?? NO_ENDS
    sampledCount += own.length
    list.push({
      ...presentAgent(deps, agent, own),
      runs: { finished: counts.finished, failed: counts.failed },
      lastError: counts.failed === 0 ? null : lastErrorOf(await store.fleet.findLastFailure(agent.id)),
      utilization: sampledCount <= MAX_SAMPLED_RUNS ? await readUtilization(store, own) : NOT_KNOWN,
    })
  }
  return list
}

const NO_ENDS = { finished: 0, failed: 0 } as const

function presentAgent(
  { dispatcher, clock }: AgentOverviewDeps,
  agent: AgentRecord,
  open: readonly AttemptRecord[],
): Omit<AgentJson, 'runs' | 'lastError' | 'utilization'> {
  const heard = dispatcher.agentStatus(agent.id)
  const isGone = agent.state === 'left' || agent.state === 'lost'
  const now = open.map((attempt) => attempt.runId)
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
    now: [...new Set<RunId>(now)],
    version: agent.version,
    drained: agent.drain,
    quarantine: agent.quarantine === null ? null : { ...agent.quarantine, at: isoTime(agent.quarantine.at) },
  }
}

/** Of the newest failure the last line that says why. */
function lastErrorOf(last: AttemptRecord | null): AgentJson['lastError'] {
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
