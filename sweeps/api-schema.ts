// The HTTP API under /api/v1 as zod schemas: what programs send and what they get. The OpenAPI document is made
// from the same schemas (controller/openapi.ts). Messages between controller and agents are in protocol.ts.
//
// A run's `config` stands in responses as written, so that 3 and 3.0 differ in the text; JSON.parse loses that, so
// `configText` carries the same text as a string. Times are ISO 8601 UTC, non-finite numbers are strings.
import { z } from 'zod'
import {
  DEFAULT_RUN_LIMIT,
  EXPORT_FORMATS,
  MAX_FILTER_LENGTH,
  MAX_RUN_LIMIT,
  MAX_TAGS,
} from './api-limits.ts'
import { RUN_STATES, ATTEMPT_OUTCOMES } from './run.ts'
import { ALERT_LEVELS } from './run-file.ts'
import { SWEEP_STATES } from './sweep.ts'
import { MetricValue } from './protocol.ts'
import { ProvenanceFacts } from './provenance.ts'

export const API_PREFIX = '/api/v1'
export const MAX_NAME_LENGTH = 200

const NO_CONTROL_CHARACTERS = /^[^\u0000-\u001f\u007f]*$/
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(NO_CONTROL_CHARACTERS, 'must be one line without control characters')
const Id = z.string().regex(/^[0-9a-z]{8}$/)
const Time = z.iso.datetime()
const count = z.number().int().min(0)
const wholeNumber = (defaultValue: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(defaultValue)

const Tag = line(64)
const Tags = z.array(Tag).max(MAX_TAGS)
const Notes = z.string().max(8192)

// ----------------------------------------------------------------------------------------------------------- errors

/** Every answer that is not 2xx. */
export const ErrorResponse = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      hint: z.string().nullable(),
      at: z.string().optional(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'ErrorResponse' })
export type ErrorResponse = z.infer<typeof ErrorResponse>

export const ConfigProblemJson = z
  .object({
    path: z.string(),
    line: z.number().int().nullable(),
    column: z.number().int().nullable(),
    code: z.string(),
    message: z.string(),
    hint: z.string(),
  })
  .meta({ id: 'ConfigProblem' })
export type ConfigProblemJson = z.infer<typeof ConfigProblemJson>

// ------------------------------------------------------------------------------------------------- sweeps and runs

export const MetricSpecJson = z.object({
  name: z.string(),
  goal: z.enum(['minimize', 'maximize']),
  summary: z.enum(['best', 'last', 'min', 'max']),
  target: z.number().nullable(),
})

/** SWEEP of interfaces.md section 3; `stateReason`, `seed`, `maxParallel` and `url` come on top. */
export const SweepJson = z
  .object({
    id: Id,
    name: z.string(),
    project: z.string(),
    state: z.enum(SWEEP_STATES),
    stateReason: z.string().nullable(),
    method: z.string(),
    metric: MetricSpecJson.nullable(),
    /** The file's text. */
    config: z.string(),
    specVersion: z.number().int(),
    seed: z.number().int(),
    createdAt: Time,
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    runCap: count.nullable(),
    maxParallel: count.nullable(),
    /** A run that failed so often has failed for good; an older controller does not tell. */
    maxAttempts: count.optional(),
    /** Runs that went back after a hand-back count as queued. */
    counts: z.object({
      queued: count,
      running: count,
      finished: count,
      stopped: count,
      failed: count,
      cancelled: count,
      lost: count,
    }),
    /** Among finished and stopped runs. */
    best: z.object({ runId: Id, value: MetricValue }).nullable(),
    /** Configurations in the space; null when it is not finite or not countable. */
    size: z.number().nullable(),
    url: z.string(),
    /** States of the code that its runs were made from, the most runs first; an older controller has none. */
    commits: z
      .array(
        z.object({
          /** null: no git, or no commit yet. */
          commit: z.string().nullable(),
          /** Tracked files differed from the commit. */
          dirty: z.boolean(),
          /** SHA-256 of what differed; null when nothing did, or it could not be read. */
          diffHash: z.string().nullable(),
          runs: count,
        }),
      )
      .optional(),
  })
  .meta({ id: 'Sweep' })
export type SweepJson = z.infer<typeof SweepJson>

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

