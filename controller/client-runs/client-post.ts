// What a client that reports by itself sends at one time, read and typed: the form in which controller/wandb/ hands it
// over.
import type { MetricRow } from '../../sweeps/protocol.ts'
import type { SystemSample } from '../../sweeps/provenance.ts'
import type { LogChunk } from '../../sweeps/store.ts'

/** Lines of a file that grows, from line `offset` on; null: a line that says nothing. */
export interface ClientLines<T> {
  readonly offset: number
  readonly lines: readonly (T | null)[]
}

export interface ClientRow extends MetricRow {
  /** When its process started by its own account (epoch ms); null when it does not say. */
  readonly processStartedAt: number | null
}

/** `at` null: the line does not say. */
export type ClientLogLine = Pick<LogChunk, 'stream' | 'text'> & { readonly at: number | null }

export interface ClientPost {
  readonly history: ClientLines<ClientRow> | null
  readonly events: ClientLines<SystemSample> | null
  readonly log: ClientLines<ClientLogLine> | null
  /** Replaces the one before. */
  readonly summary: Readonly<Record<string, unknown>> | null
  /** The process will be taken away: its end is no failure of its own. */
  readonly isPreempting: boolean
  /** The process has ended. */
  readonly end: { readonly exitCode: number } | null
}

/** What a client says of a run before it reports, or a person of one that there is; null: nothing. */
export interface ClientClaim {
  readonly entity: string
  readonly project: string | null
  /** The client's id of the run; null only with `runId`. */
  readonly name: string | null
  /** The run itself, by our id: an edit. */
  readonly runId: string | null
  /** Its process begins, as opposed to one that tells more, or a person's edit. */
  readonly isStart: boolean
  /** It is to wait: no process yet. */
  readonly isPending: boolean
  readonly sweep: string | null
  readonly displayName: string | null
  readonly notes: string | null
  readonly tags: readonly string[] | null
  readonly group: string | null
  readonly jobType: string | null
  /** JSON text `{"k":{"value":v},"_wandb":{...}}`. */
  readonly wandbConfig: string | null
  readonly summary: Readonly<Record<string, unknown>> | null
  readonly host: string | null
  readonly program: string | null
  readonly commit: string | null
  readonly repo: string | null
}
