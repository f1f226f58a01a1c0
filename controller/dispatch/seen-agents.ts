// When agents were last seen and in what state, as beats tell it: gathered, and written in one unit for many. With a
// unit for each beat, the first ones of 1,000 agents after a restart of the controller took as many commits.
import type { Clock } from '../../runtime/clock.ts'
import type { AgentRecord, NewChange, SweepStore } from '../../sweeps/store.ts'
import type { AgentId } from '../../sweeps/sweep.ts'
import type { LiveAgent } from './live-agents.ts'

/** How often an agent's last-seen time is written while nothing else about it changes. */
const SAVE_INTERVAL_MS = 10_000
/** Between two units that write nothing but last-seen times. */
const GATHER_MS = 250

export interface SeenAgents {
  /** Takes an agent as its newest beat showed it. @param record as stored before that beat; null: not there */
  add(agent: LiveAgent, record: AgentRecord | null): void
  /**
   * Writes what is due in one unit: changed states and incarnations at once, last-seen times at most every 250 ms.
   * Agents that are not registered any more are left out. Rejects when the store is away; then it is still due.
   */
  write(): Promise<void>
}

export function createSeenAgents(options: {
  readonly store: SweepStore
  readonly clock: Clock
  readonly epoch: number
}): SeenAgents {
  const { store, clock, epoch } = options
  const waiting = new Map<AgentId, LiveAgent>()
  let isUrgent = false
  let writtenAtMs = -Infinity

  async function writeAll(agents: readonly LiveAgent[], now: number): Promise<void> {
    await store.write(
      async (tx) => {
        const records = new Map((await tx.findAgents(agents.map(({ id }) => id))).map((r) => [r.id, r]))
        const toSave: AgentRecord[] = []
        const changes: NewChange[] = []
        for (const agent of agents) {
          const record = records.get(agent.id)
          if (record === undefined) continue
          const state = agentState(agent, record)
          const incarnation = Math.max(record.incarnation, agent.incarnation)
          toSave.push({ ...record, incarnation, host: agent.host, state, lastSeenAt: now })
          if (state === record.state) continue
          const event = `agent.${state}`
          changes.push({ at: now, entity: 'agent', entityId: agent.id, sweepId: null, event, data: {} })
        }
        await tx.saveAgents(toSave)
        await tx.recordChanges(changes)
      },
      { epoch },
    )
  }

  return {
    add(agent, record) {
      const hasChanged =
        record !== null &&
        (agent.incarnation > record.incarnation || agentState(agent, record) !== record.state)
      const isDue = hasChanged || clock.now() - agent.savedAt >= SAVE_INTERVAL_MS
      if (isDue || waiting.has(agent.id)) waiting.set(agent.id, agent)
      if (hasChanged) isUrgent = true
    },
    async write() {
      if (waiting.size === 0 || (!isUrgent && clock.monotonicMs() - writtenAtMs < GATHER_MS)) return
      const now = clock.now()
      const agents = [...waiting.values()]
      await writeAll(agents, now)
      for (const agent of agents) agent.savedAt = now
      waiting.clear()
      isUrgent = false
      writtenAtMs = clock.monotonicMs()
    },
  }
}

function agentState(agent: LiveAgent, record: AgentRecord): AgentRecord['state'] {
  if (agent.isLeaving) return 'left'
  const isDraining = record.drain || record.quarantine !== null || agent.capacity === 0
  return isDraining ? 'draining' : 'alive'
}