// ---------------------------------------------------------------------------------------------------- sweep requests

/** A sweep's or run's id, a unique prefix of at least 3 characters, a sweep's name, or `@last`. */
export const RefParams = z.strictObject({ ref: z.string().min(1).max(MAX_NAME_LENGTH) })

export const CreateSweepRequest = z
  .strictObject({
    /** The sweep file, YAML or JSON. */
    text: z.string().min(1),
    /** What the file is called, for messages: `sweep.yaml`. */
    source: z.string().max(1024).optional(),
    name: line(MAX_NAME_LENGTH).optional(),
    project: line(MAX_NAME_LENGTH).optional(),
    /** `key=value`, applied to the text before it is read. */
    set: z.array(z.string().max(8192)).max(100).optional(),
    seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    paused: z.boolean().optional(),
    /** Ids of ended runs of its project that join it (or a copy of them), as tried before. */
    priorRuns: z.array(line(128)).max(10_000).optional(),
  })
  .meta({ id: 'CreateSweepRequest' })
export type CreateSweepRequest = z.infer<typeof CreateSweepRequest>

export const CreateSweepResponse = z
  .object({
    id: Id,
    name: z.string(),
    url: z.string(),
    /** What to run on each training machine. */
    agentCommand: z.string(),
    sweep: SweepJson,
    warnings: z.array(ConfigProblemJson),
  })
  .meta({ id: 'CreateSweepResponse' })
export type CreateSweepResponse = z.infer<typeof CreateSweepResponse>

export const ListSweepsQuery = z.strictObject({
  project: z.string().max(MAX_NAME_LENGTH).optional(),
  /** One state, or several separated by commas. */
  state: z.string().max(200).optional(),
})
export const ListSweepsResponse = z.object({ sweeps: z.array(SweepJson) }).meta({ id: 'ListSweepsResponse' })
export type ListSweepsResponse = z.infer<typeof ListSweepsResponse>

export const GetSweepResponse = z
  .object({
    sweep: SweepJson,
    /** The file as JSON; an older controller does not tell. */
    configValues: z.record(z.string(), z.unknown()).nullable().optional(),
    /** Of an open `bayes` sweep: why there is little left to gain; null: no advice. */
    advice: z.object({ reason: z.string(), proposals: count }).nullable().optional(),
    /** What its first finished run tells of its file. */
    notices: z.array(z.object({ code: z.string(), text: z.string() })).optional(),
  })
  .meta({ id: 'GetSweepResponse' })
export type GetSweepResponse = z.infer<typeof GetSweepResponse>

export const SWEEP_ACTIONS = ['pause', 'resume', 'stop', 'cancel'] as const
export type SweepAction = (typeof SWEEP_ACTIONS)[number]
export const ChangeSweepRequest = z
  .strictObject({ reason: z.string().max(500).optional() })
  .meta({ id: 'ChangeSweepRequest' })
export type ChangeSweepRequest = z.infer<typeof ChangeSweepRequest>
/** `changed` is false when the sweep was already so: pausing a paused sweep is no error. */
export const ChangeSweepResponse = z
  .object({ sweep: SweepJson, changed: z.boolean() })
  .meta({ id: 'ChangeSweepResponse' })
export type ChangeSweepResponse = z.infer<typeof ChangeSweepResponse>

const DryRun = z.boolean().optional()
const Setting = z.string().max(8192)

/** `set` and `unset` change keys of the file that stands, `text` replaces it; `expectedVersion` is what was looked at. */
export const EditSweepRequest = z
  .strictObject({
    set: z.array(Setting).max(100).optional(),
    unset: z.array(z.string().max(256)).max(100).optional(),
    text: z.string().min(1).optional(),
    expectedVersion: z.number().int().min(1).optional(),
    dryRun: DryRun,
  })
  .meta({ id: 'EditSweepRequest' })
export type EditSweepRequest = z.infer<typeof EditSweepRequest>

/** So many runs on top of `run_cap`, as it is when the request is done. */
export const ExtendSweepRequest = z
  .strictObject({ addRuns: z.number().int().min(1).max(1_000_000_000), dryRun: DryRun })
  .meta({ id: 'ExtendSweepRequest' })
