// The use cases on runs: list, rank, read one with its logs and metrics, edit its labels, create one outside a sweep.
import type { Clock } from '../runtime/clock.ts'
import { MAX_TAGS } from '../sweeps/api-limits.ts'
import type {
  BestRunsQuery,
  CreateRunRequest,
  EditRunRequest,
  ListSweepRunsQuery,
} from '../sweeps/run-schema.ts'
import { hashConfigText } from '../sweeps/config-hash.ts'
import { NotFoundError, SweepError } from '../sweeps/errors.ts'
import { parseRunFilter, parseRunOrder } from '../sweeps/run-filter.ts'
import { countedRows, rankingValue } from '../sweeps/run-history.ts'
import { freshRun } from '../sweeps/run.ts'
import type { AttemptRecord, RunRecord } from '../sweeps/run.ts'
import type { RunFacts, SweepStore } from '../sweeps/store.ts'
import type { MetricRow } from '../sweeps/protocol.ts'
import { createId, type RunId, type SweepId, type SweepRecord } from '../sweeps/sweep.ts'
import { filterableOf } from './filterable-facts.ts'
import type { RunView } from './present.ts'
import { rankBest } from './rank-best.ts'
import type { Standings } from './standings.ts'
import type { ProjectBoards } from './project-board.ts'
import type { SweepBoards } from './sweep-board.ts'

export interface RunServiceDeps {
  readonly store: SweepStore
  readonly standings: Standings
  readonly boards: SweepBoards
  readonly projectBoards: ProjectBoards
  readonly clock: Clock
  /** Uniform integer in [0, n). */
  readonly randomInt: (n: number) => number
}

/** Which runs: of a sweep, of a project, or all. */
export interface RunScope {
  readonly sweep?: SweepRecord
  readonly project?: string
  /** Of these those in this group. */
  readonly group?: string
  /** Of these those outside sweeps. @default false */
  readonly isOutside?: boolean
}

export interface RunService {
  listRuns(scope: RunScope, query: ListSweepRunsQuery): Promise<{ views: RunView[]; total: number }>
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
  /** The rows that count (run-history.ts), with all keys or one. */
  readMetrics(id: RunId, key: string | null): Promise<{ attempt: number; row: MetricRow }[]>
}

export function createRunService(deps: RunServiceDeps): RunService {
  const { store, standings, boards, projectBoards, clock } = deps

  async function viewRuns(
    runs: readonly RunRecord[],
    ranks?: ReadonlyMap<RunId, number>,
  ): Promise<RunView[]> {
    const ids = runs.map((run) => run.id)
    const [attempts, summaries, rankOf] = await Promise.all([
      store.listAttempts(ids),
      store.listSummaries(ids),
      ranks ?? findRanks(runs),
    ])
    const attemptsByRun = new Map<RunId, AttemptRecord[]>(ids.map((id) => [id, []]))
    for (const attempt of attempts) attemptsByRun.get(attempt.runId)?.push(attempt)
    return runs.map((run) => ({
      run,
      attempts: attemptsByRun.get(run.id) ?? [],
      summaries: summaries.get(run.id) ?? [],
      rank: rankOf.get(run.id) ?? null,
    }))
  }

  /** The places of these runs, each in its own sweep. */
  async function findRanks(
    runs: readonly Pick<RunRecord, 'sweepId'>[],
  ): Promise<Pick<ReadonlyMap<RunId, number>, 'get'>> {
    const all: ReadonlyMap<RunId, number>[] = []
    for (const sweepId of new Set(runs.flatMap((run) => run.sweepId ?? []))) {
      const sweep = await store.findSweep(sweepId)
      if (sweep !== null) all.push(await standings.ranksOf(sweep))
    }
    const [only] = all
    if (only !== undefined && all.length === 1) return only
    return { get: (id) => all.find((ranks) => ranks.has(id))?.get(id) }
  }

  async function viewRun(run: RunRecord): Promise<RunView> {
    const [view] = await viewRuns([run])
    if (view === undefined) throw new NotFoundError('run', run.id)
    const [values, told] = await Promise.all([store.listValues(run.id), store.listProvenance(run.id)])
    return { ...view, values, provenance: new Map(told.map(({ attempt, facts }) => [attempt, facts])) }
  }

  async function factsOf({ sweep, project }: RunScope): Promise<readonly RunFacts[]> {
    if (sweep !== undefined) return (await boards.boardOf(sweep.id)).runs
    if (project !== undefined) return (await projectBoards.boardOf(project)).runs
    return store.listRunFacts({})
  }

  return {
    viewRuns,
    viewRun,

    async listRuns(scope, query) {
      const base = runQueryOf(scope)
      const isWhole = scope.group === undefined && scope.isOutside !== true
      if (isWhole && query.where === undefined && query.sort === undefined) {
        const runs =
          query.limit === 0 ? [] : await store.listRuns({ ...base, offset: query.offset, limit: query.limit })
        return { views: await viewRuns(runs), total: await store.countRuns(base) }
      }
      const takes = parseRunFilter(query.where ?? '')
      const sort = query.sort === undefined ? null : parseRunOrder(query.sort)
      const all = (await factsOf(scope)).filter(
        ({ group, sweepId }) =>
          (scope.group === undefined || group === scope.group) &&
          (scope.isOutside !== true || sweepId === null),
      )
      const ranks = await findRanks(all)
      const taken = all.map((facts) => filterableOf(facts, ranks.get(facts.id) ?? null)).filter(takes)
      const sorted = sort === null ? taken : sort(taken)
      const page = sorted.slice(query.offset, query.offset + query.limit)
      return {
        views: await viewRuns(await store.findRuns(page.map(({ id }) => id as RunId))), // ids that the store gave
        total: taken.length,
      }
    },

    async bestRuns(sweep, query) {
      const { ids, notCounted } = await rankBest(deps, sweep, query)
      const ranks = new Map(ids.map((id, index) => [id, index + 1]))
      const views = await viewRuns(await store.findRuns(ids), ranks)
      if (sweep.metric === null || query.summary === undefined) return { views, notCounted }
      const metric = { ...sweep.metric, summary: query.summary }
      // Each with the value that it was ranked by.
      const valued = views.map((view): RunView => {
        const summaries = new Map(view.summaries.map((summary) => [summary.key, summary]))
        return { ...view, run: { ...view.run, ...rankingValue(summaries, metric) } }
      })
      return { views: valued, notCounted }
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

function newRun(
  request: CreateRunRequest,
  configText: string,
  { clock, randomInt }: RunServiceDeps,
): RunRecord {
  const id = createId(randomInt) as RunId
  return freshRun({
    id,
    name: request.name ?? id,
    sweepId: null,
    project: request.project,
    configText,
    configHash: hashConfigText(configText),
    specVersion: 1,
    seed: randomInt(2 ** 31),
    tags: [...new Set(request.tags ?? [])],
    notes: request.notes ?? '',
    group: request.group ?? null,
    jobType: request.jobType ?? null,
    createdAt: clock.now(),
  })
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
