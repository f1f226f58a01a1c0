// The use cases on agents: what a person orders them to do. An order is a row and an entry of the change log; the
// leader follows the log and tells the agent.
import type { Clock } from '../runtime/clock.ts'
import { AGENT_ORDERS, type AgentOrder } from '../sweeps/agent-schema.ts'
import { NotFoundError, SweepError } from '../sweeps/errors.ts'
import { nearestName } from '../sweeps/nearest-name.ts'
import type { AgentRecord, SweepStore } from '../sweeps/store.ts'
import type { Dispatcher } from './dispatch-port.ts'
import { MIN_PREFIX_LENGTH } from './resolve-ref.ts'

export interface AgentServiceDeps {
  readonly store: SweepStore
  readonly dispatcher: Pick<Dispatcher, 'lookForChanges'>
  readonly clock: Clock
}

export interface AgentService {
  /**
   * Orders one agent, or every agent of a host that has not left. What is so already is no error.
   * @param ref an agent's id, a unique prefix of it, or a host's name
   * @throws NotFoundError, SweepError AMBIGUOUS_ID; ILLEGAL_TRANSITION to drain one that has left
   */
  order(
    ref: string,
    order: AgentOrder,
    reason: string | null,
  ): Promise<{ agents: AgentRecord[]; changed: boolean }>
}

export function createAgentService({ store, dispatcher, clock }: AgentServiceDeps): AgentService {
  return {
    async order(ref, order, reason) {
      const found = await store.write(async (tx) => {
        const agents = findAgents(await tx.listAgents(), ref)
        const at = clock.now()
        const ordered = agents.map((agent) => obey(agent, order, { reason, at }))
        const changed = ordered.filter((agent, index) => agent !== agents[index])
        for (const agent of changed) await tx.saveAgent(agent)
        await tx.recordChanges(
          changed.map((agent) => ({
            at,
            entity: 'agent' as const,
            entityId: agent.id,
            sweepId: null,
            event: AGENT_ORDERS[order],
            data: {
              ...(reason === null ? {} : { reason }),
              ...(order === 'quarantine' ? { by: 'person' } : {}),
            },
          })),
        )
        return { agents: ordered, changed: changed.length > 0 }
      })
      if (found.changed) dispatcher.lookForChanges()
      return found
    },
  }
}

/** The agent as ordered; the same object when it is so already. */
function obey(
  agent: AgentRecord,
  order: AgentOrder,
  { reason, at }: { reason: string | null; at: number },
): AgentRecord {
  switch (order) {
    case 'drain':
      if (agent.state === 'left' || agent.state === 'lost') throw hasLeft(agent)
      return agent.drain ? agent : { ...agent, drain: true }
    case 'undrain':
      return agent.drain || agent.quarantine !== null ? { ...agent, drain: false, quarantine: null } : agent
    case 'quarantine': {
      const isSo =
        agent.quarantine?.by === 'person' && (reason === null || reason === agent.quarantine.reason)
      const quarantine = { by: 'person' as const, at, reason: reason ?? 'a person put it into quarantine' }
      return isSo ? agent : { ...agent, quarantine }
    }
  }
}

function findAgents(all: readonly AgentRecord[], ref: string): AgentRecord[] {
  const exact = all.filter((agent) => agent.id === ref)
  const isHere = (agent: AgentRecord) => agent.state !== 'left' && agent.state !== 'lost'
  const ofHost = all.filter((agent) => agent.host === ref)
  // Those that have left too when there is no other: a person may keep a machine out that is off now.
  const hosted = ofHost.some(isHere) ? ofHost.filter(isHere) : ofHost
  const prefixed = ref.length < MIN_PREFIX_LENGTH ? [] : all.filter((agent) => agent.id.startsWith(ref))
  if (exact.length > 0) return exact
  if (hosted.length > 0) return hosted
  if (prefixed.length === 1) return prefixed
  if (prefixed.length === 0) throw notFound(all, ref)
  const shown = prefixed.slice(0, 5).map(({ id, host }) => `${id} (${host})`)
  throw new SweepError('AMBIGUOUS_ID', `"${ref}" fits ${prefixed.length} agents: ${shown.join(', ')}`, {
    hint: 'Give more characters.',
  })
}

function notFound(all: readonly AgentRecord[], ref: string): NotFoundError {
  const near = nearestName(ref, [...new Set(all.map(({ host }) => host))])
  return new NotFoundError('agent', ref, near === null ? [] : [near])
}

function hasLeft({ id, state }: AgentRecord): SweepError {
  return new SweepError(
    'ILLEGAL_TRANSITION',
    `agent ${id} has ${state === 'left' ? 'left' : 'been lost'}: it cannot be drained`,
    {
      hint: `To keep it out when it comes back:  sweep quarantine ${id}`,
    },
  )
}
