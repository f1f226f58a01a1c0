// Runs in the HTTP API, as zod schemas: what programs send and what they get. As api-schema.ts.
import { z } from 'zod'
import { DEFAULT_RUN_LIMIT, MAX_FILTER_LENGTH, MAX_RUN_LIMIT, MAX_TAGS } from './api-limits.ts'
import { Id, MAX_NAME_LENGTH, Time, count, line, wholeNumber } from './api-schema.ts'
import { MetricValue } from './protocol.ts'
import { ProvenanceFacts } from './provenance.ts'
import { ALERT_LEVELS } from './run-file.ts'
import { ATTEMPT_OUTCOMES, RUN_STATES } from './run.ts'

const Tag = line(64)

const Tags = z.array(Tag).max(MAX_TAGS)

const Notes = z.string().max(8192)

export const AttemptJson = z
  .object({
    attempt: z.number().int().min(1),
    agentId: Id,
    host: z.string(),
    pid: z.number().int().nullable(),
    startedAt: Time.nullable(),
    endedAt: Time.nullable(),
    outcome: z.enum(ATTEMPT_OUTCOMES).nullable(),
    exitCode: z.number().int().nullable(),
    signal: z.string().nullable(),
    reason: z.string().nullable(),
    slot: z.number().int().nullable(),
    stderrTail: z.string().nullable(),
    /** null: it did not tell; without its texts; only where one run is asked for. */
    provenance: ProvenanceFacts.nullable().optional(),
  })
  .meta({ id: 'Attempt' })
export type AttemptJson = z.infer<typeof AttemptJson>

export const SummaryJson = z.object({
  last: MetricValue,
  min: MetricValue.nullable(),
  max: MetricValue.nullable(),
  best: MetricValue.nullable(),
  steps: count,
})

/** How a run stood where early termination compared it with others. */
export const StopCheckJson = z
  .object({
    /** In the unit of `resource`; 0: for reports of NaN alone. */
    band: z.number(),
    /** null: NaN. */
    value: MetricValue.nullable(),
    /** null: there was nothing to compare with. */
    threshold: MetricValue.nullable(),
    rank: count,
    of: count,
    outcome: z.enum(['kept', 'stopped', 'control', 'unjudged']),
    reason: z.string(),
    at: Time,
  })
  .meta({ id: 'StopCheck' })
export type StopCheckJson = z.infer<typeof StopCheckJson>

/** `run.alert()` of a training script. */
export const AlertJson = z
  .object({ at: Time, level: z.enum(ALERT_LEVELS), title: z.string(), text: z.string() })
  .meta({ id: 'Alert' })
export type AlertJson = z.infer<typeof AlertJson>

