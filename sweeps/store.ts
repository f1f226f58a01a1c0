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
import type { AccessReads, AccessWrites } from './access-store.ts'
import type { FleetReads } from './fleet-store.ts'
import type { ClientRunReads, ClientRunWrites } from './client-run.ts'
import type { HandoutReads, HandoutWrites } from './handout-store.ts'
import type { ArtifactReads, ArtifactWrites } from './artifact-store.ts'
import type { StopOutcome } from './early-stopping.ts'
import type { AttemptRecord, RunRecord, RunState } from './run.ts'
import type { RunFileReads, RunFileWrites } from './run-file-store.ts'
import type { MetricRow, MetricValue } from './protocol.ts'
import type { ProvenanceFacts, SystemSample } from './provenance.ts'
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
  /** It gets no more work: runs keep failing there (`rule`; ends with its next start), or a person said so. */
  readonly quarantine: { readonly by: 'rule' | 'person'; readonly at: number; readonly reason: string } | null
  readonly registeredAt: number
  readonly lastSeenAt: number
  readonly version: string
}

/** A name that groups sweeps and runs. It begins with the first of them, or by itself. */
export interface ProjectRecord {
  readonly name: string
  /** Epoch ms. */
  readonly createdAt: number
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

/** Which chunks of a run's log. */
export interface LogQuery {
  readonly after?: { readonly attempt: number; readonly seq: number }
  /** `end`: behind the newest. */
  readonly before?: { readonly attempt: number; readonly seq: number } | 'end'
  readonly attempt?: number
  readonly limit?: number
}

/** Where an attempt comes from; its texts are kept apart, under their hashes. */
export interface ProvenanceRecord {
  readonly runId: RunId
  readonly attempt: number
  readonly sweepId: SweepId | null
  readonly facts: ProvenanceFacts
}

/** Runs of a sweep that were made from one state of the code. */
export interface CommitCount {
  /** null: no git, or no commit yet. */
  readonly commit: string | null
  readonly isDirty: boolean
  /** SHA-256 of the uncommitted changes; null when there are none, or they could not be read. */
  readonly diffHash: string | null
  /** A run whose attempts differ counts in each. */
  readonly runCount: number
}

export interface SystemChunk {
  readonly runId: RunId
  readonly attempt: number
  /** The report's number; unique per (run, attempt). */
  readonly seq: number
  readonly samples: readonly SystemSample[]
}

/** How a run stood where early termination compared it with others. Values in the metric's own sign. */
export interface StopCheck {
  readonly runId: RunId
  readonly sweepId: SweepId
  /** Type and resource of early_terminate: checks of another rule are not compared with. */
  readonly rule: string
  /** 0: for reports of NaN alone. Unique per run. */
  readonly band: number
  /** What others are compared with, and what was compared; null: NaN. */
  readonly mark: number | null
  readonly value: number | null
  /** null: there was nothing to compare with. */
  readonly threshold: number | null
  readonly rank: number
  readonly of: number
  readonly outcome: StopOutcome
  readonly reason: string
  readonly at: number
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
  /** Who, for people; empty when the last holder has laid it down. */
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

/** How many records there are in each state; every state is there. */
export interface StateCounts {
  readonly sweeps: Readonly<Record<SweepState, number>>
  readonly runs: Readonly<Record<RunState, number>>
  readonly agents: Readonly<Record<AgentRecord['state'], number>>
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

/** An attempt that has ended, and the sweep of its run. */
export interface AttemptEnd {
  readonly attempt: AttemptRecord
  readonly sweepId: SweepId | null
}

/** Attempts on one agent that ended so. */
export interface AgentEnds {
  readonly agentId: AgentId
  readonly finished: number
  readonly stopped: number
  readonly failed: number
}

/** A sweep file as it stood from some moment on. */
export interface SpecVersion {
  readonly version: number
  readonly configText: string
  readonly createdAt: number
}

/** Which entries of the change log: all, or those of one sweep and its runs, and with them those of agents. */
export interface ChangeScope {
  readonly sweepId?: SweepId
  /** Agents' entries too. @default false */
  readonly withAgents?: boolean
}

/** What can be read, inside a unit and outside. */
export interface StoreReads {
  /** Tokens and the page's sessions. */
  readonly access: AccessReads
  /** Runs that a client reports by itself. */
  readonly clientRuns: ClientRunReads
  /** Of runs given to agents that poll. */
  readonly handouts: HandoutReads
  /** Files and alerts of runs. */
  readonly files: RunFileReads
  readonly artifacts: ArtifactReads
  /** What lists of sweeps, agents and projects read. */
  readonly fleet: FleetReads
  deployment(): Promise<string>
  /** Names that sweeps, runs or people gave, in the order in which they came. */
  listProjects(): Promise<ProjectRecord[]>
  findSweep(id: SweepId): Promise<SweepRecord | null>
  listSweeps(query?: { project?: string; states?: readonly SweepState[] }): Promise<SweepRecord[]>
  /** Ids of sweeps and runs that start with the prefix, and sweeps of exactly that name; at most `limit`, newest first. */
  findByPrefix(prefix: string, limit: number): Promise<{ kind: 'sweep' | 'run'; id: string; name: string }[]>
  newestSweep(): Promise<SweepRecord | null>
  /** From the first on. */
  listSpecVersions(sweepId: SweepId): Promise<SpecVersion[]>
  countRunsByState(sweepId: SweepId): Promise<Record<RunState, number>>
  /** Over everything that is stored. Walks an index of the runs: 2-3 ms for 10,000 of them on SQLite. */
  countStates(): Promise<StateCounts>
  /** Attempts without an outcome, of one sweep. Cost independent of the number of its runs. */
  countOpenAttempts(sweepId: SweepId): Promise<number>
  findRun(id: RunId): Promise<RunRecord | null>
  findRuns(ids: readonly RunId[]): Promise<RunRecord[]>
  /** Runs of the sweep with one of these configs, replicates included, in order of creation. */
  findRunsByHash(sweepId: SweepId, configHashes: readonly string[]): Promise<RunRecord[]>
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
  /** The newest `limit` attempts that ended on each agent, of those offered since its moment; of all agents together in
   * the order in which they ended. */
  listLastEnds(
    agents: readonly { readonly id: AgentId; readonly since: number }[],
    limit: number,
  ): Promise<AttemptEnd[]>
  /** How the attempts of the sweep's runs ended, by agent; agents without any are left out. Cost O(attempts).
   * @param sweepId null: of all runs */
  countEnds(sweepId: SweepId | null): Promise<AgentEnds[]>
  /** Of each agent the newest attempt that failed there. */
  listLastFailures(): Promise<AttemptRecord[]>
  /** Every attempt without an outcome that an agent works. */
  listOpenAttempts(): Promise<AttemptRecord[]>
  listSummaries(runIds: readonly RunId[]): Promise<Map<RunId, MetricSummary[]>>
  /** Last values of any JSON type, as JSON text by key. */
  listValues(runId: RunId): Promise<Map<string, string>>
  /** The same of many runs; runs without any are left out. */
  listValuesOf(runIds: readonly RunId[]): Promise<Map<RunId, Map<string, string>>>
  /** Chunks of a run in order of (attempt, seq): all, or at most `limit` from after `after`. */
  readMetrics(
    runId: RunId,
    options?: { after?: { attempt: number; seq: number }; limit?: number },
  ): Promise<MetricChunk[]>
  /** In order of (attempt, seq), from after `after`; with `before` the last ones in front of that place. */
  readLogs(runId: RunId, options?: LogQuery): Promise<LogChunk[]>
  /** Of every attempt that told, in order of attempt. */
  listProvenance(runId: RunId): Promise<ProvenanceRecord[]>
  /** By SHA-256 (hex); null when it is not kept. */
  findProvenanceText(hash: string): Promise<string | null>
  /** The most runs first. Runs that did not tell are in none. Cost independent of how much each told. */
  countCommits(sweepId: SweepId): Promise<CommitCount[]>
  /** In order of (attempt, seq), of one attempt or all; with `lastChunks` the newest only. */
  readSystemChunks(
    runId: RunId,
    options?: { readonly attempt?: number; readonly lastChunks?: number },
  ): Promise<SystemChunk[]>
  /** The newest chunk of each of the runs, of its newest attempt that has one; runs without any are left out. */
  listNewestSamples(runIds: readonly RunId[]): Promise<SystemChunk[]>
  /** In order of run and band. */
  listStopChecks(where: { readonly sweepId: SweepId } | { readonly runId: RunId }): Promise<StopCheck[]>
  findAgent(id: AgentId): Promise<AgentRecord | null>
  /** In the order of `ids`, unknown ones left out. */
  findAgents(ids: readonly AgentId[]): Promise<AgentRecord[]>
  listAgents(): Promise<AgentRecord[]>
  readChanges(since: number, limit: number, scope?: ChangeScope): Promise<Change[]>
  /** Entries about the sweep itself, the newest first; those of its runs are left out. */
  listSweepEvents(sweepId: SweepId, limit: number): Promise<Change[]>
  /**
   * The changes after `since` that no leader's unit made (requests to any controller), oldest first; `next` is the
   * `since` of the next call. Cost grows with all changes since then.
   */
  readRequestedChanges(since: number, limit: number): Promise<{ changes: Change[]; next: number }>
  /** Of a run, the newest `limit`, oldest first; without those of metrics. Cost independent of the log's length. */
  readRunChanges(runId: RunId, limit: number): Promise<Change[]>
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
  readonly access: AccessWrites
  readonly files: RunFileWrites
  readonly artifacts: ArtifactWrites
  readonly clientRuns: ClientRunWrites
  /** @returns whether it is new */
  addProject(project: ProjectRecord): Promise<boolean>
  readonly handouts: HandoutWrites
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
  /** The same for many runs, in a few statements. */
  saveSummariesOf(byRun: ReadonlyMap<RunId, readonly MetricSummary[]>): Promise<void>
  /** Forgets all summaries of a run (before they are folded again). */
  clearSummaries(runId: RunId): Promise<void>
  /** Replaces the last values of those keys; values are JSON text. */
  saveValues(runId: RunId, values: ReadonlyMap<string, string>): Promise<void>
  insertLogs(chunks: readonly LogChunk[]): Promise<void>
  /** The same, but a chunk that is there already is replaced: a progress bar is printed over. */
  saveLogs(chunks: readonly LogChunk[]): Promise<void>
  /** Replaces what the same attempt told before. */
  saveProvenance(records: readonly ProvenanceRecord[]): Promise<void>
  /** Keeps texts by the SHA-256 (hex) of their UTF-8; one that is kept already changes nothing. */
  keepProvenanceTexts(texts: ReadonlyMap<string, string>): Promise<void>
  insertSystemChunks(chunks: readonly SystemChunk[]): Promise<void>
  /** Replaces what was known of the same run and band. */
  saveStopChecks(checks: readonly StopCheck[]): Promise<void>
  /** Forgets those of a run, whose history is written anew. */
  clearStopChecks(runId: RunId): Promise<void>
  saveAgent(agent: AgentRecord): Promise<void>
  /** The same for many, in a few statements. */
  saveAgents(agents: readonly AgentRecord[]): Promise<void>
  saveCursor(cursor: IngestCursor): Promise<void>
  /** Sets aside a stream entry that could not be read or stored. */
  insertPoison(entry: { entryId: string; at: number; reason: string; text: string }): Promise<void>
  recordChanges(changes: readonly NewChange[]): Promise<void>
  /** Erases runs and everything that is kept of them. Ids that there are not are no error. The change log stays. */
  deleteRuns(ids: readonly RunId[]): Promise<void>
  /** Erases a sweep, its runs, its spec versions and everything that is kept of them. The change log stays. */
  deleteSweep(id: SweepId): Promise<void>
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
  /** Lays the lead down, so that the next one need not wait; does nothing when another epoch leads. */
  resignLeadership(epoch: number): Promise<void>
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
