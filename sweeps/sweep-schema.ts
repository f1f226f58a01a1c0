// Sweeps in the HTTP API, as zod schemas: what programs send and what they get. As api-schema.ts.
import { z } from 'zod'
import { EXPORT_FORMATS, MAX_FILTER_LENGTH } from './api-limits.ts'
import { ConfigProblemJson, Id, MAX_NAME_LENGTH, Time, count, line } from './api-schema.ts'
import { MetricValue } from './protocol.ts'
import { RUN_STATES } from './run.ts'
import { SWEEP_STATES } from './sweep.ts'

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
