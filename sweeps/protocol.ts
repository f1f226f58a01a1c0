// Every message between controller and agents, as zod schemas, with its version; and the names of the queues and
// streams that carry them. The HTTP API for people and programs is in api-schema.ts.
//
// Three ways: jobs travel by one BullMQ queue per agent (its mailbox), reports and beats by one Redis stream,
// commands by one Redis list per agent. Registration is HTTP. Redis carries, it does not remember: every message
// may be lost, repeated or late, and the beat heals it.
import { z } from 'zod'
import { MAX_SAMPLES_PER_REPORT, ProvenanceFacts, ProvenanceTexts, SystemSample } from './provenance.ts'

/**
 * Grows when an older side could not go on. A new kind of report is no reason: an agent sends those of
 * OPTIONAL_REPORTS only to a controller that says in its answer to the registration that it takes them.
 */
export const PROTOCOL_VERSION = 1

/** Redis names of one deployment. `deployment` is a random id kept in SQL: two deployments may share a Redis. */
export const redisNames = (deployment: string) => ({
  /** BullMQ prefix of every mailbox. */
  queuePrefix: `sweep-${deployment}`,
  /** BullMQ queue of one agent; its keys are `${queuePrefix}:${mailbox(id)}:*`. */
  mailbox: (agentId: string) => `mailbox-${agentId}`,
  /** Stream of reports and beats from all agents; each entry has one field `m` with JSON of Envelope. */
  reports: `sweep-${deployment}:reports`,
  /** Random text made when missing: another one means another stream, read from 0-0. */
  generation: `sweep-${deployment}:generation`,
  /** List of commands for one agent; RPUSH by the leader, BLPOP by the agent. JSON of Command. */
  commands: (agentId: string) => `sweep-${deployment}:commands-${agentId}`,
})

/** BullMQ job id and journal key of an attempt. */
export function attemptKey(runId: string, attempt: number): string {
  return `${runId}-${attempt}`
}

const id = z.string().regex(/^[0-9a-z]{8}$/)
const attemptNumber = z.number().int().min(1)
const text = (max: number) => z.string().max(max)
const epochMs = z.number().int()

// ---------------------------------------------------------------------------------------------------- registration

/** POST /api/v1/agent/register, with a token that may register agents. */
export const RegisterAgentRequest = z.strictObject({
  protocol: z.literal(PROTOCOL_VERSION),
  /** The id kept in the agent's folder; missing for a new folder. */
  agentId: id.optional(),
  /** Secret made by the agent with its folder; proves that agentId is its own. */
  agentKey: z.string().regex(/^[A-Za-z0-9_]{48,128}$/),
  /** New at every start of the agent process; later starts have larger ones (epoch ms at start, made monotonic by the folder). */
  incarnation: z.number().int().min(1),
  host: text(200),
  pid: z.number().int(),
  sweepIds: z.array(id).min(1).max(100),
  slots: z.number().int().min(1).max(1024),
  labels: z.record(z.string().max(200), z.string().max(200)).default({}),
  version: text(50),
})
export type RegisterAgentRequest = z.infer<typeof RegisterAgentRequest>

export const RegisterAgentResponse = z.object({
  protocol: z.literal(PROTOCOL_VERSION),
  agentId: id,
  deployment: z.string(),
  leaseMs: z.number(),
  beatIntervalMs: z.number(),
  /** Login of this agent's own Redis user, good for the tunnel and for a direct connection. */
  redis: z.object({ username: z.string(), password: z.string() }),
  sweeps: z.array(z.object({ id, name: z.string(), state: z.string() })),
  /** Which of OPTIONAL_REPORTS this controller takes; an older one takes none, and a newer one may name more. */
  accepts: z.array(z.string()).optional(),
})
export type RegisterAgentResponse = z.infer<typeof RegisterAgentResponse>

/** Of GET /agent/last-metric: by the clock of the machine that trains; null: no metric of this attempt came that way. */
export const LastMetricResponse = z.object({ lastMetricAt: z.number().nullable() })
export type LastMetricResponse = z.infer<typeof LastMetricResponse>

