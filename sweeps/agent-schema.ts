// Agents in the HTTP API, as zod schemas: what programs get of them, and what a person orders. As api-schema.ts.
import { z } from 'zod'
import { Id, MAX_NAME_LENGTH, Time, count } from './api-schema.ts'

export const ListAgentsQuery = z.strictObject({ sweep: z.string().max(MAX_NAME_LENGTH).optional() })

export const AgentJson = z
  .object({
    id: Id,
    host: z.string(),
    state: z.enum(['alive', 'draining', 'left', 'lost']),
    slots: count,
    /** Attempts that it holds now. */
    busy: count,
    sweepIds: z.array(Id),
    labels: z.record(z.string(), z.string()),
    lastSeenAt: Time,
    silentMs: z.number(),
    /** Silent for min(30 s, lease/2). */
    suspect: z.boolean(),
    /** Attempts that ended so on this agent. */
    runs: z.object({ finished: count, failed: count }),
    /** Ids of the runs that it works now. */
    now: z.array(Id),
    // An older controller does not tell what follows.
    version: z.string().optional(),
    /** A person told it to take no more work. */
    drained: z.boolean().optional(),
    /** Why it gets no work: by the rule until it starts anew, by a person until that is taken back. */
    quarantine: z
      .object({ by: z.enum(['rule', 'person']), at: Time, reason: z.string() })
      .nullable()
      .optional(),
    /** Its newest failure: the last line of its standard error, or why it ended. */
    lastError: z.object({ runId: Id, at: Time.nullable(), text: z.string() }).nullable().optional(),
    /** By the newest samples of the runs that it works; null: not known. */
    utilization: z
      .object({ gpuPercent: z.number().nullable(), cpuPercent: z.number().nullable() })
      .optional(),
  })
  .meta({ id: 'Agent' })
export type AgentJson = z.infer<typeof AgentJson>

export const ListAgentsResponse = z.object({ agents: z.array(AgentJson) }).meta({ id: 'ListAgentsResponse' })
export type ListAgentsResponse = z.infer<typeof ListAgentsResponse>

/** What a person orders an agent to do, with its event in the change log. */
export const AGENT_ORDERS = {
  drain: 'agent.drained',
  undrain: 'agent.undrained',
  quarantine: 'agent.quarantined',
} as const

export type AgentOrder = keyof typeof AGENT_ORDERS

export const AGENT_ORDER_NAMES = ['drain', 'undrain', 'quarantine'] as const satisfies readonly AgentOrder[]

export const OrderAgentRequest = z
  .strictObject({ reason: z.string().max(500).optional() })
  .meta({ id: 'OrderAgentRequest' })

/** `changed` is false when every one of them was so already. */
export const OrderAgentResponse = z
  .object({ agents: z.array(AgentJson), changed: z.boolean() })
  .meta({ id: 'OrderAgentResponse' })
export type OrderAgentResponse = z.infer<typeof OrderAgentResponse>
