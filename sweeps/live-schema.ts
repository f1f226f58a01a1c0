// What live pages read, as zod schemas: the snapshot of a sweep, in columns, and the messages of the change stream.
// Both are written as text for speed (controller/live/); a test reads that text with these. docs/live-changes.md says
// what the cells mean. Times named `...Ms` are epoch milliseconds.
import { z } from 'zod'
import { AgentJson } from './agent-schema.ts'
import { Change } from './api-schema.ts'
import { SweepJson } from './sweep-schema.ts'
import { MetricValue } from './protocol.ts'
import { RUN_STATES } from './run.ts'

const text = z.string()
const time = z.number()

/** Cells of a run that are columns of a snapshot. */
const RunColumns = z.object({
  id: z.array(text),
  name: z.array(text),
  state: z.array(z.enum(RUN_STATES)),
  value: z.array(MetricValue.nullable()),
  bestStep: z.array(z.number().nullable()),
  attempt: z.array(z.number()),
  createdAtMs: z.array(time),
  startedAtMs: z.array(time.nullable()),
  finishedAtMs: z.array(time.nullable()),
  host: z.array(text.nullable()),
  agentId: z.array(text.nullable()),
  stopReason: z.array(text.nullable()),
  tags: z.array(z.array(text)),
  notes: z.array(text),
  group: z.array(text.nullable()),
  jobType: z.array(text.nullable()),
  rank: z.array(z.number().nullable()),
})

/** SWEEP without `url`. */
export const LiveSweep = SweepJson.omit({ url: true }).meta({ id: 'LiveSweep' })
export type LiveSweep = z.infer<typeof LiveSweep>

const metricCells = z.array(MetricValue.nullable()).optional()

/** GET /sweeps/REF/snapshot. Each array has `count` cells, one a run, in order of creation. */
export const SweepSnapshot = z
  .object({
    schema: z.literal('sweep.snapshot/1'),
    /** Everything up to here is in it; the stream goes on from here. */
    seq: z.number().int(),
    sweep: LiveSweep,
    count: z.number().int(),
    columns: RunColumns,
    params: z.array(
      z.object({
        /** Dotted for a nested parameter. */
        name: text,
        kind: z.enum(['int', 'float', 'mixed', 'other']),
        /** Of kind `mixed`: the rows (from 0) that are floats. */
        floatRows: z.array(z.number().int()).optional(),
        /** The search space draws it on a logarithmic scale. */
        log: z.boolean().optional(),
        values: z.array(z.unknown()),
      }),
    ),
    metrics: z.array(
      z.object({ name: text, last: metricCells, min: metricCells, max: metricCells, best: metricCells }),
    ),
  })
  .meta({ id: 'SweepSnapshot' })
export type SweepSnapshot = z.infer<typeof SweepSnapshot>

/** Stands for the whole run: what is left out is null. */
export const LiveRun = z
  .object({
    /** Left out: a run outside sweeps. */
    sweepId: text.optional(),
    project: text,
    id: text,
    name: text,
    state: z.enum(RUN_STATES),
    value: MetricValue.optional(),
    bestStep: z.number().optional(),
    attempt: z.number(),
    createdAtMs: time,
    startedAtMs: time.optional(),
    finishedAtMs: time.optional(),
    host: text.optional(),
    agentId: text.optional(),
    stopReason: text.optional(),
    tags: z.array(text),
    notes: text,
    group: text.optional(),
    jobType: text.optional(),
    params: z.record(text, z.unknown()),
    metrics: z.record(
      text,
      z.object({
        last: MetricValue.optional(),
        min: MetricValue.optional(),
        max: MetricValue.optional(),
        best: MetricValue.optional(),
      }),
    ),
  })
  .meta({ id: 'LiveRun' })
export type LiveRun = z.infer<typeof LiveRun>

/** An agent without what its beats tell. */
export const LiveAgent = AgentJson.pick({
  id: true,
  host: true,
  state: true,
  slots: true,
  sweepIds: true,
  labels: true,
})
  .extend({ drain: z.boolean(), version: text })
  .meta({ id: 'LiveAgent' })
export type LiveAgent = z.infer<typeof LiveAgent>

/** Data of the event `changes` of GET /changes/stream. */
export const ChangesMessage = z
  .object({
    /** Every entry up to here was told. */
    seq: z.number().int(),
    runs: z.array(LiveRun),
    sweeps: z.array(LiveSweep),
    agents: z.array(LiveAgent),
    events: z.array(Change),
  })
  .meta({ id: 'ChangesMessage' })
export type ChangesMessage = z.infer<typeof ChangesMessage>
