// What can be read, on the reader's connection or inside a unit of work: the same queries on either.
import { sql } from 'kysely'
import { RUN_STATES } from '../../sweeps/run.ts'
import type { AttemptRecord, RunRecord, RunState } from '../../sweeps/run.ts'
import type {
  AgentEnds,
  AgentRecord,
  AttemptEnd,
  Change,
  CommitCount,
  ChangeScope,
  IngestCursor,
  LogChunk,
  LogQuery,
  MetricChunk,
  MetricSummary,
  ProjectRecord,
  ProvenanceRecord,
  RunFacts,
  RunQuery,
  SpecVersion,
  StateCounts,
  StoreReads,
  StopCheck,
  SystemChunk,
} from '../../sweeps/store.ts'
import type { AccessReads } from '../../sweeps/access-store.ts'
import { NO_AGENT } from '../../sweeps/client-run.ts'
import type { ClientRunReads } from '../../sweeps/client-run.ts'
import { SWEEP_STATES } from '../../sweeps/sweep.ts'
import type { AgentId, MetricSpec, RunId, SweepId, SweepRecord, SweepState } from '../../sweeps/sweep.ts'
import { countEnds, listLastEnds, listLastFailures, listNewestSamples } from './agent-figures-sql.ts'
import { AccessSqlReads } from './access-sql.ts'
import { ClientRunSqlReads } from './client-run-sql.ts'
import type { HandoutReads } from '../../sweeps/handout-store.ts'
import { HandoutSqlReads } from './handout-sql.ts'
import type { ArtifactReads } from '../../sweeps/artifact-store.ts'
import type { FleetReads } from '../../sweeps/fleet-store.ts'
import type { RunFileReads } from '../../sweeps/run-file-store.ts'
import { ArtifactSqlReads } from './artifact-sql.ts'
import { FleetSqlReads } from './fleet-sql.ts'
import { RunFileSqlReads } from './run-file-sql.ts'
import { listStopChecks } from './stop-check-queries.ts'
import { countCommits, findProvenanceText, listProvenance, readSystemChunks } from './provenance-queries.ts'
import {
  agentFromRow,
  attemptFromRow,
  changeFromRow,
  chunkFromRow,
  runFromRow,
  summaryFromRow,
  sweepFromRow,
} from './rows.ts'
import { countRuns, countUnranked, findRunFacts, listRanked, listRunFacts } from './run-facts.ts'
import { firstRowOf, inBatches, rowsOf } from './session.ts'
import { readLogs, readRunChanges } from './run-story-sql.ts'
import type { SqlSession } from './session.ts'

export class SqlReads implements StoreReads {
  readonly access: AccessReads
  readonly files: RunFileReads
  readonly artifacts: ArtifactReads
  readonly clientRuns: ClientRunReads
  readonly handouts: HandoutReads
  readonly fleet: FleetReads

  constructor(protected readonly session: SqlSession) {
    this.access = new AccessSqlReads(session)
    this.clientRuns = new ClientRunSqlReads(session)
    this.handouts = new HandoutSqlReads(session)
    this.files = new RunFileSqlReads(session)
    this.artifacts = new ArtifactSqlReads(session)
    this.fleet = new FleetSqlReads(session)
  }

  async deployment(): Promise<string> {
    const row = await firstRowOf(
      this.session,
      this.session.sql.selectFrom('settings').select('value').where('name', '=', 'deployment'),
    )
    if (row === undefined)
      throw new Error('settings.deployment is missing: it is written when the store is made')
    return row.value
  }

  async listProjects(): Promise<ProjectRecord[]> {
    const select = this.session.sql.selectFrom('projects').selectAll().orderBy('created_at').orderBy('name')
    return (await rowsOf(this.session, select)).map((row) => ({ name: row.name, createdAt: row.created_at }))
  }

  async findSweep(id: SweepId): Promise<SweepRecord | null> {
    const row = await firstRowOf(
      this.session,
      this.session.sql.selectFrom('sweeps').selectAll().where('id', '=', id),
    )
    return row === undefined ? null : sweepFromRow(row)
  }

  async listSweeps(query: { project?: string; states?: readonly SweepState[] } = {}): Promise<SweepRecord[]> {
    let select = this.session.sql.selectFrom('sweeps').selectAll().orderBy('creation')
    if (query.project !== undefined) select = select.where('project', '=', query.project)
    if (query.states !== undefined) select = select.where('state', 'in', orNothing(query.states))
    return (await rowsOf(this.session, select)).map(sweepFromRow)
  }