export type ExtendSweepRequest = z.infer<typeof ExtendSweepRequest>

/** Of an edit and of an extension. With `dryRun` the sweep is as it was. */
export const EditSweepResponse = z
  .object({
    sweep: SweepJson,
    changed: z.boolean(),
    /** Setting by setting; values as JSON text, null: the key is not there. */
    changes: z.array(z.object({ path: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
    /** What it means, in sentences. */
    notes: z.array(z.string()),
    warnings: z.array(ConfigProblemJson),
  })
  .meta({ id: 'EditSweepResponse' })
export type EditSweepResponse = z.infer<typeof EditSweepResponse>

/** The files that a sweep had, oldest first; a run's `specVersion` names one. */
export const ListSpecVersionsResponse = z
  .object({
    versions: z.array(z.object({ version: z.number().int(), config: z.string(), createdAt: Time })),
  })
  .meta({ id: 'ListSpecVersionsResponse' })
export type ListSpecVersionsResponse = z.infer<typeof ListSpecVersionsResponse>

/** `text`: JSON Lines, or one YAML or JSON mapping or list of mappings. `repeat` tries again what was tried before. */
export const EnqueueRequest = z
  .strictObject({ text: z.string().min(1), repeat: z.boolean().optional(), dryRun: DryRun })
  .meta({ id: 'EnqueueRequest' })
export type EnqueueRequest = z.infer<typeof EnqueueRequest>

export const EnqueueResponse = z
  .object({
    sweep: SweepJson,
    /** In the order of the text; of a dry run without ids. */
    enqueued: z.array(z.object({ runId: Id.nullable(), configText: z.string() })),
    /** Configurations that the sweep has already. */
    known: z.array(z.object({ runId: Id, state: z.enum(RUN_STATES), configText: z.string() })),
    warnings: z.array(ConfigProblemJson),
  })
  .meta({ id: 'EnqueueResponse' })
export type EnqueueResponse = z.infer<typeof EnqueueResponse>

/** Failed and lost runs of the sweep that the filter takes, the oldest first; all without one. */
export const RetryRequest = z
  .strictObject({
    where: z.string().max(MAX_FILTER_LENGTH).optional(),
    runIds: z.array(Id).max(10_000).optional(),
    max: z.number().int().min(1).optional(),
    dryRun: DryRun,
  })
  .meta({ id: 'RetryRequest' })
export type RetryRequest = z.infer<typeof RetryRequest>

export const RetryResponse = z
  .object({
    sweep: SweepJson,
    retried: z.array(Id),
    /** Runs that were asked for and are neither failed nor lost. */
    notRetried: z.array(z.object({ runId: Id, state: z.enum(RUN_STATES) })),
  })
  .meta({ id: 'RetryResponse' })
export type RetryResponse = z.infer<typeof RetryResponse>

/** What DELETE of a sweep or a run has erased; `runs` counts the runs among it. */
export const RemoveResponse = z
  .object({
    removed: z.object({ kind: z.enum(['sweep', 'run']), id: Id, name: z.string(), runs: count }),
  })
  .meta({ id: 'RemoveResponse' })
export type RemoveResponse = z.infer<typeof RemoveResponse>

// ------------------------------------------------------------------------------------------------------ run requests

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

const Saving = z.number().nullable()
/** `saved...`: against the median finished run; null: none has finished. */
export const StopsResponse = z
  .object({
    sweep: z.object({ id: Id, name: z.string() }),
    /** The block early_terminate. */
    rule: z.record(z.string(), z.unknown()),
    bands: z.array(
      z.object({
        band: z.number(),
        reached: count,
        stopped: count,
        controls: count,
        savedReports: Saving,
        savedHours: Saving,
        /** Spearman's, between the value at the band and the final one; null: fewer than 3 finished runs. */
        rankCorrelation: z.number().nullable(),
        finishedCount: count,
        /** Where the line was last; an older controller tells neither it nor the bins. */
        threshold: MetricValue.nullable().optional(),
        /** How the values lie, ascending; ids of the runs. Far ones are in the first and the last bin. */
        bins: z
          .array(
            z.object({
              from: z.number(),
              to: z.number(),
              kept: z.array(Id),
              stopped: z.array(Id),
              controls: z.array(Id),
            }),
          )
          .optional(),
      }),
    ),
    /** The run that is best now, and whether the lines of today would have ended it. */
    winner: z
      .object({
        runId: Id,
        checks: z.array(
          z.object({
            band: z.number(),
            value: MetricValue.nullable(),
            threshold: MetricValue.nullable(),
            rank: count,
            of: count,
            isCut: z.boolean(),
          }),
        ),
      })
      .nullable()
      .optional(),
    stopped: count,
    savedReports: Saving,
    savedHours: Saving,
    fullReports: Saving,
    /** Runs that were condemned and lived on; `wasAmongBest`: one of them ended in the best tenth of the ranking. */
    controls: z.array(
      z.object({
        runId: Id,
        band: z.number(),
        value: MetricValue.nullable(),
        threshold: MetricValue.nullable(),
        rank: z.number().int().nullable(),
        amongBest: z.boolean(),
      }),
    ),
    wasAmongBest: z.boolean(),
    ranked: count,
  })
  .meta({ id: 'StopsResponse' })
export type StopsResponse = z.infer<typeof StopsResponse>

/** Parquet has one table in a file: `all` is refused for it. `where` is the filter language of run-filter.ts. */
export const ExportQuery = z.strictObject({
  what: z.enum(['runs', 'history', 'all']).default('runs'),
  format: z.enum(EXPORT_FORMATS).default('jsonl'),
  where: z.string().max(MAX_FILTER_LENGTH).optional(),
})
export type ExportQuery = z.infer<typeof ExportQuery>

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

// ----------------------------------------------------------------------------------------------- agents and the rest

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

export const ResolveResponse = z
  .object({ kind: z.enum(['sweep', 'run']), id: Id, name: z.string() })
  .meta({ id: 'ResolveResponse' })
export type ResolveResponse = z.infer<typeof ResolveResponse>

/** An entry of the change log. */
export const Change = z.object({
  seq: z.number().int(),
  at: Time,
  entity: z.enum(['sweep', 'run', 'agent']),
  entityId: z.string(),
  sweepId: Id.nullable(),
  event: z.string(),
  data: z.record(z.string(), z.unknown()),
})

/** `sweep`: only what concerns that sweep and its runs, and agents. */
export const ReadChangesQuery = z.strictObject({
  since: wholeNumber(0, 0, Number.MAX_SAFE_INTEGER),
  limit: wholeNumber(500, 1, 5000),
  sweep: z.string().max(MAX_NAME_LENGTH).optional(),
})
export const ReadChangesResponse = z
  .object({
    changes: z.array(Change),
    /** For `since` of the next request. */
    next: z.number().int(),
    /** The entries after `since` are no longer kept, or `since` is of another database: read the state anew. */
    reset: z.boolean(),
  })
  .meta({ id: 'ReadChangesResponse' })
export type ReadChangesResponse = z.infer<typeof ReadChangesResponse>

/** As ReadChangesQuery; without `since` from now on. The header Last-Event-ID goes before `since`. */
export const StreamChangesQuery = z.strictObject({
  since: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  sweep: z.string().max(MAX_NAME_LENGTH).optional(),
})

/** GET /healthz, at the root. */
export const HealthResponse = z
  .object({ status: z.literal('ok'), version: z.string() })
  .meta({ id: 'HealthResponse' })
export type HealthResponse = z.infer<typeof HealthResponse>

/** What the controller needs to work, each part by itself. */
export const READY_PARTS = ['database', 'redis', 'leader', 'ingest', 'disk'] as const

/** GET /readyz, at the root: 200 with `ok`, 503 with `unavailable` and the first part's error. */
export const ReadyResponse = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    version: z.string(),
    /** This controller leads: it schedules and stores reports. */
    leader: z.boolean(),
    components: z.record(
      z.enum(READY_PARTS),
      z.object({
        status: z.enum(['ok', 'failing']),
        /** Why it fails, in words. */
        reason: z.string().nullable(),
        /** When it began to work, or to fail. */
        since: Time,
      }),
    ),
    error: ErrorResponse.shape.error.optional(),
  })
  .meta({ id: 'ReadyResponse' })
export type ReadyResponse = z.infer<typeof ReadyResponse>
