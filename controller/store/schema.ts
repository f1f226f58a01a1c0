// The tables as kysely sees them. How a record becomes a row and back is in rows.ts; how the tables are made is in
// migrations/. Times are epoch milliseconds, booleans are 0 or 1, JSON is text.
import type { Role } from '../../sweeps/access.ts'
import type {
  ArtifactEdge,
  ArtifactId,
  ArtifactRecord,
  CollectionId,
  CollectionRecord,
  ManifestRecord,
} from '../../sweeps/artifact.ts'
import type { StopOutcome } from '../../sweeps/early-stopping.ts'
import type { AttemptOutcome, RunState, RunWish } from '../../sweeps/run.ts'
import type { AlertLevel } from '../../sweeps/run-file.ts'
import type { AgentRecord, Change, LogChunk } from '../../sweeps/store.ts'
import type { AgentId, MetricSpec, RunId, SweepId, SweepState } from '../../sweeps/sweep.ts'

/** 0 or 1: SQLite has no boolean, and libsql ends the process when it is given one. */
export type Flag = 0 | 1

export interface ProjectsTable {
  name: string
  created_at: number
}

export interface SweepsTable {
  id: SweepId
  /** Grows with each sweep or run that is inserted: the order of creation, where times may tie. */
  creation: number
  name: string
  project: string
  state: SweepState
  state_reason: string | null
  method: string
  metric_name: string | null
  metric_goal: MetricSpec['goal'] | null
  metric_summary: MetricSpec['summary'] | null
  metric_target: number | null
  config_text: string
  spec_version: number
  seed: number
  run_cap: number | null
  max_parallel: number | null
  max_attempts: number
  size: number | null
  next_index: number
  run_count: number
  created_at: number
  started_at: number | null
  finished_at: number | null
}

export interface SweepSpecsTable {
  sweep_id: SweepId
  version: number
  config_text: string
  created_at: number
}

export interface RunsTable {
  id: RunId
  /** As in SweepsTable. */
  creation: number
  name: string
  sweep_id: SweepId | null
  project: string
  state: RunState
  /** null: does not wait for a slot; 0: waits, and went back; 1: waits for its first attempt. */
  wait_rank: number | null
  config_text: string
  config_hash: string
  replicate: number
  spec_version: number
  suggestion_index: number | null
  suggested_by: string | null
  seed: number
  value: number | null
  /** 1: the value is NaN, which SQLite's doubles cannot hold (value is null then). */
  value_is_nan: Flag
  best_step: number | null
  attempt_count: number
  open_attempt: number | null
  loss_count: number
  failure_count: number
  wish: RunWish | null
  wish_reason: string | null
  stop_reason: string | null
  tags: string
  notes: string
  run_group: string | null
  job_type: string | null
  created_at: number
  started_at: number | null
  finished_at: number | null
}

export interface AttemptsTable {
  run_id: RunId
  attempt: number
  agent_id: AgentId
  host: string
  token: string
  offered_at: number
  started_at: number | null
  ended_at: number | null
  pid: number | null
  slot: number | null
  outcome: AttemptOutcome | null
  exit_code: number | null
  signal: string | null
  reason: string | null
  stderr_tail: string | null
  report_seq: number
}

export interface MetricChunksTable {
  run_id: RunId
  attempt: number
  seq: number
  rows: string
}

export interface MetricSummariesTable {
  run_id: RunId
  key: string
  last: number | null
  min: number | null
  max: number | null
  best: number | null
  best_step: number | null
  last_step: number
  steps: number
  /** Which of last (1), min (2), max (4) and best (8) are NaN; they are null then. */
  nan_flags: number
}

export interface RunValuesTable {
  run_id: RunId
  key: string
  value: string
}

export interface LogChunksTable {
  run_id: RunId
  attempt: number
  seq: number
  at: number
  stream: LogChunk['stream']
  text: string
}

export interface ProvenanceTable {
  run_id: RunId
  attempt: number
  sweep_id: SweepId | null
  /** Of the facts' form. */
  version: number
  facts: string
  git_commit: string | null
  is_dirty: Flag
  diff_hash: string | null
}

export interface ProvenanceTextsTable {
  /** SHA-256 (hex) of the text. */
  hash: string
  text: string
}

export interface SystemChunksTable {
  run_id: RunId
  attempt: number
  seq: number
  samples: string
}

export interface StopChecksTable {
  run_id: RunId
  band: number
  sweep_id: SweepId
  rule: string
  /** null: NaN. */
  mark: number | null
  value: number | null
  threshold: number | null
  place: number
  compared: number
  outcome: StopOutcome
  reason: string
  at: number
}

export interface ClientRunsTable {
  run_id: RunId
  entity: string
  project: string
  name: string
  started_by: RunId | null
  attempt: number
  wandb_config: string
  summary: string
  history_lines: number
  /** JSON: pairs of lines. */
  history_gaps: string
  event_lines: number
  event_gaps: string
  log_lines: number
  /** Which streams have shown where they begin: history (1), events (2), logs (4). */
  placed: number
  /** JSON of MetricOwners. */
  owners: string
  process_started_at: number | null
  former_started_at: number | null
  heard_at: number
  host: string | null
  program: string | null
  git_commit: string | null
  repo: string | null
  is_preempting: Flag
}

