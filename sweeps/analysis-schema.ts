// What the API answers to questions about a sweep as a whole: its outlook, what its parameters are worth, what a model
// makes of two of them, and the learning curves of many runs at once.
import { z } from 'zod'
import { MetricSpecJson } from './api-schema.ts'
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
