// W&B's agents: they register, and poll. What a poll means is decided by polling-agent-service.ts; here its orders become
// W&B's commands. An agent's id carries its key, so it is shown to that agent alone.
import { isConfigMap, parseConfigText, writeConfigText } from '../../sweeps/config-text.ts'
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import type { AgentId } from '../../sweeps/sweep.ts'
import type { PollOrder, PollingAgent, PollingAgentService } from '../polling-agent-service.ts'
import { requireAccess } from './caller.ts'
import type { Caller } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { StatusError } from './http-status.ts'
import { formatOpaqueId, parseOpaqueId } from './opaque-id.ts'

const TYPE_DEFS = `
  extend type Mutation {
    createAgent(input: CreateAgentInput!): CreateAgentPayload
    agentHeartbeat(input: AgentHeartbeatInput!): AgentHeartbeatPayload
  }
  input CreateAgentInput {
    host: String!
    projectName: String
    entityName: String
    sweep: String!
    clientMutationId: String
  }
  type CreateAgentPayload { agent: RegisteredAgent clientMutationId: String }
  type RegisteredAgent { id: ID! }
  input AgentHeartbeatInput {
    id: ID!
    metrics: JSONString
    runState: JSONString
    clientMutationId: String
  }
  type AgentHeartbeatPayload { agent: RegisteredAgent commands: JSONString clientMutationId: String }
`

interface CreateAgentInput {
  readonly host: string
  readonly sweep: string
}

interface HeartbeatInput {
  readonly id: string
  readonly runState?: string | null
}

/** More than one run at a time is none of W&B's agents. */
const MAX_ALIVE = 1_000

export function createAgentsPart(agents: PollingAgentService): SchemaPart {
  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Mutation: {
        async createAgent(_parent, { input }: { input: CreateAgentInput }, caller) {
          requireAgent(caller)
          const agent = await agents.register({ host: input.host, sweepId: input.sweep })
          return { agent: { id: formatAgentId(agent) } }
        },
        async agentHeartbeat(_parent, { input }: { input: HeartbeatInput }, caller) {
          requireAgent(caller)
          const orders = await agents
            .poll(parseAgentId(input.id), readAlive(input.runState ?? '{}'))
            .catch((error: unknown) => {
              // By the status alone the client knows that its sweep is gone.
              if (error instanceof SweepError && error.code === 'NOT_FOUND') throw new StatusError(error)
              throw error
            })
          return { agent: { id: input.id }, commands: `[${orders.map(commandText).join(',')}]` }
        },
      },
    },
  }
}

function requireAgent(caller: Caller): void {
  requireAccess(caller, 'work')
  if (caller.principal.run === null) return
  throw new SweepError('FORBIDDEN', "a run's own key is no agent's", { hint: 'Use a token of role agent.' })
}

function formatAgentId({ id, incarnation, key }: PollingAgent): string {
  return formatOpaqueId('Agent', id, String(incarnation), key)
}

/** @throws StatusError when it is no id that this server gave */
function parseAgentId(text: string): PollingAgent {
  const [id, incarnation, key] = parseOpaqueId('Agent', text) ?? []
  const isWhole = id !== undefined && key !== undefined && /^\d{1,15}$/.test(incarnation ?? '')
  if (!isWhole) throw new StatusError(new NotFoundError('agent', text.slice(0, 16)))
  return { id: id as AgentId, incarnation: Number(incarnation), key }
}

/** The runs whose processes live: the keys of a JSON object with a true value. */
function readAlive(text: string): ReadonlySet<string> {
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    state = null
  }
  if (typeof state !== 'object' || state === null)
    throw new SweepError('REQUEST_INVALID', 'runState is no JSON object', { at: 'runState' })
  const alive = Object.entries(state).filter(([, lives]) => lives === true)
  return new Set(alive.slice(0, MAX_ALIVE).map(([runId]) => runId))
}

/** Text, so that a config's 1 and 1.0 stay apart. */
function commandText(order: PollOrder): string {
  if (order.kind === 'leave') return '{"type":"exit"}'
  if (order.kind === 'stop') return JSON.stringify({ type: 'stop', run_id: order.runId })
  const { runId, attempt, program, configText } = order.job
  const head = JSON.stringify({
    type: attempt === 1 ? 'run' : 'resume',
    run_id: runId,
    program: program ?? '',
  })
  return `${head.slice(0, -1)},"args":${argumentsText(configText)}}`
}

/** Each top-level parameter as W&B wraps it; nested ones stay objects inside. */
function argumentsText(configText: string): string {
  const config = parseConfigText(configText)
  if (!isConfigMap(config)) return '{}'
  const parts = [...config].map(
    ([name, value]) => `${JSON.stringify(name)}:{"value":${writeConfigText(value)}}`,
  )
  return `{${parts.join(',')}}`
}
