// The part of the HTTP API that shows many things at once: sweeps in a list, agents on a timeline, projects, the events
// of a sweep, and a sweep file that is not yet a sweep. As api-schema.ts.
import { z } from 'zod'
import { AgentJson } from './agent-schema.ts'
import { Change, ConfigProblemJson, MAX_NAME_LENGTH } from './api-schema.ts'
import { SweepJson } from './sweep-schema.ts'
import { ATTEMPT_OUTCOMES } from './run.ts'
import { MetricValue } from './protocol.ts'

const Id = z.string().regex(/^[0-9a-z]{8}$/)
const Time = z.iso.datetime()
const count = z.number().int().min(0)
const place = z.number().int().min(0)
const timeMs = z.coerce.number().int().min(0).max(8.64e15)

// ------------------------------------------------------------------------------------------------------------ sweeps

export const OUTLINE_WARNINGS = [
  'metric_missing',
  'stop_never',
  'requires_unmet',
  'quarantine',
  'failing',
  'no_agent',
] as const

/** SWEEP without its file, with how it goes. */
export const SweepOutlineJson = SweepJson.omit({ config: true, commits: true, url: true })
  .extend({
    /** The best value so far at up to 20 places, evenly over the ranked runs in the order in which they ended. */
    trend: z.array(MetricValue),
    /** When the best run ended. */
    improvedAt: Time.nullable(),
    /** Hours that its runs have taken, as GET /sweeps/REF/outlook counts them. */
    slotHours: z.number(),
    /** The same times the GPUs of their slots; null: no agent told of GPUs. */
    gpuHours: z.number().nullable(),
    agents: z.object({ alive: count, slots: count, busy: count }),
    /** What a person should look at, in sentences. */
    warnings: z.array(z.object({ code: z.enum(OUTLINE_WARNINGS), text: z.string() })),
  })
  .meta({ id: 'SweepOutline' })
export type SweepOutlineJson = z.infer<typeof SweepOutlineJson>

export const ListOutlinesQuery = z.strictObject({ project: z.string().max(MAX_NAME_LENGTH).optional() })
/** The newest first. */
export const ListOutlinesResponse = z
  .object({ sweeps: z.array(SweepOutlineJson) })
  .meta({ id: 'ListOutlinesResponse' })
export type ListOutlinesResponse = z.infer<typeof ListOutlinesResponse>

export const ListEventsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})
/** Entries of the change log about the sweep itself, the newest first. */
export const ListEventsResponse = z.object({ events: z.array(Change) }).meta({ id: 'ListEventsResponse' })
export type ListEventsResponse = z.infer<typeof ListEventsResponse>

/** A sweep file that nobody has created yet. Nothing is changed or kept. */
export const ValidateSweepRequest = z
  .strictObject({
    text: z.string().min(1),
    /** How many configurations to draw. @default none */
    samples: z.number().int().min(0).max(20).optional(),
    seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  })
  .meta({ id: 'ValidateSweepRequest' })
export type ValidateSweepRequest = z.infer<typeof ValidateSweepRequest>

/** As `sweep validate` says it. */
export const ValidateSweepResponse = z
  .object({
    valid: z.boolean(),
    errors: z.array(ConfigProblemJson),
    warnings: z.array(ConfigProblemJson),
    name: z.string().nullable(),
    method: z.string().nullable(),
    metric: z.object({ name: z.string(), goal: z.enum(['minimize', 'maximize']) }).nullable(),
    runCap: count.nullable(),
    /** Configurations in the space; null: not finite, or not countable. */
    size: z.number().nullable(),
    /** Combinations of the parameters that are not continuous. */
    discreteSize: z.number(),
    parameters: z.array(
      z.object({
        name: z.string(),
        distribution: z.string(),
        inferred: z.boolean(),
        /** How many values it has; null: continuous. */
        size: z.number().nullable(),
        /** `lr log 1e-5..1e-1` */
        text: z.string(),
      }),
    ),
    /** Configurations as runs would get them; `argv` is empty where no process could be given it. */
    samples: z.array(z.object({ configText: z.string(), argv: z.array(z.string()) })),
  })
  .meta({ id: 'ValidateSweepResponse' })
export type ValidateSweepResponse = z.infer<typeof ValidateSweepResponse>

// ------------------------------------------------------------------------------------------------------------ agents

export const DEFAULT_SPAN_LIMIT = 20_000
export const TimelineQuery = z.strictObject({
  sweep: z.string().max(MAX_NAME_LENGTH).optional(),
  /** Epoch ms. @default a day before `until` */
  since: timeMs.optional(),
  /** Epoch ms. @default now */
  until: timeMs.optional(),
  /** The newest so many attempts. */
  limit: z.coerce.number().int().min(1).max(100_000).default(DEFAULT_SPAN_LIMIT),
})

/** Attempts by the slots that worked them, in columns: one cell an attempt, in order of start. */
export const TimelineResponse = z
  .object({
    sinceMs: z.number(),
    untilMs: z.number(),
    /** The controller's clock at the answer. */
    nowMs: z.number(),
    /** Agents with an attempt in it, and those that are there now. */
    agents: z.array(
      z.object({
        id: Id,
        host: z.string(),
        slots: count,
        state: AgentJson.shape.state,
        lastSeenMs: z.number(),
      }),
    ),
    sweeps: z.array(z.object({ id: Id, name: z.string() })),
    spans: z.object({
      /** Place in `agents`. */
      agent: z.array(place),
      slot: z.array(z.number().int().nullable()),
      runId: z.array(Id),
      runName: z.array(z.string()),
      attempt: z.array(z.number().int()),
      /** Place in `sweeps`; null: outside sweeps. */
      sweep: z.array(place.nullable()),
      startMs: z.array(z.number()),
      /** null: it is worked now. */
      endMs: z.array(z.number().nullable()),
      outcome: z.array(z.enum(ATTEMPT_OUTCOMES).nullable()),
    }),
    /** There were more: the oldest are left out. */
    cut: z.boolean(),
  })
  .meta({ id: 'TimelineResponse' })
export type TimelineResponse = z.infer<typeof TimelineResponse>

// ---------------------------------------------------------------------------------------------------------- projects

export const ListProjectsResponse = z
  .object({
    projects: z.array(
      z.object({
        name: z.string(),
        createdAt: Time,
        sweeps: count,
        /** Sweeps that are worked now. */
        running: count,
        runs: count,
        /** Runs outside sweeps. */
        ownRuns: count,
        /** When its newest run or sweep was created. */
        newestAt: Time.nullable(),
      }),
    ),
  })
  .meta({ id: 'ListProjectsResponse' })
export type ListProjectsResponse = z.infer<typeof ListProjectsResponse>
