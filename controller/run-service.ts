// The use cases on runs: list, rank, read one with its logs and metrics, edit its labels, create one outside a sweep.
import type { Clock } from '../runtime/clock.ts'
import { MAX_TAGS } from '../sweeps/api-limits.ts'
import type { BestRunsQuery, CreateRunRequest, EditRunRequest, ListRunsQuery } from '../sweeps/api-schema.ts'
import { hashConfigText, parseConfigText } from '../sweeps/config-text.ts'
import { NotFoundError, SweepError } from '../sweeps/errors.ts'
import { rankRuns } from '../sweeps/ranking.ts'
import { parseRunFilter, parseRunSort, type FilterableRun } from '../sweeps/run-filter.ts'
import { countedRows, rankingValue } from '../sweeps/run-history.ts'
import type { AttemptRecord, RunRecord } from '../sweeps/run.ts'
import type { LogChunk, MetricSummary, StoreReads, SweepStore } from '../sweeps/store.ts'
import type { MetricRow } from '../sweeps/protocol.ts'
import { createId, type RunId, type SweepId, type SweepRecord } from '../sweeps/sweep.ts'
import type { RunView } from './present.ts'
import type { Standing, Standings } from './standings.ts'

export interface RunServiceDeps {
  readonly store: SweepStore
  readonly standings: Standings
  readonly clock: Clock
  /** Uniform integer in [0, n). */
  readonly randomInt: (n: number) => number
}

/** Which runs: of a sweep, of a project, or all. */
export interface RunScope {
  readonly sweep?: SweepRecord
  readonly project?: string
}

export interface RunService {
  listRuns(scope: RunScope, query: ListRunsQuery): Promise<{ views: RunView[]; total: number }>
  /** The first n of the ranking, and how many runs of which kind are not in it. */
  bestRuns(
    sweep: SweepRecord,
    query: BestRunsQuery,
  ): Promise<{ views: RunView[]; notCounted: Record<string, number> }>
  viewRuns(runs: readonly RunRecord[]): Promise<RunView[]>
  viewRun(run: RunRecord): Promise<RunView>
  editRun(id: RunId, edit: EditRunRequest): Promise<RunView>
  /** @param configText the config as it was sent: int and float apart */
  createRun(request: CreateRunRequest, configText: string): Promise<RunView>
  readLogs(id: RunId, after: { attempt: number; seq: number } | null, limit: number): Promise<LogChunk[]>
  /** The rows that count (run-history.ts), with all keys or one. */
  readMetrics(id: RunId, key: string | null): Promise<{ attempt: number; row: MetricRow }[]>
}

export function createRunService(deps: RunServiceDeps): RunService {
  const { store, standings, clock } = deps

  async function viewRuns(runs: readonly RunRecord[]): Promise<RunView[]> {
    const ids = runs.map((run) => run.id)
    const [attempts, summaries, standingBySweep] = await Promise.all([
      store.listAttempts(ids),
      store.listSummaries(ids),
      findStandings(store, standings, runs),
    ])
    const attemptsByRun = new Map<RunId, AttemptRecord[]>(ids.map((id) => [id, []]))
    for (const attempt of attempts) attemptsByRun.get(attempt.runId)?.push(attempt)
    return runs.map((run) => ({
      run,
      attempts: attemptsByRun.get(run.id) ?? [],
      summaries: summaries.get(run.id) ?? [],
      rank: (run.sweepId === null ? undefined : standingBySweep.get(run.sweepId)?.rankOf.get(run.id)) ?? null,
    }))
  }

  async function viewRun(run: RunRecord): Promise<RunView> {
    const [view] = await viewRuns([run])
    if (view === undefined) throw new NotFoundError('run', run.id)
    const [values, told] = await Promise.all([store.listValues(run.id), store.listProvenance(run.id)])
    return { ...view, values, provenance: new Map(told.map(({ attempt, facts }) => [attempt, facts])) }
  }

  return {
    viewRuns,
    viewRun,

    async listRuns(scope, query) {
      const base = runQueryOf(scope)
      if (query.where === undefined && query.sort === undefined) {
        const runs =
          query.limit === 0 ? [] : await store.listRuns({ ...base, offset: query.offset, limit: query.limit })
        return { views: await viewRuns(runs), total: await countRuns(store, scope) }
      }
      const takes = parseRunFilter(query.where ?? '')
      const compare = query.sort === undefined ? null : parseRunSort(query.sort)
      const views = (await viewRuns(await store.listRuns(base)))
        .map((view) => ({ view, facts: filterableOf(view) }))
        .filter(({ facts }) => takes(facts))
      if (compare !== null) views.sort((a, b) => compare(a.facts, b.facts))
      const page = views.slice(query.offset, query.offset + query.limit)
      return { views: page.map(({ view }) => view), total: views.length }
    },

    async bestRuns(sweep, query) {
      const runs = await store.listRuns({ sweepId: sweep.id })
      const { ranked, notCounted } = await rankBy(store, sweep, runs, query)
      const first = ranked.slice(0, query.n)
      const views = await viewRuns(first)
      return { views: views.map((view, index) => ({ ...view, rank: index + 1 })), notCounted }
    },

    async editRun(id, edit) {
      const edited = await store.write(async (tx) => {
        const run = await tx.findRun(id)
        if (run === null) throw new NotFoundError('run', id)
        const next: RunRecord = {
          ...run,
          name: edit.name ?? run.name,
          tags: editedTags(run.tags, edit),
          notes: edit.notes ?? run.notes,
        }
        await tx.saveRuns([next])
        const data = { fields: Object.keys(edit) }
        await tx.recordChanges([
          { at: clock.now(), entity: 'run', entityId: id, sweepId: run.sweepId, event: 'run.edited', data },
        ])
        return next
      })
      return viewRun(edited)
    },

    async createRun(request, configText) {
      const run = newRun(request, configText, deps)
      await store.write(async (tx) => {
        const inserted = await tx.insertRuns([run])
        if (!inserted.has(run.id)) throw new SweepError('INTERNAL', `run ${run.id} was not inserted`)
        await tx.recordChanges([
          {
            at: run.createdAt,
            entity: 'run',
            entityId: run.id,
            sweepId: null,
            event: 'run.created',
            data: { project: run.project },
          },
        ])
      })
      return viewRun(run)
    },

    readLogs(id, after, limit) {
      return store.readLogs(id, after === null ? { limit } : { after, limit })
    },

    async readMetrics(id, key) {
      const rows = countedRows(await store.readMetrics(id))
      if (key === null) return rows
      return rows.flatMap(({ attempt, row }) => {
        const value = Object.hasOwn(row.metrics, key) ? row.metrics[key] : undefined
        return value === undefined ? [] : [{ attempt, row: { ...row, metrics: { [key]: value } } }]
      })
    },
  }
}

