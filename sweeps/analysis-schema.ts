// What the API answers to questions about a sweep as a whole: its outlook, what its parameters are worth, what a model
// makes of two of them, and the learning curves of many runs at once.
import { z } from 'zod'
import { MAX_FILTER_LENGTH } from './api-limits.ts'
import { MetricSpecJson } from './sweep-schema.ts'
import { MetricValue } from './protocol.ts'

const Id = z.string().regex(/^[0-9a-z]{8}$/)
const Time = z.iso.datetime()
const count = z.number().int().min(0)
/** A probability, or a share of a whole. */
const share = z.number().min(0).max(1)

const SweepHead = z.object({ id: Id, name: z.string(), metric: MetricSpecJson.nullable() })

/**
 * How the sweep stands and what is to be expected of it. What cannot be told honestly is null, and `...Reason` says why.
 */
export const OutlookResponse = z
  .object({
    sweep: SweepHead,
    /** Everything up to this place of the change log is counted. */
    seq: count,
    /** When it was computed: times left count from here. */
    at: Time,
    /** Runs that are not over, and runs that there will ever be; null: nothing bounds them. */
    runsLeft: count.nullable(),
    runsInAll: count.nullable(),
    /** Runs that ended in an hour, over the newest 50; null: fewer than 3 finished. */
    runsPerHour: z.number().nullable(),
    medianRunMs: z.number().nullable(),
    /** From now, ms: 8 of 10 ends lie between low and high. */
    eta: z.object({ lowMs: z.number(), medianMs: z.number(), highMs: z.number() }).nullable(),
    etaReason: z.string().nullable(),
    agents: z.object({ alive: count, total: count }),
    /** Of living agents that take its work; `busy` with its runs. */
    slots: z.object({ alive: count, busy: count }),
    /** `slot`: the agents hand out no GPUs, so these are hours of slots. */
    hours: z.object({ spent: z.number(), toGo: z.number().nullable(), unit: z.enum(['gpu', 'slot']) }),
    best: z
      .object({
        runId: Id,
        name: z.string(),
        value: MetricValue,
        at: Time,
        /** Runs that were ranked since. */
        runsSince: count,
        /** It was found among the newest fifth of the ranked runs (10 at the least). */
        isImproving: z.boolean(),
      })
      .nullable(),
    /** How far two runs of one configuration differ; null: too few repeats (fewer than 2 beyond the first of each). */
    noise: z
      .object({
        sd: z.number(),
        groups: count,
        runs: count,
        basis: z.enum(['seed', 'repeat']),
        /** Runs that differ by less cannot be told apart. */
        difference: z.number(),
        /** Ranked runs that cannot be told from the best, it included; the first 20 are named. */
        equal: z.array(Id),
        equalCount: count,
        text: z.string(),
      })
      .nullable(),
    noiseReason: z.string().nullable(),
    /** That one of the next 50 runs is better than the best by more than 1 %. */
    chance: z.object({
      probability: share.nullable(),
      reason: z.string().nullable(),
      runs: count,
      threshold: z.number().nullable(),
      /** Forecasts of the same kind over its own past, against what came. */
      record: z
        .object({
          forecasts: count,
          expected: share,
          observed: share,
          brier: z.number(),
          isCalibrated: z.boolean(),
        })
        .nullable(),
    }),
    next: z.array(
      z.object({
        parameter: z.string(),
        kind: z.enum(['widen-down', 'widen-up', 'extend-list', 'keep-value']),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: 'OutlookResponse' })
export type OutlookResponse = z.infer<typeof OutlookResponse>

/** Filter and metric of a question; the filter language is that of lists of runs. */
const Where = z.string().max(MAX_FILTER_LENGTH).optional()
const MetricName = z.string().min(1).max(1024).optional()

/** @default metric: the sweep's; where: every run */
export const ImportanceQuery = z.strictObject({ metric: MetricName, where: Where })
export type ImportanceQuery = z.infer<typeof ImportanceQuery>

export const ImportanceResponse = z
  .object({
    sweep: SweepHead,
    seq: count,
    /** null: the sweep has none, and none was asked for. */
    metric: z.string().nullable(),
    runs: z.object({
      /** Ended runs with a value, that the figures rest on; `sampled` of them were looked at. */
      counted: count,
      sampled: count,
      /** Of those counted: stopped early, so that their values are not final. */
      stopped: count,
      /** Ended, and left out: without the metric, or with NaN alone. */
      nan: count,
      noMetric: count,
      failed: count,
    }),
    needed: count,
    /** Why there are no figures; null when there are. */
    reason: z.string().nullable(),
    /** Of the variance of ranks, on runs that the trees had not seen. */
    r2: z.number().nullable(),
    /** The most important first. */
    parameters: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['number', 'category']),
        /** As declared: where equal steps are alike. */
        scale: z.enum(['linear', 'log', 'category']),
        distinct: count,
        /** Runs that have it. */
        runs: count,
        /** Share of the metric's variance (of ranks) that goes through it; null: the same in all runs. */
        importance: z.number().nullable(),
        /** 95 % interval. */
        low: z.number().nullable(),
        high: z.number().nullable(),
        isAboveChance: z.boolean().nullable(),
        /** Spearman's, with the metric in its own sign; null: it has no order. */
        correlation: z.number().nullable(),
        /** It exists only beside certain values of others. */
        isConditional: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'ImportanceResponse' })
export type ImportanceResponse = z.infer<typeof ImportanceResponse>

export const SurfaceQuery = z.strictObject({
  x: z.string().min(1).max(1024),
  y: z.string().min(1).max(1024),
})
export type SurfaceQuery = z.infer<typeof SurfaceQuery>

const SurfaceAxisJson = z.object({
  name: z.string(),
  kind: z.enum(['number', 'category']),
  scale: z.enum(['linear', 'log', 'category']),
  values: z.array(z.unknown()),
})

export const SurfaceResponse = z
  .object({
    sweep: SweepHead,
    seq: count,
    x: SurfaceAxisJson.nullable(),
    y: SurfaceAxisJson.nullable(),
    /** By y, then x; in the metric's units, averaged over the other parameters; null: the two do not exist together. */
    mean: z.array(z.array(z.number().nullable())),
    /** The same shape: is a run near enough to say? */
    isWithinReach: z.array(z.array(z.boolean())),
    /** Runs that the model rests on: of more than 256 those that matter. */
    runs: count,
    needed: count,
    reason: z.string().nullable(),
  })
  .meta({ id: 'SurfaceResponse' })
export type SurfaceResponse = z.infer<typeof SurfaceResponse>

export const MAX_CURVES = 200
/** `runs`: ids by commas; without them the best 5. */
export const CurvesQuery = z.strictObject({
  metric: MetricName,
  runs: z
    .string()
    .max(9 * MAX_CURVES)
    .optional(),
  where: Where,
  x: z.enum(['step', 'time']).default('step'),
  /** Points of a curve, about. */
  points: z.coerce.number().int().min(10).max(1000).default(200),
  /** `none` leaves the band of the others out. */
  band: z.enum(['rest', 'none']).default('rest'),
})
export type CurvesQuery = z.infer<typeof CurvesQuery>

export const CurvesResponse = z
  .object({
    sweep: SweepHead,
    seq: count,
    metric: z.string().nullable(),
    /** Of x: steps, or seconds since the start of the run. */
    x: z.enum(['step', 'time']),
    runs: z.array(
      z.object({
        runId: Id,
        name: z.string(),
        state: z.string(),
        rank: z.number().int().nullable(),
        /** Columns of the same length; a bucket without a finite value has null. */
        x: z.array(z.number()),
        mean: z.array(z.number().nullable()),
        min: z.array(z.number().nullable()),
        max: z.array(z.number().nullable()),
        /** Every point is a report: nothing was joined. */
        isWhole: z.boolean(),
        nonFinite: count,
      }),
    ),
    /** Of the other runs that the filter takes: a tenth lies below `low`, half below `middle`, a tenth above `high`. */
    band: z
      .object({
        x: z.array(z.number()),
        low: z.array(z.number().nullable()),
        middle: z.array(z.number().nullable()),
        high: z.array(z.number().nullable()),
        /** Runs that were read, of so many. */
        runs: count,
        of: count,
      })
      .nullable(),
  })
  .meta({ id: 'CurvesResponse' })
export type CurvesResponse = z.infer<typeof CurvesResponse>
