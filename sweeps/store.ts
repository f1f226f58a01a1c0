// The store: what is remembered, and what each operation promises. No SQL words here; controller/store/ implements
// it, and test/contract/store.contract.ts holds every implementation to this page.
//
// Promises, for every implementation:
//  - `write` runs a unit of work atomically: all of its changes or none. It resolves after they are durable
//    (a kill -9 of this process or a power cut afterwards loses nothing).
//  - Units are run one after the other. Several may share one commit (at most 5 ms of waiting); a unit that throws
//    undoes its own changes alone and rejects with what it threw.
//  - A unit with `epoch` rejects with LeadershipLostError, changing nothing, when that epoch no longer leads.
//  - Inside a unit, reads see the unit's own changes. Outside, reads see committed data only and never wait for writers.
//  - Each committed change of a sweep, run or agent has a `seq`; seq grows without two changes sharing one, and in the
//    order of commits: whoever has read up to seq N misses nothing that commits later.
//  - Who changes what is shown of a sweep, a run (its attempts and summaries included) or an agent's state records a
//    change of it in the same unit: caches and live pages follow the change log and look at nothing else.
//  - Text is stored as given. Infinity, -Infinity and NaN survive.
//  - When the store cannot be reached: StoreUnavailableError, and nothing was written.
import type { AttemptRecord, RunRecord, RunState } from './run.ts'
import type { MetricRow, MetricValue } from './protocol.ts'
import type { AgentId, MetricSpec, RunId, SweepId, SweepRecord, SweepState } from './sweep.ts'

/** An agent as stored. Times are epoch milliseconds. */
export interface AgentRecord {
  readonly id: AgentId
  /** SHA-256 (hex) of its key. */
  readonly keyHash: string
  readonly incarnation: number
  readonly host: string
  readonly slots: number
  readonly sweepIds: readonly SweepId[]
  readonly labels: Readonly<Record<string, string>>
  readonly state: 'alive' | 'draining' | 'left' | 'lost'
  /** Wanted by a person: take no more work and leave. */
  readonly drain: boolean
  readonly registeredAt: number
  readonly lastSeenAt: number
  readonly version: string
}

/** Fold of one metric over a run's history. NaN counts in `last` and `steps` only. */
export interface MetricSummary {
  readonly key: string
  readonly last: number
  readonly min: number | null
  readonly max: number | null
  /** By the sweep's goal for the sweep's metric; null for other keys. */
  readonly best: number | null
  readonly bestStep: number | null
  readonly lastStep: number
  /** How many rows carried the key. */
  readonly steps: number
}

export interface MetricChunk {
  readonly runId: RunId
  readonly attempt: number
  /** The report's number; unique per (run, attempt). */
  readonly seq: number
  readonly rows: readonly MetricRow[]
}

export interface LogChunk {
  readonly runId: RunId
  readonly attempt: number
  readonly seq: number
  readonly at: number
  readonly stream: 'stdout' | 'stderr' | 'notice'
  readonly text: string
}

export interface Change {
  readonly seq: number
  readonly at: number
  readonly entity: 'sweep' | 'run' | 'agent'
  readonly entityId: string
  readonly sweepId: SweepId | null
  /** Stable event name, e.g. `run.started`. */
  readonly event: string
  /** Small facts for people and programs. */
  readonly data: Readonly<Record<string, unknown>>
}
export type NewChange = Omit<Change, 'seq'>

/** Where ingest stands in the report stream. */
export interface IngestCursor {
  readonly generation: string
  readonly entryId: string
}

export interface Leadership {
  readonly epoch: number
  readonly holder: string
  /** Grows with each renewal: a standby watches it change on its own clock. */
  readonly beat: number
}

export interface RunQuery {
  readonly sweepId?: SweepId
  readonly project?: string
  readonly states?: readonly RunState[]
  /** Order of creation by default. `rank`: as ranking.ts ranks, needs sweepId. */
  readonly sort?: 'created' | 'finished'
  readonly descending?: boolean
  readonly offset?: number
  readonly limit?: number
}

