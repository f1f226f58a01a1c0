// Agents as people look at them: what the store remembers, and what the leader has heard of them since.
import type { AgentJson } from '../sweeps/agent-schema.ts'
import type { Clock } from '../runtime/clock.ts'
import type { AgentEnds, AgentRecord, StoreReads, SystemChunk } from '../sweeps/store.ts'
import type { AgentId, SweepRecord } from '../sweeps/sweep.ts'
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
  return presentAgents(deps, sweep === null ? all : all.filter((agent) => agent.sweepIds.includes(sweep.id)))
}

/** What is known of an agent besides its record. */
interface AgentFigures {
  readonly ends: AgentEnds | undefined
  readonly open: readonly AttemptRecord[]
  readonly lastFailure: AttemptRecord | undefined
  /** The newest of the runs that it works. */
  readonly samples: readonly SystemChunk[]
}

/** A few queries, however many agents there are. */
export async function presentAgents(
  deps: AgentOverviewDeps,
  agents: readonly AgentRecord[],
): Promise<AgentJson[]> {
  const { store } = deps
  const [ends, failures, open] = await Promise.all([
    store.countEnds(null),
    store.listLastFailures(),
    store.listOpenAttempts(),
  ])
  const samples = await store.listNewestSamples([...new Set(open.map(({ runId }) => runId))])
  const endsOf = new Map(ends.map((end) => [end.agentId, end]))
  const failureOf = new Map(failures.map((attempt) => [attempt.agentId, attempt]))
  const sampleOf = new Map(samples.map((chunk) => [chunk.runId, chunk]))
  const openOf = new Map<AgentId, AttemptRecord[]>(agents.map(({ id }) => [id, []]))
  for (const attempt of open) openOf.get(attempt.agentId)?.push(attempt)
  return agents.map((agent) => {
    const own = openOf.get(agent.id) ?? []
    return presentAgent(deps, agent, {
      ends: endsOf.get(agent.id),
      open: own,
      lastFailure: failureOf.get(agent.id),
      // A sample of an earlier attempt is of another machine.
      samples: own.flatMap(({ runId, attempt }) => {
        const chunk = sampleOf.get(runId)
        return chunk?.attempt === attempt ? [chunk] : []
      }),
    })
  })
}

function presentAgent(
  { dispatcher, clock }: AgentOverviewDeps,
  agent: AgentRecord,
  { ends, open, lastFailure, samples }: AgentFigures,
): AgentJson {
  const heard = dispatcher.agentStatus(agent.id)
  const isGone = agent.state === 'left' || agent.state === 'lost'
  return {
    id: agent.id,
    host: agent.host,
    state: agent.state,
    slots: agent.slots,
    busy: open.length,
    sweepIds: [...agent.sweepIds],
    labels: { ...agent.labels },
    lastSeenAt: isoTime(agent.lastSeenAt),
    silentMs: heard?.silentMs ?? Math.max(0, clock.now() - agent.lastSeenAt),
    suspect: !isGone && (heard?.suspect ?? false),
    runs: { finished: ends?.finished ?? 0, failed: ends?.failed ?? 0 },
    now: [...new Set(open.map(({ runId }) => runId))],
    version: agent.version,
    drained: agent.drain,
    quarantine: agent.quarantine === null ? null : { ...agent.quarantine, at: isoTime(agent.quarantine.at) },
    lastError: lastFailure === undefined ? null : describeFailure(lastFailure),
    utilization: readUtilization(samples),
  }
}

/** With the last line that says why. */
function describeFailure({ runId, endedAt, stderrTail, reason }: AttemptRecord): AgentJson['lastError'] {
  const line = (stderrTail ?? '').trimEnd().split('\n').at(-1)?.trim() ?? ''
  return { runId, at: endedAt === null ? null : isoTime(endedAt), text: line === '' ? (reason ?? '') : line }
}

/** The mean over the GPUs of its runs, and the machine's CPU. */
function readUtilization(samples: readonly SystemChunk[]): NonNullable<AgentJson['utilization']> {
  const gpus: number[] = []
  let cpuPercent: number | null = null
  for (const chunk of samples) {
    for (const [key, value] of Object.entries(chunk.samples.at(-1)?.values ?? {})) {
      if (value === null) continue
      if (/^system\.gpu\.\d+\.gpu$/.test(key)) gpus.push(value)
      if (key === 'system.cpu') cpuPercent = value
    }
  }
  const sum = gpus.reduce((total, value) => total + value, 0)
  return { gpuPercent: gpus.length === 0 ? null : Math.round(sum / gpus.length), cpuPercent }
}
