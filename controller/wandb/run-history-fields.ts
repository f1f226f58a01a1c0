// The fields of the type Run by which clients read what a run reported: its history whole, in pages and sampled, its
// keys, the machine's figures, and its console.
import { SweepError } from '../../sweeps/errors.ts'
import type { MetricSummary } from '../../sweeps/store.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { readLastLogLines, readLogLines } from '../log-lines.ts'
import type { LogLine, LogPlace } from '../log-lines.ts'
import { createHistories, sampleEvenly } from '../whole-history.ts'
import type { HistoryRow } from '../whole-history.ts'
import { batchedRead } from './batched-read.ts'
import type { SchemaPart } from './graphql-schema.ts'
import type { RunNode } from './run-node.ts'

const TYPE_DEFS = `
  extend type Run {
    history(samples: Int, minStep: Int64, maxStep: Int64): [JSONString!]
    events(samples: Int, minStep: Int64, maxStep: Int64): [JSONString!]
    sampledHistory(specs: [JSONString!]!): JSON
    parquetHistory(liveKeys: [String!]): ParquetHistory
    historyKeys: JSON
    systemMetrics: JSONString
    logLines(first: Int, last: Int, after: String, useImprovedPagination: Boolean): LogLineConnection
  }
  type ParquetHistory { parquetUrls: [String!]! liveData: JSON }
  type LogLineConnection { edges: [LogLineEdge!]! pageInfo: PageInfo! }
  type LogLineEdge { cursor: String! node: LogLine! }
  type LogLine { number: Int! timestamp: String level: String label: String line: String! }
`

/** Rows in one answer; clients ask for 500, and scan in pages of 1,000. */
const MAX_SAMPLES = 10_000
const MAX_LINES = 10_000

interface HistoryArguments {
  readonly samples?: number | null
  readonly minStep?: number | string | null
  readonly maxStep?: number | string | null
}

export function createRunHistoryPart({ store }: Pick<ApiServices, 'store'>): SchemaPart {
  const histories = createHistories(store)
  const summariesOf = batchedRead((ids: readonly RunId[]) => store.listSummaries(ids))
  const valuesOf = batchedRead((ids: readonly RunId[]) => store.listValuesOf(ids))

  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Run: {
        async history({ run }: RunNode, asked: HistoryArguments) {
          const rows = within(await histories.rowsOf(run), asked)
          return sampleEvenly(rows, sampleCount(asked.samples)).map((row) => JSON.stringify(lineOf(run, row)))
        },

        async events({ run }: RunNode, asked: HistoryArguments) {
          const chunks = await store.readSystemChunks(run.id)
          const samples = chunks.flatMap((chunk) => chunk.samples)
          return sampleEvenly(samples, sampleCount(asked.samples)).map(({ at, values }) =>
            JSON.stringify({ ...timesOf(run, at), ...systemFigures(values) }),
          )
        },

        async sampledHistory({ run }: RunNode, { specs }: { specs: readonly string[] }) {
          const asked = specs.map(readSpec)
          const rows = await histories.rowsOf(run)
          return asked.map((spec) => {
            const lines = within(rows, spec).flatMap((row) => pick(lineOf(run, row), spec.keys) ?? [])
            return sampleEvenly(lines, sampleCount(spec.samples))
          })
        },

        /** Nothing is exported to files: everything is live, and read in pages. */
        parquetHistory: () => ({ parquetUrls: [], liveData: [] }),

        async historyKeys({ run }: RunNode) {
          const [summaries = [], values] = [await summariesOf(run.id), await valuesOf(run.id)]
          if (summaries.length === 0 && values === undefined) return null
          return historyKeysOf(run, summaries, values ?? new Map<string, string>())
        },

        async systemMetrics({ run }: RunNode) {
          const [chunk] = await store.readSystemChunks(run.id, { lastChunks: 1 })
          const last = chunk?.samples.at(-1)
          if (last === undefined) return '{}'
          return { ...timesOf(run, last.at), ...systemFigures(last.values) }
        },

        logLines: async (
          { run }: RunNode,
          asked: { first?: number | null; last?: number | null; after?: string | null },
        ) => {
          if (asked.last !== undefined && asked.last !== null)
            return logPage(await readLastLogLines(store, run.id, clamp(asked.last, MAX_LINES)), null)
          const count = clamp(asked.first ?? 1_000, MAX_LINES)
          const { lines, next } = await readLogLines(store, run.id, count, readLogCursor(asked.after))
          return logPage(lines, next)
        },
      },
    },
  }
}

// ------------------------------------------------------------------------------------------------------------ history

/** A line of W&B's history: the cells, and the names that every line has. */
function lineOf(run: RunRecord, { step, at, cells }: HistoryRow): Record<string, unknown> {
  const line = Object.create(null) as Record<string, unknown>
  for (const [key, value] of cells)
    line[key] = typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  return Object.assign(line, { _step: step, ...timesOf(run, at) })
}

function timesOf(run: RunRecord, at: number): { _runtime: number; _timestamp: number } {
  const startedAt = run.startedAt ?? run.createdAt
  return { _runtime: Math.max(0, at - startedAt) / 1000, _timestamp: at / 1000 }
}