/**
 * Version under which agents are registered that poll and hold no connection (W&B's): what a connection would carry is
 * done for them by the controller that they ask.
 */
export const POLLING_AGENT_VERSION = 'wandb'

/** Path of the WebSocket that carries the Redis protocol; header `Authorization: Bearer <agentKey>`, query `agent=<id>`. */
export const TUNNEL_PATH = '/api/v1/agent/queue'

// ------------------------------------------------------------------------------------------------------------ jobs

/** A lease on a job, for the agent to count by its own clock: it began when this beat of its agent had been read. */
export const JobLease = z.object({
  incarnation: z.number().int(),
  heardBeat: z.number().int().min(1),
  lengthMs: z.number().positive(),
})
export type JobLease = z.infer<typeof JobLease>

/** Data of the BullMQ job `<run>-<attempt>`: all that an agent needs, so that nothing is asked afterwards. */
export const AttemptJob = z.object({
  protocol: z.literal(PROTOCOL_VERSION),
  runId: id,
  attempt: attemptNumber,
  token: z.string(),
  sweepId: id.nullable(),
  sweepName: z.string(),
  project: z.string(),
  /** JSON text of the run's config: kept as text from end to end. */
  configText: z.string(),
  /** The sweep's `command` after defaults; macros are expanded on the agent. */
  command: z.array(z.string()),
  program: z.string().nullable(),
  /** Paths of the nested `parameters` blocks, whose values are dotted flags (sweeps/command-line.ts). */
  groups: z.array(z.array(z.string())),
  /** Dotted paths of the parameters that have a `when`: some configs do not have them. */
  conditional: z.array(z.string()).default([]),
  seed: z.number().int(),
  metric: z.object({ name: z.string(), goal: z.enum(['minimize', 'maximize']) }).nullable(),
  /** Between SIGTERM and SIGKILL. */
  graceMs: z.number(),
  /** It ends as failed after so long; null: never. */
  runTimeoutMs: z.number().positive().nullable().default(null),
  /** The same without a metric. */
  noMetricTimeoutMs: z.number().positive().nullable().default(null),
  /** Left out by controllers that do not tell. */
  lease: JobLease.optional(),
})
export type AttemptJob = z.infer<typeof AttemptJob>

// --------------------------------------------------------------------------------------------------------- reports

/** A metric's value: a number, or a non-finite one as text. */
export const MetricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
export type MetricValue = z.infer<typeof MetricValue>

export const MAX_KEY_LENGTH = 256
export const MAX_KEYS_PER_RUN = 500

export const MetricRow = z.object({
  step: z.number(),
  at: epochMs,
  metrics: z.record(z.string().min(1).max(MAX_KEY_LENGTH), MetricValue),
  /** Strings and other JSON values: kept as the run's last values. */
  values: z.record(z.string().min(1).max(MAX_KEY_LENGTH), z.json()).optional(),
})
export type MetricRow = z.infer<typeof MetricRow>

/** Kinds of reports that came after the first version. */
export const OPTIONAL_REPORTS = ['provenance', 'system'] as const
export type OptionalReport = (typeof OPTIONAL_REPORTS)[number]

export const ReportBody = z.discriminatedUnion('kind', [
  /** The process was spawned (or could not be: pid null, followed by its end). */
  z.object({
    kind: z.literal('started'),
    pid: z.number().int().nullable(),
    host: text(200),
    slot: z.number().int(),
    argv: z.array(z.string()).optional(),
    cwd: z.string().optional(),
  }),
  z.object({ kind: z.literal('metrics'), rows: z.array(MetricRow).min(1).max(2000) }),
  z.object({ kind: z.literal('log'), stream: z.enum(['stdout', 'stderr']), text: text(1_048_576) }),
  /** A marker for people: log truncated, a metric refused, a copy from a second source dropped. */
  z.object({ kind: z.literal('notice'), code: text(64), text: text(2000) }),
  /** Where the attempt comes from; once. `facts` refer to texts by their hash; one that was stored before is left out. */
  z.object({ kind: z.literal('provenance'), facts: ProvenanceFacts, texts: ProvenanceTexts }),
  /** Of the machine: never mixed with the run's metrics. */
  z.object({
    kind: z.literal('system'),
    samples: z.array(SystemSample).min(1).max(MAX_SAMPLES_PER_REPORT),
  }),
  /** The end; always the last report of its attempt. */
  z.object({
    kind: z.literal('ended'),
    /** `lost` is said for an agent that polls: what it was handed never showed. */
    outcome: z.enum(['finished', 'failed', 'stopped', 'cancelled', 'preempted', 'lost', 'recalled']),
    exitCode: z.number().int().nullable(),
    signal: z.string().nullable(),
    reason: text(2000).nullable(),
    stderrTail: text(16_384).nullable(),
  }),
])
export type ReportBody = z.infer<typeof ReportBody>