/** What lists, filters and snapshots look at in a run: not its history, and of its attempts only where they ran. */
export interface RunFacts extends Pick<
  RunRecord,
  | 'id'
  | 'name'
  | 'sweepId'
  | 'project'
  | 'state'
  | 'configText'
  | 'value'
  | 'bestStep'
  | 'attemptCount'
  | 'stopReason'
  | 'tags'
  | 'notes'
  | 'group'
  | 'jobType'
  | 'createdAt'
  | 'startedAt'
  | 'finishedAt'
> {
  /** Hosts and agents of all its attempts, in their order. */
  readonly hosts: readonly string[]
  readonly agentIds: readonly AgentId[]
  readonly summaries: readonly FactSummary[]
}
export type FactSummary = Pick<MetricSummary, 'key' | 'last' | 'min' | 'max' | 'best'>

/** Which entries of the change log: all, or those of one sweep and its runs, and with them those of agents. */
export interface ChangeScope {
  readonly sweepId?: SweepId
  /** Agents' entries too. @default false */
  readonly withAgents?: boolean
}

/** What can be read, inside a unit and outside. */
export interface StoreReads {
  deployment(): Promise<string>
  findSweep(id: SweepId): Promise<SweepRecord | null>
  listSweeps(query?: { project?: string; states?: readonly SweepState[] }): Promise<SweepRecord[]>
  /** Ids of sweeps and runs that start with the prefix, and sweeps of exactly that name; at most `limit`, newest first. */
  findByPrefix(prefix: string, limit: number): Promise<{ kind: 'sweep' | 'run'; id: string; name: string }[]>
  newestSweep(): Promise<SweepRecord | null>
  countRunsByState(sweepId: SweepId): Promise<Record<RunState, number>>
  /** Attempts without an outcome, of one sweep. Cost independent of the number of its runs. */
  countOpenAttempts(sweepId: SweepId): Promise<number>
  findRun(id: RunId): Promise<RunRecord | null>
  findRuns(ids: readonly RunId[]): Promise<RunRecord[]>
  listRuns(query: RunQuery): Promise<RunRecord[]>
  countRuns(query: Pick<RunQuery, 'sweepId' | 'project'>): Promise<number>
  /** In order of creation. */
  listRunFacts(query: Pick<RunQuery, 'sweepId' | 'project'>): Promise<RunFacts[]>
  /** In the order of `ids`, unknown ones left out. */
  findRunFacts(ids: readonly RunId[]): Promise<RunFacts[]>
  /** Finished and stopped runs that have a value, best first: as rankRuns (ranking.ts) ranks them. */
  listRanked(
    sweepId: SweepId,
    goal: MetricSpec['goal'],
    limit?: number,
  ): Promise<{ id: RunId; value: number }[]>
  /** Finished and stopped runs that never reported the metric, and those that reported only NaN. */
  countUnranked(sweepId: SweepId): Promise<{ noMetric: number; nan: number }>
  /** Runs of a sweep that wait for a slot (isWaiting), those that went back first, then by creation. */
  listWaitingRuns(sweepId: SweepId, limit: number): Promise<RunRecord[]>
  findAttempts(keys: readonly { runId: RunId; attempt: number }[]): Promise<AttemptRecord[]>
  listAttempts(runIds: readonly RunId[]): Promise<AttemptRecord[]>
  /** Every attempt without an outcome. */
  listOpenAttempts(): Promise<AttemptRecord[]>
  listSummaries(runIds: readonly RunId[]): Promise<Map<RunId, MetricSummary[]>>
  /** Last values of any JSON type, as JSON text by key. */
  listValues(runId: RunId): Promise<Map<string, string>>
  /** All chunks of a run in order of (attempt, seq). */
  readMetrics(runId: RunId): Promise<MetricChunk[]>
  /** In order of (attempt, seq), from after `after`. */
  readLogs(
    runId: RunId,
    options?: { after?: { attempt: number; seq: number }; limit?: number },
  ): Promise<LogChunk[]>
  findAgent(id: AgentId): Promise<AgentRecord | null>
  listAgents(): Promise<AgentRecord[]>
  readChanges(since: number, limit: number, scope?: ChangeScope): Promise<Change[]>
  /** The newest seq; 0 before the first change. */
  lastSeq(): Promise<number>
  /** The seq of the oldest entry that is kept; one above the newest when there is none. */
  oldestSeq(): Promise<number>
  /** The seq of the newest change of a sweep or its runs, kept or not; 0 when there never was one. */
  lastSeqOfSweep(sweepId: SweepId): Promise<number>
  readCursor(): Promise<IngestCursor | null>
}