/** The rows with a step in [minStep, maxStep). */
function within(rows: readonly HistoryRow[], asked: HistoryArguments): readonly HistoryRow[] {
  const min = numberOf(asked.minStep) ?? -Infinity
  const max = numberOf(asked.maxStep) ?? Infinity
  if (min === -Infinity && max === Infinity) return rows
  return rows.slice(indexOfStep(rows, min), indexOfStep(rows, max))
}

/** Of the first row with this step or a higher one. */
function indexOfStep(rows: readonly HistoryRow[], step: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.step ?? Infinity) < step) low = middle + 1
    else high = middle
  }
  return low
}

/** null: a key is missing. */
function pick(line: Record<string, unknown>, keys: readonly string[] | null): Record<string, unknown> | null {
  if (keys === null) return line
  const picked = Object.create(null) as Record<string, unknown>
  for (const key of keys) {
    if (!Object.hasOwn(line, key)) return null
    picked[key] = line[key]
  }
  return picked
}

interface HistorySpec extends HistoryArguments {
  readonly keys: readonly string[] | null
}

function readSpec(text: string): HistorySpec {
  const spec = parseJson(text)
  if (spec === null || typeof spec !== 'object' || Array.isArray(spec)) throw badSpec()
  const { keys, samples, minStep, maxStep } = spec as Record<string, unknown>
  const lastStep = numberOf(maxStep)
  const isKeys = Array.isArray(keys) && keys.every((key) => typeof key === 'string')
  if (keys !== undefined && keys !== null && !isKeys) throw badSpec()
  return {
    keys: isKeys && keys.length > 0 ? keys : null,
    samples: numberOf(samples),
    minStep: numberOf(minStep),
    maxStep: lastStep === null ? null : Math.floor(lastStep) + 1, // here it is the last step itself
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw badSpec()
  }
}

function badSpec(): SweepError {
  return new SweepError(
    'REQUEST_INVALID',
    'specs: expected JSON such as {"keys": ["loss"], "samples": 500}',
    {
      at: 'specs',
    },
  )
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && !Number.isNaN(number) ? number : null
}

function sampleCount(samples: number | null | undefined): number {
  return clamp(samples ?? 500, MAX_SAMPLES)
}

function clamp(count: number, most: number): number {
  return Math.min(Math.max(Math.floor(count), 0), most)
}

function historyKeysOf(
  run: RunRecord,
  summaries: readonly MetricSummary[],
  values: ReadonlyMap<string, string>,
): object {
  const lastStep = summaries.reduce((step, one) => Math.max(step, one.lastStep), -1)
  const rowCount = summaries.reduce((most, one) => Math.max(most, one.steps), 0)
  const keys = Object.create(null) as Record<string, object>
  const add = (key: string, type: string, count: number, previousValue: unknown) => {
    keys[key] = { typeCounts: [{ type, count }], monotonic: key === '_step', previousValue }
  }
  for (const [key, text] of values) {
    const value = JSON.parse(text) as unknown // written as JSON by us
    add(key, typeof value === 'string' ? 'string' : 'map', 1, value)
  }
  for (const { key, last, steps } of summaries)
    add(key, 'number', steps, Number.isFinite(last) ? last : String(last))
  add('_step', 'number', rowCount, lastStep)
  const { _runtime, _timestamp } = timesOf(run, run.finishedAt ?? run.startedAt ?? run.createdAt)
  add('_runtime', 'number', rowCount, _runtime)
  add('_timestamp', 'number', rowCount, _timestamp)
  return { sets: [], keys, lastStep: Math.floor(lastStep) }
}

/** As W&B's client names them. */
function systemFigures(values: Readonly<Record<string, number | null>>): Record<string, number | null> {
  const named = Object.entries(values).map(([key, value]): [string, number | null] => [
    key.startsWith('system.') ? key : `system.${key}`,
    value,
  ])
  return Object.fromEntries(named)
}

// ------------------------------------------------------------------------------------------------------------ console

function logPage(lines: readonly LogLine[], next: LogPlace | null): object {
  const edges = lines.map(({ number, at, stream, text }) => ({
    cursor: '',
    node: {
      number,
      timestamp: new Date(at).toISOString(),
      level: stream === 'stderr' ? 'error' : '',
      label: '',
      line: text,
    },
  }))
  const endCursor = next === null ? null : `${next.attempt}:${next.seq}:${next.number}`
  return {
    edges,
    pageInfo: { startCursor: null, endCursor, hasNextPage: next !== null, hasPreviousPage: false },
  }
}

function readLogCursor(cursor: string | null | undefined): LogPlace | null {
  if (cursor === null || cursor === undefined || cursor === '') return null
  const found = /^(\d{1,9}):(\d{1,16}):(\d{1,12})$/.exec(cursor)
  if (found === null)
    throw new SweepError('REQUEST_INVALID', 'after: not a cursor that this list gave', { at: 'after' })
  const [attempt, seq, number] = found.slice(1).map(Number) as [number, number, number] // three groups
  return { attempt, seq, number }
}