export const Report = z.object({
  runId: id,
  attempt: attemptNumber,
  token: z.string(),
  /** From 1, without gaps, per attempt. */
  seq: z.number().int().min(1),
  at: epochMs,
  body: ReportBody,
})
export type Report = z.infer<typeof Report>

/** What an agent holds of an attempt whose end is not yet stored. */
export const HELD_STATES = ['accepted', 'running', 'ended', 'refused'] as const

export const Beat = z.object({
  /** Grows by one with each beat of an incarnation, from 1. Older beats are ignored. */
  number: z.number().int().min(1),
  /** How many attempts it will hold at one time: 0 when it drains or cannot journal. */
  capacity: z.number().int().min(0),
  freeSlots: z.number().int().min(0),
  sweepIds: z.array(id),
  attempts: z.array(
    z.object({ runId: id, attempt: attemptNumber, token: z.string(), state: z.enum(HELD_STATES) }),
  ),
  /** It will not come back with this incarnation: everything it held has ended or is listed. */
  leaving: z.boolean(),
  /** It beats when it asks for work, every few seconds, however short the lease is. */
  polls: z.boolean().optional(),
})
export type Beat = z.infer<typeof Beat>

/** One entry of the report stream. */
export const Envelope = z.object({
  protocol: z.literal(PROTOCOL_VERSION),
  agentId: id,
  agentKey: z.string(),
  incarnation: z.number().int(),
  host: text(200).optional(),
  beat: Beat.optional(),
  reports: z.array(z.unknown()).optional(), // each parsed as Report: one poisoned report stops nobody
})
export type Envelope = z.infer<typeof Envelope>

// -------------------------------------------------------------------------------------------------------- commands

export const Command = z.discriminatedUnion('type', [
  /** Reports 1..seq of the attempt are in SQL: the journal may forget them. */
  z.object({
    type: z.literal('stored'),
    items: z.array(z.object({ runId: id, attempt: attemptNumber, seq: z.number().int().min(0) })),
  }),
  /** The attempt is not (or no longer) this agent's: end its process, send nothing more of it. */
  z.object({
    type: z.literal('disowned'),
    runId: id,
    attempt: attemptNumber,
    verdict: z.enum(['unknown', 'superseded']),
  }),
  /** End the attempt; repeated at each beat until its end is reported. */
  z.object({
    type: z.literal('stop'),
    runId: id,
    attempt: attemptNumber,
    how: z.enum(['early', 'cancel']),
    reason: z.string(),
  }),
  /** Take no more work; when nothing is held, exit: `done` with 0, `told` with 21. */
  z.object({
    type: z.literal('leave'),
    why: z.enum(['done', 'told']),
    reason: z.string(),
    /** Runs keep failing there: exit with 20. An older agent exits with 21. */
    hasGivenUp: z.boolean().optional(),
  }),
  /** A `leave` was taken back: work goes on, if it has not left. An older agent leaves. */
  z.object({ type: z.literal('stay') }),
  /** The leader does not know this agent (its registration is gone): register again. */
  z.object({ type: z.literal('register') }),
  /** These runs will never be worked again: the journal may forget their attempt numbers. */
  z.object({ type: z.literal('sweepEnded'), sweepId: id }),
])
export type Command = z.infer<typeof Command>