  async findByPrefix(
    prefix: string,
    limit: number,
  ): Promise<{ kind: 'sweep' | 'run'; id: string; name: string }[]> {
    const last = prefix + 'z'.repeat(8) // no id of digits and lower-case letters that starts with it comes later
    const sweeps = this.session.sql
      .selectFrom('sweeps')
      .select(['id', 'name', 'creation'])
      .where((eb) => eb.or([idBetween(prefix, last), eb('name', '=', prefix)]))
      .orderBy('creation', 'desc')
      .limit(limit)
    const runs = this.session.sql
      .selectFrom('runs')
      .select(['id', 'name', 'creation'])
      .where(idBetween(prefix, last))
      .orderBy('creation', 'desc')
      .limit(limit)
    const found = [
      ...(await rowsOf(this.session, sweeps)).map((row) => ({ kind: 'sweep' as const, ...row })),
      ...(await rowsOf(this.session, runs)).map((row) => ({ kind: 'run' as const, ...row })),
    ]
    found.sort((a, b) => b.creation - a.creation)
    return found.slice(0, limit).map(({ kind, id, name }) => ({ kind, id, name }))
  }

  async newestSweep(): Promise<SweepRecord | null> {
    const row = await firstRowOf(
      this.session,
      this.session.sql.selectFrom('sweeps').selectAll().orderBy('creation', 'desc').limit(1),
    )
    return row === undefined ? null : sweepFromRow(row)
  }

  async listSpecVersions(sweepId: SweepId): Promise<SpecVersion[]> {
    const select = this.session.sql
      .selectFrom('sweep_specs')
      .selectAll()
      .where('sweep_id', '=', sweepId)
      .orderBy('version')
    const rows = await rowsOf(this.session, select)
    return rows.map((row) => ({
      version: row.version,
      configText: row.config_text,
      createdAt: row.created_at,
    }))
  }

  async countRunsByState(sweepId: SweepId): Promise<Record<RunState, number>> {
    const rows = await rowsOf(
      this.session,
      this.session.sql
        .selectFrom('runs')
        .select((eb) => ['state', eb.fn.countAll<number | string>().as('count')])
        .where('sweep_id', '=', sweepId)
        .groupBy('state'),
    )
    const counts = Object.fromEntries(RUN_STATES.map((state) => [state, 0])) as Record<RunState, number>
    for (const row of rows) counts[row.state] = Number(row.count)
    return counts
  }

  async countStates(): Promise<StateCounts> {
    const [sweeps, runs, agents] = [
      await this.#countBy('sweeps'),
      await this.#countBy('runs'),
      await this.#countBy('agents'),
    ]
    return {
      sweeps: countsOf(SWEEP_STATES, sweeps),
      runs: countsOf(RUN_STATES, runs),
      agents: countsOf(['alive', 'draining', 'left', 'lost'], agents),
    }
  }

