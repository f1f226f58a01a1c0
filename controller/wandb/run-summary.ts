// A run's summary as W&B shows it, and a run as W&B's filters see it. What a client sent whole is its summary; of a
// run that never met one it is put together: the last value of each metric, and the last values that are no numbers.
import { configToPlain } from '../../sweeps/config-text.ts'
import type { ClientRunRecord } from '../../sweeps/client-run.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { MetricSummary } from '../../sweeps/store.ts'
import type { ProjectRun } from '../project-board.ts'
import type { JsonObject, WandbRunFacts } from './run-fields.ts'
import { wandbStateOf } from './states.ts'
import { DEFAULT_ENTITY } from './viewer.ts'

/** What a summary is made of. */
export interface SummarySources {
  readonly client: ClientRunRecord | null
  readonly summaries: readonly Pick<MetricSummary, 'key' | 'last'>[]
  /** JSON text by key. */
  readonly values: ReadonlyMap<string, string>
  /** The highest step; null when it is not known here. */
  readonly lastStep: number | null
}

type RunTimes = Pick<RunRecord, 'createdAt' | 'startedAt' | 'finishedAt' | 'state'>

/** Numbers that JSON does not have are the texts "NaN", "Infinity" and "-Infinity". */
export function summaryOf(
  run: RunTimes,
  { client, summaries, values, lastStep }: SummarySources,
): JsonObject {
  const sent = client === null ? {} : readObject(client.summary)
  const isSent = Object.keys(sent).length > 0
  const summary = Object.create(null) as Record<string, unknown>
  // Where the client speaks, only what the agent alone reported is added to its words.
  const isShown = isSent ? new Set(client?.owners.agent) : null
  for (const [key, text] of values) if (isShown === null) summary[key] = readValue(text)
  for (const { key, last } of summaries) if (isShown?.has(key) ?? true) summary[key] = shownNumber(last)
  if (isSent) return Object.assign(summary, sent)
  if (summaries.length > 0 && lastStep !== null) summary['_step'] = lastStep
  const seconds = secondsOf(run)
  if (seconds !== null && run.finishedAt !== null) {
    summary['_runtime'] = seconds
    summary['_timestamp'] = run.finishedAt / 1000
  }
  return summary
}

/** Of training, by our clock; null before it began and while it goes on. */
export function secondsOf({ startedAt, finishedAt }: RunTimes): number | null {
  return startedAt === null || finishedAt === null ? null : (finishedAt - startedAt) / 1000
}

/** The same facts are read for every page of a list, and boards keep the runs that did not change. */
const known = new WeakMap<ProjectRun, WandbRunFacts>()

export function wandbFactsOf(run: ProjectRun): WandbRunFacts & { readonly id: ProjectRun['id'] } {
  let facts = known.get(run)
  if (facts === undefined) known.set(run, (facts = readFacts(run)))
  return facts as WandbRunFacts & { readonly id: ProjectRun['id'] } // as readFacts makes them
}

function readFacts(run: ProjectRun): WandbRunFacts & { readonly id: ProjectRun['id'] } {
  const { client } = run
  const word = wandbStateOf(run.state)
  let config: JsonObject | null = null
  let summary: JsonObject | null = null
  return {
    id: run.id,
    name: client?.name ?? run.id,
    displayName: run.name,
    states: word === run.state ? [word] : [word, run.state],
    project: run.project,
    sweep: run.sweepId,
    group: run.group,
    jobType: run.jobType,
    tags: run.tags,
    notes: run.notes,
    commit: client?.commit ?? null,
    host: client?.host ?? run.hosts.at(-1) ?? null,
    user: DEFAULT_ENTITY,
    createdAt: run.createdAt,
    heartbeatAt: client?.heardAt ?? run.finishedAt ?? run.startedAt,
    duration: secondsOf(run),
    get config() {
      return (config ??= runConfigOf(run.configText, client))
    },
    get summary() {
      return (summary ??= summaryOf(run, { ...run, lastStep: null }))
    },
  }
}

/** Plain JSON: what was proposed, and over it what its client said. */
export function runConfigOf(configText: string, client: ClientRunRecord | null): JsonObject {
  const config = configToPlain(configText)
  if (client === null) return config
  for (const [key, wrapped] of Object.entries(configToPlain(client.wandbConfig))) {
    if (key === '_wandb') continue
    const isWrapped = wrapped !== null && typeof wrapped === 'object' && 'value' in wrapped
    config[key] = isWrapped ? wrapped.value : wrapped
  }
  return config
}

function readObject(text: string): JsonObject {
  const read = readValue(text)
  return read !== null && typeof read === 'object' && !Array.isArray(read) ? (read as JsonObject) : {}
}

function readValue(text: string): unknown {
  return JSON.parse(text) as unknown // written as JSON by us
}

function shownNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
