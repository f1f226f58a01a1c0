// The API on the parts of one run, as zod schemas: its curves, media, files and artifacts, what happened to it, and what
// a person wants of it while it runs. The record itself is in api-schema.ts.
import { z } from 'zod'
import { Change } from './api-schema.ts'
import { RunJson } from './run-schema.ts'

const count = z.number().int().min(0)
const Time = z.iso.datetime()
const Id = z.string().regex(/^[0-9a-z]{8}$/)
const wholeNumber = (defaultValue: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(defaultValue)
const pageAfter = z.string().max(4096).optional()

/** What a person can want of a run that has not ended. */
export const RUN_ACTIONS = ['stop', 'cancel'] as const
export type RunAction = (typeof RUN_ACTIONS)[number]
export const ChangeRunRequest = z
  .strictObject({ reason: z.string().max(500).optional() })
  .meta({ id: 'ChangeRunRequest' })
/** `changed` is false when that was wanted already. A run that trains ends a little later. */
export const ChangeRunResponse = z
  .object({ run: RunJson, changed: z.boolean() })
  .meta({ id: 'ChangeRunResponse' })

/** `key`: a metric; all without it. `points`: at least so many buckets are left of a longer curve, and fewer than twice. */
export const ReadCurvesQuery = z.strictObject({
  key: z.string().max(256).optional(),
  points: wholeNumber(500, 10, 5000),
})

const finite = z.array(z.number().nullable())
export const CurveJson = z
  .object({
    key: z.string(),
    /** How often it was reported. */
    points: count,
    /** Every bucket is one report: `min` and `max` are left out, `mean` is the value. */
    whole: z.boolean(),
    /** Of the last report in each bucket. */
    step: z.array(z.number()),
    /** Epoch milliseconds. */
    atMs: z.array(z.number()),
    /** Of the finite values; null: it has none. */
    mean: finite,
    min: finite.optional(),
    max: finite.optional(),
    /** Reports of NaN or an infinity. */
    nonFinite: count,
  })
  .meta({ id: 'Curve' })
export type CurveJson = z.infer<typeof CurveJson>

/** Of several attempts each gives its rows with a step below the next attempt's first step. */
export const ReadCurvesResponse = z
  .object({
    runId: Id,
    /** In order of their names. */
    curves: z.array(CurveJson),
    /** Steps from which on a later attempt's reports count. */
    resumes: z.array(z.object({ attempt: z.number().int(), step: z.number() })),
  })
  .meta({ id: 'ReadCurvesResponse' })
export type ReadCurvesResponse = z.infer<typeof ReadCurvesResponse>

/** `perKey`: so many of a key's values at most, evenly, the first and the last among them. */
export const ReadMediaQuery = z.strictObject({ perKey: wholeNumber(24, 2, 200) })
/** Values of the history that are no numbers and say what they are (`_type`): pictures, tables, histograms. */
export const ReadMediaResponse = z
  .object({
    media: z.array(
      z.object({
        key: z.string(),
        /** How many there are. */
        count: count,
        items: z.array(z.object({ step: z.number(), time: Time, value: z.record(z.string(), z.unknown()) })),
      }),
    ),
  })
  .meta({ id: 'ReadMediaResponse' })
export type ReadMediaResponse = z.infer<typeof ReadMediaResponse>

/** `after`: the `next` of the page before. */
export const ListFilesQuery = z.strictObject({ after: pageAfter, limit: wholeNumber(200, 1, 1000) })
export const StoredFileJson = z
  .object({
    /** Text, whatever dots and slashes it has. */
    name: z.string(),
    sizeBytes: count,
    /** By the name's ending. */
    mimeType: z.string(),
    /** null: of an artifact, whose files never change. */
    updatedAt: Time.nullable(),
  })
  .meta({ id: 'StoredFile' })
export type StoredFileJson = z.infer<typeof StoredFileJson>
export const ListFilesResponse = z
  .object({
    files: z.array(StoredFileJson),
    total: count,
    /** For `after`; null: there are no more. */
    next: z.string().nullable(),
  })
  .meta({ id: 'ListFilesResponse' })
export type ListFilesResponse = z.infer<typeof ListFilesResponse>

/** `inline`: to be shown in a page; pictures alone (png, jpeg, gif, webp), everything else is a download. */
export const ReadFileQuery = z.strictObject({
  name: z.string().min(1).max(4096),
  inline: z.literal('1').optional(),
})

export const RunArtifactJson = z
  .object({
    id: Id,
    /** `NAME:v3` */
    name: z.string(),
    project: z.string(),
    type: z.string(),
    state: z.enum(['pending', 'committed']),
    aliases: z.array(z.string()),
    description: z.string().nullable(),
    sizeBytes: count,
    fileCount: count,
    /** When the run made or used it. */
    at: Time,
  })
  .meta({ id: 'RunArtifact' })
export const ListRunArtifactsResponse = z
  .object({ inputs: z.array(RunArtifactJson), outputs: z.array(RunArtifactJson) })
  .meta({ id: 'ListRunArtifactsResponse' })
export type ListRunArtifactsResponse = z.infer<typeof ListRunArtifactsResponse>

/** The newest so many; reports of metrics are not among them. */
export const ListRunEventsQuery = z.strictObject({ limit: wholeNumber(200, 1, 1000) })
/** Oldest first. Entries that the change log no longer keeps are not in it. */
export const ListRunEventsResponse = z
  .object({ events: z.array(Change) })
  .meta({ id: 'ListRunEventsResponse' })
export type ListRunEventsResponse = z.infer<typeof ListRunEventsResponse>

/** What W&B's client says of a run; null where none does. */
export const ReadReportedResponse = z
  .object({
    client: z
      .object({
        entity: z.string(),
        name: z.string(),
        program: z.string().nullable(),
        commit: z.string().nullable(),
        repo: z.string().nullable(),
        host: z.string().nullable(),
        heardAt: Time,
        /** As it was last sent. */
        summary: z.record(z.string(), z.unknown()),
      })
      .nullable(),
  })
  .meta({ id: 'ReadReportedResponse' })
export type ReadReportedResponse = z.infer<typeof ReadReportedResponse>

/** `project`: in it W&B's client called a run so; that comes first. */
export const ResolveQuery = z.strictObject({ project: z.string().max(200).optional() })