  async #countBy(table: 'sweeps' | 'runs' | 'agents'): Promise<ReadonlyMap<string, number>> {
    const query = sql<{ state: string; count: number | string }>`
      select state, count(*) as count from ${sql.table(table)} group by state`
    const { rows } = await this.session.run(query.compile(this.session.sql))
    return new Map(rows.map((row) => [row.state, Number(row.count)]))
  }

  async countOpenAttempts(sweepId: SweepId): Promise<number> {
    // A cross join keeps SQLite to this order: from the few open attempts (a partial index) to their runs. The other
    // way around it would walk all runs of the sweep.
    const query = sql<{ count: number | string }>`
      select count(*) as count from attempts cross join runs
      where attempts.outcome is null and runs.id = attempts.run_id and runs.sweep_id = ${sweepId}`
    const { rows } = await this.session.run(query.compile(this.session.sql))
    return Number(rows[0]?.count ?? 0)
  }

  async findRun(id: RunId): Promise<RunRecord | null> {
    const row = await firstRowOf(
      this.session,
      this.session.sql.selectFrom('runs').selectAll().where('id', '=', id),
    )
    return row === undefined ? null : runFromRow(row)
  }

  /** In the order of `ids`, unknown ones left out. */
  async findRuns(ids: readonly RunId[]): Promise<RunRecord[]> {
    const found = new Map<RunId, RunRecord>()
    for (const some of inBatches(ids)) {
      const select = this.session.sql.selectFrom('runs').selectAll().where('id', 'in', some)
      for (const row of await rowsOf(this.session, select)) found.set(row.id, runFromRow(row))
    }
    return [...new Set(ids)].flatMap((id) => found.get(id) ?? [])
  }

  async findRunsByHash(sweepId: SweepId, configHashes: readonly string[]): Promise<RunRecord[]> {
    const runs: RunRecord[] = []
    for (const some of inBatches(configHashes)) {
      const select = this.session.sql
        .selectFrom('runs')
        .selectAll()
        .where('sweep_id', '=', sweepId)
        .where('config_hash', 'in', some)
        .orderBy('creation')
      runs.push(...(await rowsOf(this.session, select)).map(runFromRow))
    }
    return runs
  }

  async listRuns(query: RunQuery): Promise<RunRecord[]> {
    const direction = query.descending === true ? 'desc' : 'asc'
    let select = this.session.sql.selectFrom('runs').selectAll()
    if (query.sweepId !== undefined) select = select.where('sweep_id', '=', query.sweepId)
    if (query.project !== undefined) select = select.where('project', '=', query.project)
    if (query.states !== undefined) select = select.where('state', 'in', orNothing(query.states))
    if (query.sort === 'finished')
      // Those that have not finished come last in either direction.
      select = select.orderBy('finished_at', (order) =>
        direction === 'desc' ? order.desc().nullsLast() : order.asc().nullsLast(),
      )
    select = select.orderBy('creation', direction)
    // SQLite takes no offset without a limit.
    if (query.limit !== undefined || query.offset !== undefined)
      select = select.limit(query.limit ?? Number.MAX_SAFE_INTEGER).offset(query.offset ?? 0)
    return (await rowsOf(this.session, select)).map(runFromRow)
  }

  countRuns(query: Pick<RunQuery, 'sweepId' | 'project'>): Promise<number> {
    return countRuns(this.session, query)
  }

  listRunFacts(query: Pick<RunQuery, 'sweepId' | 'project'>): Promise<RunFacts[]> {
    return listRunFacts(this.session, query)
  }

  async findRunFacts(ids: readonly RunId[]): Promise<RunFacts[]> {
    const found = new Map<RunId, RunFacts>()
    for (const some of inBatches(ids))
      for (const facts of await findRunFacts(this.session, some)) found.set(facts.id, facts)
    return [...new Set(ids)].flatMap((id) => found.get(id) ?? [])
  }

  listRanked(
    sweepId: SweepId,
    goal: MetricSpec['goal'],
    limit?: number,
  ): Promise<{ id: RunId; value: number }[]> {
    return listRanked(this.session, sweepId, goal, limit)
  }

  countUnranked(sweepId: SweepId): Promise<{ noMetric: number; nan: number }> {
    return countUnranked(this.session, sweepId)
  }

  async listWaitingRuns(sweepId: SweepId, limit: number): Promise<RunRecord[]> {
    const select = this.session.sql
      .selectFrom('runs')
      .selectAll()
      .where('sweep_id', '=', sweepId)
      .where('wait_rank', 'is not', null)
      .orderBy('wait_rank')
      .orderBy('creation')
      .limit(limit)
    return (await rowsOf(this.session, select)).map(runFromRow)
  }

  /** In the order of `keys`, unknown ones left out. */
  async findAttempts(keys: readonly { runId: RunId; attempt: number }[]): Promise<AttemptRecord[]> {
    const attempts = await this.listAttempts(keys.map((key) => key.runId))
    const byKey = new Map(attempts.map((attempt) => [`${attempt.runId} ${attempt.attempt}`, attempt]))
    return [...new Set(keys.map((key) => `${key.runId} ${key.attempt}`))].flatMap(
      (key) => byKey.get(key) ?? [],
    )
  }

  /** By run in the order of `runIds`, then by attempt. */
  async listAttempts(runIds: readonly RunId[]): Promise<AttemptRecord[]> {
    const byRun = new Map<RunId, AttemptRecord[]>(runIds.map((id) => [id, []]))
    for (const some of inBatches(runIds)) {
      const select = this.session.sql.selectFrom('attempts').selectAll().where('run_id', 'in', some)
      for (const row of await rowsOf(this.session, select.orderBy('attempt')))
        byRun.get(row.run_id)?.push(attemptFromRow(row))
    }
    return [...byRun.values()].flat()
  }

  countEnds(sweepId: SweepId | null): Promise<AgentEnds[]> {
    return countEnds(this.session, sweepId)
  }

  listLastFailures(): Promise<AttemptRecord[]> {
    return listLastFailures(this.session)
  }

  listNewestSamples(runIds: readonly RunId[]): Promise<SystemChunk[]> {
    return listNewestSamples(this.session, runIds)
  }

  listLastEnds(
    agents: readonly { readonly id: AgentId; readonly since: number }[],
    limit: number,
  ): Promise<AttemptEnd[]> {
    return listLastEnds(this.session, agents, limit)
  }

  async listOpenAttempts(): Promise<AttemptRecord[]> {
    const select = this.session.sql
      .selectFrom('attempts')
      .selectAll()
      .where('outcome', 'is', null)
      .where('agent_id', '<>', NO_AGENT)
    const rows = await rowsOf(this.session, select.orderBy('offered_at').orderBy('run_id'))
    return rows.map(attemptFromRow)
  }

  /** Runs without a summary are left out; keys in their order of text. */
  async listSummaries(runIds: readonly RunId[]): Promise<Map<RunId, MetricSummary[]>> {
    const byRun = new Map<RunId, MetricSummary[]>()
    for (const some of inBatches(runIds)) {
      const select = this.session.sql.selectFrom('metric_summaries').selectAll().where('run_id', 'in', some)
      for (const row of await rowsOf(this.session, select.orderBy('run_id').orderBy('key'))) {
        const summaries = byRun.get(row.run_id)
        if (summaries === undefined) byRun.set(row.run_id, [summaryFromRow(row)])
        else summaries.push(summaryFromRow(row))
      }
    }
    return byRun
  }

  async listValues(runId: RunId): Promise<Map<string, string>> {
    const select = this.session.sql
      .selectFrom('run_values')
      .select(['key', 'value'])
      .where('run_id', '=', runId)
    return new Map((await rowsOf(this.session, select.orderBy('key'))).map((row) => [row.key, row.value]))
  }

  async listValuesOf(runIds: readonly RunId[]): Promise<Map<RunId, Map<string, string>>> {
    const byRun = new Map<RunId, Map<string, string>>()
    for (const some of inBatches(runIds)) {
      const select = this.session.sql.selectFrom('run_values').selectAll().where('run_id', 'in', some)
      for (const { run_id: id, key, value } of await rowsOf(this.session, select.orderBy('key'))) {
        const values = byRun.get(id) ?? new Map<string, string>()
        byRun.set(id, values.set(key, value))
      }
    }
    return byRun
  }

  async readMetrics(
    runId: RunId,
    options: { after?: { attempt: number; seq: number }; limit?: number } = {},
  ): Promise<MetricChunk[]> {
    const { after, limit } = options
    let select = this.session.sql.selectFrom('metric_chunks').selectAll().where('run_id', '=', runId)
    if (after !== undefined)
      select = select.where(sql<boolean>`(attempt, seq) > (${after.attempt}, ${after.seq})`)
    if (limit !== undefined) select = select.limit(limit)
    return (await rowsOf(this.session, select.orderBy('attempt').orderBy('seq'))).map(chunkFromRow)
  }

  readLogs(runId: RunId, query: LogQuery = {}): Promise<LogChunk[]> {
    return readLogs(this.session, runId, query)
  }

  listProvenance(runId: RunId): Promise<ProvenanceRecord[]> {
    return listProvenance(this.session, runId)
  }

  findProvenanceText(hash: string): Promise<string | null> {
    return findProvenanceText(this.session, hash)
  }

  countCommits(sweepId: SweepId): Promise<CommitCount[]> {
    return countCommits(this.session, sweepId)
  }

  readSystemChunks(
    runId: RunId,
    options: { readonly attempt?: number; readonly lastChunks?: number } = {},
  ): Promise<SystemChunk[]> {
    return readSystemChunks(this.session, runId, options)
  }

  listStopChecks(where: { readonly sweepId: SweepId } | { readonly runId: RunId }): Promise<StopCheck[]> {
    return listStopChecks(this.session, where)
  }

  async findAgent(id: AgentId): Promise<AgentRecord | null> {
    const row = await firstRowOf(
      this.session,
      this.session.sql.selectFrom('agents').selectAll().where('id', '=', id),
    )
    return row === undefined ? null : agentFromRow(row)
  }

  async findAgents(ids: readonly AgentId[]): Promise<AgentRecord[]> {
    const found = new Map<AgentId, AgentRecord>()
    for (const some of inBatches(ids)) {
      const select = this.session.sql.selectFrom('agents').selectAll().where('id', 'in', some)
      for (const row of await rowsOf(this.session, select)) found.set(row.id, agentFromRow(row))
    }
    return [...new Set(ids)].flatMap((id) => found.get(id) ?? [])
  }

  async listAgents(): Promise<AgentRecord[]> {
    const select = this.session.sql.selectFrom('agents').selectAll().orderBy('registered_at').orderBy('id')
    return (await rowsOf(this.session, select)).map(agentFromRow)
  }

  async readChanges(since: number, limit: number, scope: ChangeScope = {}): Promise<Change[]> {
    const { sweepId, withAgents = false } = scope
    const all = this.session.sql.selectFrom('changes').selectAll().where('seq', '>', since)
    const select =
      sweepId === undefined
        ? all
        : withAgents
          ? all.where((eb) =>
              eb.or([
                eb('sweep_id', '=', sweepId),
                eb.and([eb('sweep_id', 'is', null), eb('entity', '=', 'agent')]),
              ]),
            )
          : all.where('sweep_id', '=', sweepId)
    return (await rowsOf(this.session, select.orderBy('seq').limit(limit))).map(changeFromRow)
  }

  readRunChanges(runId: RunId, limit: number): Promise<Change[]> {
    return readRunChanges(this.session, runId, limit)
  }

  async listSweepEvents(sweepId: SweepId, limit: number): Promise<Change[]> {
    const select = this.session.sql
      .selectFrom('changes')
      .selectAll()
      .where('sweep_id', '=', sweepId)
      .where('entity', '=', 'sweep')
      .orderBy('seq', 'desc')
      .limit(limit)
    return (await rowsOf(this.session, select)).map(changeFromRow)
  }

  async readRequestedChanges(since: number, limit: number): Promise<{ changes: Change[]; next: number }> {
    const last = await this.lastSeq()
    const select = this.session.sql
      .selectFrom('changes')
      .selectAll()
      .where('seq', '>', since)
      .where('seq', '<=', last)
      .where('epoch', 'is', null)
    const rows = await rowsOf(this.session, select.orderBy('seq').limit(limit))
    const isCut = rows.length === limit
    return {
      changes: rows.map(changeFromRow),
      next: isCut ? (rows.at(-1)?.seq ?? last) : Math.max(since, last),
    }
  }

  async oldestSeq(): Promise<number> {
    const oldest = this.session.sql.selectFrom('changes').select('seq').orderBy('seq').limit(1)
    return (await firstRowOf(this.session, oldest))?.seq ?? (await this.lastSeq()) + 1
  }

  async lastSeqOfSweep(sweepId: SweepId): Promise<number> {
    const select = this.session.sql.selectFrom('sweep_changes').select('seq').where('sweep_id', '=', sweepId)
    return (await firstRowOf(this.session, select))?.seq ?? 0
  }

  async lastSeq(): Promise<number> {
    const row = await firstRowOf(this.session, this.session.sql.selectFrom('change_counter').select('seq'))
    return row?.seq ?? 0
  }

  async readCursor(): Promise<IngestCursor | null> {
    const row = await firstRowOf(
      this.session,
      this.session.sql.selectFrom('ingest_cursor').select(['generation', 'entry_id']),
    )
    return row === undefined ? null : { generation: row.generation, entryId: row.entry_id }
  }
}

function countsOf<State extends string>(
  states: readonly State[],
  counts: ReadonlyMap<string, number>,
): Record<State, number> {
  // Every state of the type is among `states`.
  return Object.fromEntries(states.map((state) => [state, counts.get(state) ?? 0])) as Record<State, number>
}

function idBetween(first: string, last: string) {
  return sql<boolean>`(id >= ${first} and id <= ${last})`
}

/** An empty list selects nothing; `in ()` is no SQL. */
function orNothing<T>(values: readonly T[]): readonly (T | never)[] {
  return values.length > 0 ? values : ([''] as unknown as readonly T[])
}