export interface ChangePruning {
  readonly belowSeq: number
  readonly belowSeqAndAt: { readonly seq: number; readonly at: number }
  readonly limit: number
}

/** What a unit of work can do besides reading. `insert*` rejects when the key exists. */
export interface StoreTransaction extends StoreReads {
  insertSweep(sweep: SweepRecord): Promise<void>
  saveSweep(sweep: SweepRecord): Promise<void>
  /** Keeps a spec version's text for good. */
  insertSpecVersion(sweepId: SweepId, version: number, configText: string, at: number): Promise<void>
  /** Inserts those whose (sweep, configHash, replicate) is new; returns the ids that were inserted. */
  insertRuns(runs: readonly RunRecord[]): Promise<Set<RunId>>
  saveRuns(runs: readonly RunRecord[]): Promise<void>
  insertAttempts(attempts: readonly AttemptRecord[]): Promise<void>
  saveAttempts(attempts: readonly AttemptRecord[]): Promise<void>
  insertMetrics(chunks: readonly MetricChunk[]): Promise<void>
  /** Replaces the summaries of those keys. */
  saveSummaries(runId: RunId, summaries: readonly MetricSummary[]): Promise<void>
  /** Forgets all summaries of a run (before they are folded again). */
  clearSummaries(runId: RunId): Promise<void>
  /** Replaces the last values of those keys; values are JSON text. */
  saveValues(runId: RunId, values: ReadonlyMap<string, string>): Promise<void>
  insertLogs(chunks: readonly LogChunk[]): Promise<void>
  saveAgent(agent: AgentRecord): Promise<void>
  saveCursor(cursor: IngestCursor): Promise<void>
  /** Sets aside a stream entry that could not be read or stored. */
  insertPoison(entry: { entryId: string; at: number; reason: string; text: string }): Promise<void>
  recordChanges(changes: readonly NewChange[]): Promise<void>
  /**
   * Forgets the oldest entries of the change log, at most `limit`: those with a seq below `belowSeq`, and those below
   * `belowSeqAndAt.seq` that were written before `belowSeqAndAt.at`. @returns how many
   */
  pruneChanges(prune: ChangePruning): Promise<number>
}

export interface SweepStore extends StoreReads {
  write<T>(unit: (tx: StoreTransaction) => Promise<T>, options?: { readonly epoch?: number }): Promise<T>
  readLeadership(): Promise<Leadership | null>
  /** Takes the lead from whoever is recorded, if that is still `expected`; null when someone else was faster. */
  takeLeadership(holder: string, expected: Leadership | null): Promise<Leadership | null>
  /** @throws LeadershipLostError */
  renewLeadership(epoch: number): Promise<Leadership>
  /** Calls the listener after each commit of this process. @returns a function that ends it */
  onCommit(listener: () => void): () => void
  /** Answers when the database answers. @throws StoreUnavailableError */
  ping(): Promise<void>
  close(): Promise<void>
}

/** A metric's value as a number. */
export function metricNumber(value: MetricValue): number {
  return typeof value === 'number' ? value : Number(value)
}
