// What a client that reports by itself (W&B's) says of a run, beside what a run is: how it calls the run, which of its
// lines are stored, and what it sent whole. A part of store.ts is at the end, with the same promises.
import type { LineRanges } from './line-ranges.ts'
import type { AgentId, RunId } from './sweep.ts'

/** The agent of an attempt that no agent of the dispatcher works: its client speaks for itself. */
export const NO_AGENT = '' as AgentId

/** Numbers of a client's chunks begin here: they never meet those of an agent's reports of the same attempt. */
export const CLIENT_SEQ_BASE = 2 ** 40
/** And those of what this service adds to a client's lines. */
export const NOTICE_SEQ_BASE = 2 ** 41

/** Which of the streams of a client have shown at which line its newest process begins. */
export interface PlacedStreams {
  readonly history: boolean
  readonly events: boolean
  readonly logs: boolean
}

/** By whom a metric of an attempt is reported: of two that report the same one, the first counts. */
export interface MetricOwners {
  /** Keys that the client logged first. */
  readonly client: readonly string[]
  /** Keys that the agent reported first. */
  readonly agent: readonly string[]
  /** It was said that copies are dropped. */
  readonly isNoticed: boolean
}

export interface ClientRunRecord {
  readonly runId: RunId
  /** As the client calls it. */
  readonly entity: string
  readonly project: string
  /** The id that the client gave the run, unique in its project; ours when it fits our ids and was free. */
  readonly name: string
  /** The run whose key its client showed; null: a person's, or its own. */
  readonly startedBy: RunId | null
  /** The attempt that its stream belongs to. */
  readonly attempt: number
  /** JSON text `{"k":{"value":v},"_wandb":{...}}`, merged over time. */
  readonly wandbConfig: string
  /** JSON text of the whole summary as last sent; `{}` before. */
  readonly summary: string
  readonly history: LineRanges
  readonly events: LineRanges
  readonly logLines: number
  readonly placed: PlacedStreams
  readonly owners: MetricOwners
  /** When its process started (epoch ms), by which its rows are known; null before the first row. */
  readonly processStartedAt: number | null
  /** The same of the process of the attempt before: its rows are no longer credited. */
  readonly formerStartedAt: number | null
  /** Epoch ms. */
  readonly heardAt: number
  readonly host: string | null
  readonly program: string | null
  readonly commit: string | null
  readonly repo: string | null
  readonly isPreempting: boolean
}

export interface ClientRunReads {
  /** Runs that no client ever reported are left out. */
  find(ids: readonly RunId[]): Promise<Map<RunId, ClientRunRecord>>
  findByName(project: string, name: string): Promise<ClientRunRecord | null>
  /** Runs without an agent whose attempt is open and whose client was last heard before `before`. */
  listSilent(before: number): Promise<ClientRunRecord[]>
}

export interface ClientRunWrites extends ClientRunReads {
  /** Inserts or replaces. */
  save(records: readonly ClientRunRecord[]): Promise<void>
}