/** RUN of interfaces.md section 3; `configText`, `values` and some facts of attempts come on top. */
export const RunJson = z
  .object({
    /** Place in the sweep's ranking from 1; null when it is not ranked. */
    rank: z.number().int().min(1).nullable(),
    id: Id,
    name: z.string(),
    sweepId: Id.nullable(),
    project: z.string(),
    state: z.enum(RUN_STATES),
    config: z.record(z.string(), z.unknown()),
    /** The config's JSON text: int and float are apart in it whatever reads this answer. */
    configText: z.string(),
    value: MetricValue.nullable(),
    bestStep: z.number().nullable(),
    summary: z.record(z.string(), SummaryJson),
    /** Number of the latest attempt; 0 before the first. */
    attempt: count,
    attempts: z.array(AttemptJson),
    createdAt: Time,
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    stopReason: z.string().nullable(),
    suggestedBy: z.record(z.string(), z.unknown()).nullable(),
    /** Version of the sweep's file that it is trained by; an older controller does not tell. */
    specVersion: z.number().int().optional(),
    tags: z.array(z.string()),
    notes: z.string(),
    group: z.string().nullable(),
    jobType: z.string().nullable(),
    /** How it stood where early termination compared it; only where one run is asked for. */
    checks: z.array(StopCheckJson).optional(),
    /** What the script wanted people to know; only where one run is asked for. */
    alerts: z.array(AlertJson).optional(),
    /** Last values that are not metrics; only where one run is asked for. */
    values: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Run' })
export type RunJson = z.infer<typeof RunJson>

/** `where` is the filter language of run-filter.ts; `sort` is a column of it, `-` in front for descending. */
export const ListRunsQuery = z.strictObject({
  project: z.string().max(MAX_NAME_LENGTH).optional(),
  /** Of this group alone. */
  group: z.string().max(MAX_NAME_LENGTH).optional(),
  /** Runs outside sweeps alone. */
  outside: z.enum(['true', 'false']).optional(),
  where: z.string().max(MAX_FILTER_LENGTH).optional(),
  sort: z.string().max(256).optional(),
  limit: wholeNumber(DEFAULT_RUN_LIMIT, 0, MAX_RUN_LIMIT),
  offset: wholeNumber(0, 0, Number.MAX_SAFE_INTEGER),
})
export type ListRunsQuery = z.infer<typeof ListRunsQuery>

/** Of one sweep. */
export const ListSweepRunsQuery = ListRunsQuery.omit({ project: true, group: true, outside: true }).strict()
export type ListSweepRunsQuery = z.infer<typeof ListSweepRunsQuery>

/** `total` counts all runs that the filter takes, not only this page. */
export const ListRunsResponse = z
  .object({ runs: z.array(RunJson), total: count })
  .meta({ id: 'ListRunsResponse' })
export type ListRunsResponse = z.infer<typeof ListRunsResponse>

export const BestRunsQuery = z.strictObject({
  n: wholeNumber(5, 1, MAX_RUN_LIMIT),
  summary: z.enum(['best', 'last', 'min', 'max']).optional(),
  include: z.enum(['running']).optional(),
})
export type BestRunsQuery = z.infer<typeof BestRunsQuery>

/** `notCounted` holds only what is above 0, e.g. `{"running":2,"noMetric":1}`. */
export const BestRunsResponse = z
  .object({
    sweep: z.object({
      id: Id,
      name: z.string(),
      metric: z.object({ name: z.string(), goal: z.enum(['minimize', 'maximize']) }).nullable(),
    }),
    runs: z.array(RunJson),
    notCounted: z.record(z.string(), count),
  })
  .meta({ id: 'BestRunsResponse' })
export type BestRunsResponse = z.infer<typeof BestRunsResponse>

export const GetRunResponse = z.object({ run: RunJson }).meta({ id: 'GetRunResponse' })
export type GetRunResponse = z.infer<typeof GetRunResponse>

/** A run outside a sweep: nobody dispatches it. */
export const CreateRunRequest = z
  .strictObject({
    project: line(MAX_NAME_LENGTH),
    name: line(MAX_NAME_LENGTH).optional(),
    config: z.record(z.string(), z.unknown()).optional(),
    group: line(MAX_NAME_LENGTH).optional(),
    jobType: line(MAX_NAME_LENGTH).optional(),
    tags: Tags.optional(),
    notes: Notes.optional(),
  })
  .meta({ id: 'CreateRunRequest' })
export type CreateRunRequest = z.infer<typeof CreateRunRequest>

/** `tags` replaces all; `addTags` and `removeTags` change what is there, after it. */
export const EditRunRequest = z
  .strictObject({
    name: line(MAX_NAME_LENGTH).optional(),
    tags: Tags.optional(),
    addTags: Tags.optional(),
    removeTags: Tags.optional(),
    notes: Notes.optional(),
  })
  .meta({ id: 'EditRunRequest' })
export type EditRunRequest = z.infer<typeof EditRunRequest>

export const ReadLogsQuery = z.strictObject({
  /** `attempt.seq` of the last chunk already read: the `next` of the answer before. */
  after: z
    .string()
    .regex(/^\d{1,9}\.\d{1,15}$/, 'must be the `next` of an earlier answer, e.g. 1.12')
    .optional(),
  /** The last `limit` in front of that place: the `first` of an earlier answer, or `end`. Not with `after`. */
  before: z
    .string()
    .regex(/^(?:\d{1,9}\.\d{1,15}|end)$/, 'must be the `first` of an earlier answer, or `end`')
    .optional(),
  attempt: z.coerce.number().int().min(1).max(1_000_000).optional(),
  limit: wholeNumber(500, 1, 5000),
})

export const ReadLogsResponse = z
  .object({
    chunks: z.array(
      z.object({
        attempt: z.number().int(),
        seq: z.number().int(),
        at: Time,
        stream: z.enum(['stdout', 'stderr', 'notice']),
        text: z.string(),
      }),
    ),
    /** For `after` of the next request; the same as given when nothing new came; null when there is no log yet. */
    next: z.string().nullable(),
    /** Of a request with `before`, for that of the next one; null: there is nothing in front. */
    first: z.string().nullable().optional(),
  })
  .meta({ id: 'ReadLogsResponse' })
export type ReadLogsResponse = z.infer<typeof ReadLogsResponse>

export const ReadMetricsQuery = z.strictObject({ key: z.string().max(256).optional() })

/** Of several attempts each gives its rows with a step below the next attempt's first step. */
export const ReadMetricsResponse = z
  .object({
    rows: z.array(
      z.object({
        attempt: z.number().int(),
        step: z.number(),
        time: Time,
        metrics: z.record(z.string(), MetricValue),
      }),
    ),
  })
  .meta({ id: 'ReadMetricsResponse' })
export type ReadMetricsResponse = z.infer<typeof ReadMetricsResponse>

const attemptQuery = z.coerce.number().int().min(1).max(1_000_000).optional()

/** `attempt`: the newest that told, unless it is given. */
export const ReadProvenanceQuery = z.strictObject({ attempt: attemptQuery })

export const ReadProvenanceResponse = z
  .object({
    runId: Id,
    /** 0 when the run has had none. */
    attempt: count,
    /** null: this attempt did not tell. */
    provenance: ProvenanceFacts.nullable(),
    /** What differed from the commit, for `git apply`. */
    diff: z.string().nullable(),
    /** `name==version` of every installed Python package. */
    packages: z.array(z.string()).nullable(),
  })
  .meta({ id: 'ReadProvenanceResponse' })
export type ReadProvenanceResponse = z.infer<typeof ReadProvenanceResponse>

/** `last`: the newest so many samples only. */
export const ReadSystemQuery = z.strictObject({
  attempt: attemptQuery,
  last: z.coerce.number().int().min(1).max(100_000).optional(),
})

export const ReadSystemResponse = z
  .object({
    samples: z.array(
      z.object({
        attempt: z.number().int(),
        time: Time,
        /** Keys as W&B names them; null: not known at that time. */
        values: z.record(z.string(), z.number().nullable()),
      }),
    ),
  })
  .meta({ id: 'ReadSystemResponse' })
export type ReadSystemResponse = z.infer<typeof ReadSystemResponse>