function runQueryOf(scope: RunScope): { sweepId?: SweepId; project?: string } {
  return {
    ...(scope.sweep === undefined ? {} : { sweepId: scope.sweep.id }),
    ...(scope.project === undefined ? {} : { project: scope.project }),
  }
}

async function countRuns(store: StoreReads, scope: RunScope): Promise<number> {
  if (scope.sweep === undefined) return (await store.listRuns(runQueryOf(scope))).length
  const counts = await store.countRunsByState(scope.sweep.id)
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

async function findStandings(
  store: StoreReads,
  standings: Standings,
  runs: readonly RunRecord[],
): Promise<Map<SweepId, Standing>> {
  const ids = new Set(runs.flatMap((run) => run.sweepId ?? []))
  const found = new Map<SweepId, Standing>()
  for (const id of ids) {
    const sweep = await store.findSweep(id)
    if (sweep !== null) found.set(id, await standings.standingOf(sweep, await store.countRunsByState(id)))
  }
  return found
}

/** The ranking that was asked for, each run with the value that it was ranked by. */
async function rankBy(
  store: StoreReads,
  sweep: SweepRecord,
  runs: readonly RunRecord[],
  { summary, include }: BestRunsQuery,
): Promise<{ ranked: RunRecord[]; notCounted: Record<string, number> }> {
  const metric = sweep.metric === null || summary === undefined ? sweep.metric : { ...sweep.metric, summary }
  const summaries = summary === undefined ? null : await store.listSummaries(runs.map((run) => run.id))
  const valued =
    summaries === null
      ? runs
      : runs.map((run) => ({ ...run, ...rankingValue(summaryMap(summaries.get(run.id) ?? []), metric) }))
  const { ranked, notCounted } = rankRuns(valued, metric, { includeRunning: include === 'running' })
  const above = Object.entries(notCounted).filter(([, count]) => count > 0)
  return { ranked, notCounted: Object.fromEntries(above) }
}

function summaryMap(summaries: readonly MetricSummary[]): Map<string, MetricSummary> {
  return new Map(summaries.map((summary) => [summary.key, summary]))
}

function newRun(
  request: CreateRunRequest,
  configText: string,
  { clock, randomInt }: RunServiceDeps,
): RunRecord {
  const id = createId(randomInt) as RunId
  return {
    id,
    name: request.name ?? id,
    sweepId: null,
    project: request.project,
    state: 'queued',
    configText,
    configHash: hashConfigText(configText),
    replicate: 0,
    specVersion: 1,
    suggestionIndex: null,
    suggestedBy: null,
    seed: randomInt(2 ** 31),
    value: null,
    bestStep: null,
    attemptCount: 0,
    openAttempt: null,
    lossCount: 0,
    wish: null,
    wishReason: null,
    stopReason: null,
    tags: [...new Set(request.tags ?? [])],
    notes: request.notes ?? '',
    group: request.group ?? null,
    jobType: request.jobType ?? null,
    createdAt: clock.now(),
    startedAt: null,
    finishedAt: null,
  }
}

/** @throws SweepError REQUEST_INVALID when there would be too many */
function editedTags(tags: readonly string[], edit: EditRunRequest): string[] {
  const removed = new Set(edit.removeTags)
  const kept = [...(edit.tags ?? tags), ...(edit.addTags ?? [])].filter((tag) => !removed.has(tag))
  const edited = [...new Set(kept)]
  if (edited.length > MAX_TAGS) {
    throw new SweepError('REQUEST_INVALID', `${edited.length} tags: a run has at most ${MAX_TAGS}`, {
      at: 'addTags',
      hint: 'Take some away with removeTags.',
    })
  }
  return edited
}

/** A run as filters and orders see it. */
export function filterableOf({ run, attempts, summaries, rank }: RunView): FilterableRun {
  const byKey = summaryMap(summaries)
  return {
    ...run,
    rank,
    hosts: attempts.map((attempt) => attempt.host),
    agentIds: attempts.map((attempt) => attempt.agentId),
    config: parseConfigText(run.configText),
    // `best` is kept for the sweep's metric alone: there the ranking value is what people mean.
    metric: (name) => {
      const summary = byKey.get(name)
      if (summary === undefined) return null
      return summary.best === null ? summary.last : (run.value ?? summary.last)
    },
  }
}