export interface AgentsTable {
  id: AgentId
  key_hash: string
  incarnation: number
  host: string
  slots: number
  sweep_ids: string
  labels: string
  state: AgentRecord['state']
  drain: Flag
  quarantined_by: 'rule' | 'person' | null
  quarantined_at: number | null
  quarantine_reason: string | null
  registered_at: number
  last_seen_at: number
  version: string
}

export interface ChangesTable {
  seq: number
  at: number
  entity: Change['entity']
  entity_id: string
  sweep_id: SweepId | null
  event: string
  data: string
  /** Of the leader that made it; null: made by a request. */
  epoch: number | null
}

/** The newest change of each sweep, kept when the log is pruned. */
export interface SweepChangesTable {
  sweep_id: SweepId
  seq: number
}

/** One row, id 1, in each of these. */
export interface ChangeCounterTable {
  id: number
  seq: number
}

export interface CreationCounterTable {
  id: number
  creation: number
}

export interface LeaderTable {
  id: number
  epoch: number
  holder: string
  beat: number
}

export interface IngestCursorTable {
  id: number
  generation: string
  entry_id: string
}

export interface PoisonedEntriesTable {
  /** From the creation counter. */
  id: number
  entry_id: string
  at: number
  reason: string
  text: string
}

export interface TokensTable {
  id: string
  name: string
  role: Role
  hash: string
  created_by: string
  created_at: number
  expires_at: number
  revoked_at: number | null
  last_used_at: number | null
}

export interface SessionsTable {
  hash: string
  token_hash: string
  created_at: number
  last_seen_at: number
  expires_at: number
}

export interface TicketsTable {
  hash: string
  token_hash: string
  expires_at: number
}

export interface HandoutsTable {
  run_id: RunId
  attempt: number
  agent_id: AgentId
  handed_at: number
  seen_at: number | null
  stop_asked_at: number | null
}

export interface SettingsTable {
  name: string
  value: string
}

export interface RunFilesTable {
  run_id: RunId
  name: string
  /** SHA-256 (hex) of the content. */
  blob: string
  size: number
  md5: string
  updated_at: number
}

export interface RunAlertsTable {
  run_id: RunId
  number: number
  at: number
  title: string
  text: string
  level: AlertLevel
}

export interface ArtifactCollectionsTable {
  id: CollectionId
  /** As in SweepsTable. */
  creation: number
  project: string
  name: string
  entity: string
  kind: CollectionRecord['kind']
  type: string
  description: string | null
  tags: string
  next_version: number
  created_at: number
  updated_at: number
}

export interface ArtifactMembersTable {
  collection_id: CollectionId
  artifact_id: ArtifactId
  version_index: number
  created_at: number
}

export interface ArtifactAliasesTable {
  collection_id: CollectionId
  alias: string
  artifact_id: ArtifactId
}

export interface ArtifactsTable {
  id: ArtifactId
  /** As in SweepsTable. */
  creation: number
  collection_id: CollectionId
  state: ArtifactRecord['state']
  digest: string
  digest_algorithm: string
  description: string | null
  metadata: string | null
  tags: string
  ttl_seconds: number | null
  history_step: number | null
  size: number
  file_count: number
  client_id: string | null
  distributed_id: string | null
  wanted_aliases: string
  manifest_blob: string | null
  manifest_size: number | null
  manifest_md5: string | null
  created_at: number
  updated_at: number
}

export interface ArtifactManifestsTable {
  id: string
  /** As in SweepsTable. */
  creation: number
  artifact_id: ArtifactId
  kind: ManifestRecord['kind']
  base_artifact_id: ArtifactId | null
  digest: string
  blob: string | null
  size: number | null
  md5: string | null
  created_at: number
}

export interface ArtifactFilesTable {
  artifact_id: ArtifactId
  path: string
  blob: string
  size: number
  md5: string
}

export interface ArtifactEdgesTable {
  run_id: RunId
  artifact_id: ArtifactId
  role: ArtifactEdge['role']
  at: number
}

export interface StoreSchema {
  projects: ProjectsTable
  sweeps: SweepsTable
  sweep_specs: SweepSpecsTable
  runs: RunsTable
  attempts: AttemptsTable
  metric_chunks: MetricChunksTable
  metric_summaries: MetricSummariesTable
  run_values: RunValuesTable
  log_chunks: LogChunksTable
  provenance: ProvenanceTable
  provenance_texts: ProvenanceTextsTable
  system_chunks: SystemChunksTable
  stop_checks: StopChecksTable
  client_runs: ClientRunsTable
  wandb_handouts: HandoutsTable
  agents: AgentsTable
  changes: ChangesTable
  sweep_changes: SweepChangesTable
  change_counter: ChangeCounterTable
  creation_counter: CreationCounterTable
  leader: LeaderTable
  ingest_cursor: IngestCursorTable
  poisoned_entries: PoisonedEntriesTable
  settings: SettingsTable
  tokens: TokensTable
  sessions: SessionsTable
  tickets: TicketsTable
  run_files: RunFilesTable
  run_alerts: RunAlertsTable
  artifact_collections: ArtifactCollectionsTable
  artifact_members: ArtifactMembersTable
  artifact_aliases: ArtifactAliasesTable
  artifacts: ArtifactsTable
  artifact_manifests: ArtifactManifestsTable
  artifact_files: ArtifactFilesTable
  artifact_edges: ArtifactEdgesTable
}
