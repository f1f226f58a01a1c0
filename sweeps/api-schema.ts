// The HTTP API under /api/v1 as zod schemas: what programs send and what they get. The OpenAPI document is made
// from the same schemas (controller/openapi.ts). Messages between controller and agents are in protocol.ts.
//
// A run's `config` stands in responses as written, so that 3 and 3.0 differ in the text; JSON.parse loses that, so
// `configText` carries the same text as a string. Times are ISO 8601 UTC, non-finite numbers are strings.
import { z } from 'zod'

export const API_PREFIX = '/api/v1'

export const MAX_NAME_LENGTH = 200

const NO_CONTROL_CHARACTERS = /^[^\u0000-\u001f\u007f]*$/

export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(NO_CONTROL_CHARACTERS, 'must be one line without control characters')

export const Id = z.string().regex(/^[0-9a-z]{8}$/)

export const Time = z.iso.datetime()

export const count = z.number().int().min(0)

export const wholeNumber = (defaultValue: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(defaultValue)

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

/** A sweep's or run's id, a unique prefix of at least 3 characters, a sweep's name, or `@last`. */
export const RefParams = z.strictObject({ ref: z.string().min(1).max(MAX_NAME_LENGTH) })

/** What DELETE of a sweep or a run has erased; `runs` counts the runs among it. */
export const RemoveResponse = z
  .object({
    removed: z.object({ kind: z.enum(['sweep', 'run']), id: Id, name: z.string(), runs: count }),
  })
  .meta({ id: 'RemoveResponse' })
export type RemoveResponse = z.infer<typeof RemoveResponse>

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
