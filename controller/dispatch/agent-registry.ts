// Agents' registration, and their own Redis users: each may touch its mailbox and its commands, read the stream's
// generation and append to the report stream, and nothing else.
import type { Redis } from 'ioredis'
import { parseSweepFile, problemsBeforeRunning } from '../../sweeps/config.ts'
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import {
  OPTIONAL_REPORTS,
  POLLING_AGENT_VERSION,
  PROTOCOL_VERSION,
  redisNames,
} from '../../sweeps/protocol.ts'
import type { RegisterAgentRequest, RegisterAgentResponse } from '../../sweeps/protocol.ts'
import type { AgentRecord, SweepStore } from '../../sweeps/store.ts'
import { createId } from '../../sweeps/sweep.ts'
import type { AgentId, SweepId, SweepRecord } from '../../sweeps/sweep.ts'
import { randomInt } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import type { LeaseTimes } from './leases.ts'
import { hashAgentKey, isAgentKey } from './stream-entries.ts'

const USER_KEPT_MS = 60_000

export interface AgentRegistryOptions {
  readonly store: SweepStore
  readonly control: Redis
  readonly deployment: string
  readonly times: LeaseTimes
  readonly clock: Clock
}

export interface AgentRegistry {
  /** @throws SweepError NOT_FOUND for an unknown sweep, FORBIDDEN for another agent's id */
  register(request: RegisterAgentRequest): Promise<RegisterAgentResponse>
  /** The agent that this id and key belong to. @throws SweepError UNAUTHORIZED */
  authenticate(agentId: string, key: string): Promise<AgentRecord>
  /** Makes the agent's Redis user again: users live in Redis' memory. */
  ensureRedisUser(agent: AgentRecord): Promise<void>
  /** The same for every agent that may come back, after Redis did: those with a REDIS_URL never pass the tunnel. */
  restoreRedisUsers(): Promise<void>
}

export function createAgentRegistry(options: AgentRegistryOptions): AgentRegistry {
  const { store, control, clock, times } = options
  const names = redisNames(options.deployment)

  async function findSweeps(ids: readonly string[]): Promise<SweepRecord[]> {
    const sweeps: SweepRecord[] = []
    for (const id of ids) {
      const sweep = await store.findSweep(id as SweepId)
      if (sweep === null) throw new NotFoundError('sweep', id)
      sweeps.push(sweep)
    }
    return sweeps
  }

  /** When a user was made last, monotonic ms. A Redis that was away may come back without them. */
  const madeAtMs = new Map<string, number>()
  control.on('close', () => madeAtMs.clear())

  /** Not again within a minute: a thousand agents that come back after a restart come with several connections each. */
  async function ensureRedisUser(agent: AgentRecord): Promise<void> {
    const name = `${agent.id} ${agent.keyHash}`
    const since = clock.monotonicMs() - (madeAtMs.get(name) ?? -Infinity)
    if (agent.version === POLLING_AGENT_VERSION || since < USER_KEPT_MS) return // the first never connects
    await makeRedisUser(agent)
    madeAtMs.set(name, clock.monotonicMs())
  }

  async function makeRedisUser(agent: AgentRecord): Promise<void> {
    await control.call(
      'ACL',
      'SETUSER',
      redisUser(agent.id),
      'reset',
      'on',
      `#${agent.keyHash}`, // the agent's key is its password: Redis holds its SHA-256, as SQL does
      `~${names.queuePrefix}:${names.mailbox(agent.id)}:*`,
      `~${names.commands(agent.id)}`,
      `%R~${names.generation}`,
      '+@all',
      '-@admin',
      '-@dangerous',
      '-@pubsub',
      '-scan',
      '-randomkey',
      '-dbsize',
      '-select',
      '-swapdb',
      '+info', // BullMQ's worker asks for the version
      '+client|setname',
      '+client|id',
      `(+xadd ~${names.reports})`,
    )
  }

  return {
    async register(request) {
      const sweeps = await findSweeps(request.sweepIds)
      if (request.version !== POLLING_AGENT_VERSION) sweeps.forEach(refuseWithoutProgram)
      const now = clock.now()
      const agent = await store.write(async (tx) => {
        const id = (request.agentId ?? createId((n) => randomInt(n))) as AgentId
        const known = await tx.findAgent(id)
        if (known !== null && !isAgentKey(known, request.agentKey)) {
          throw new SweepError('FORBIDDEN', `agent ${id} is registered with another key`, {
            hint: 'Each agent has a folder of its own; remove the copied one and start again.',
          })
        }
        const record: AgentRecord = {
          id,
          keyHash: hashAgentKey(request.agentKey),
          incarnation: Math.max(request.incarnation, known?.incarnation ?? 0),
          host: request.host,
          slots: request.slots,
          sweepIds: request.sweepIds as SweepId[],
          labels: request.labels,
          state: 'alive',
          drain: false,
          // A new start tries again, unless a person said no.
          quarantine: known?.quarantine?.by === 'person' ? known.quarantine : null,
          registeredAt: known?.registeredAt ?? now,
          lastSeenAt: now,
          version: request.version,
        }
        await tx.saveAgent(record)
        await tx.recordChanges([
          {
            at: now,
            entity: 'agent',
            entityId: id,
            sweepId: null,
            event: 'agent.registered',
            data: { host: record.host },
          },
        ])
        return record
      })
      try {
        // Commands for an earlier start under this id, a `leave` among them, are not for this one.
        await control.del(names.commands(agent.id))
        await ensureRedisUser(agent)
      } catch {
        // With Redis away the agent cannot read the list either, and every user is made again when Redis is back.
      }
      return {
        protocol: PROTOCOL_VERSION,
        agentId: agent.id,
        deployment: options.deployment,
        leaseMs: times.leaseMs,
        beatIntervalMs: times.beatIntervalMs,
        redis: { username: redisUser(agent.id), password: request.agentKey },
        sweeps: sweeps.map(({ id, name, state }) => ({ id, name, state })),
        accepts: [...OPTIONAL_REPORTS],
      }
    },

    async authenticate(agentId, key) {
      const agent = await store.findAgent(agentId as AgentId)
      if (agent === null || !isAgentKey(agent, key)) {
        throw new SweepError('UNAUTHORIZED', 'no agent with this id and key', { hint: 'Register first.' })
      }
      return agent
    },

    ensureRedisUser,

    async restoreRedisUsers() {
      for (const agent of await store.listAgents()) if (agent.state !== 'left') await ensureRedisUser(agent)
    },
  }
}

/** Such a sweep is worked by functions, which W&B's agents bring: an agent of ours would fail every run of it. */
function refuseWithoutProgram({ id, configText }: SweepRecord): void {
  if (problemsBeforeRunning(parseSweepFile(configText).config).length === 0) return
  throw new SweepError('REQUEST_INVALID', `sweep ${id} has no program that an agent could start`, {
    hint: `Work it from Python: wandb.agent("${id}", function=train). Or give it one:  sweep edit ${id} --set program=train.py`,
  })
}

export function redisUser(agentId: string): string {
  return `agent-${agentId}`
}
