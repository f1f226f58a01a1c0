// What the store remembers of runs' files and alerts, and of content that is kept on disk. A part of store.ts, with the
// same promises. The content itself is not in the store (controller/blobs/).
import type { AlertRecord, RunFileRecord } from './run-file.ts'
import type { RunId } from './sweep.ts'

export interface RunFileQuery {
  /** Only these names. */
  readonly names?: readonly string[]
  /** Only names that come after this one. */
  readonly after?: string
  readonly limit?: number
}

export interface RunFileReads {
  /** In order of their names, byte by byte. */
  listFiles(runId: RunId, query?: RunFileQuery): Promise<RunFileRecord[]>
  countFiles(runId: RunId): Promise<number>
  /** In order of their numbers. */
  listAlerts(runId: RunId): Promise<AlertRecord[]>
  /** Those of the hashes (SHA-256, hex) that a file, a manifest or a file of an artifact names. */
  namedBlobs(hashes: readonly string[]): Promise<Set<string>>
  /** The secret that signs addresses of files; null before keepUrlKey. */
  urlKey(): Promise<string | null>
}

export interface RunFileWrites extends RunFileReads {
  /** Inserts, or replaces those of the same run and name. */
  saveFiles(files: readonly RunFileRecord[]): Promise<void>
  /** Names that there are not are no error. @returns how many were forgotten */
  deleteFiles(runId: RunId, names: readonly string[]): Promise<number>
  insertAlerts(alerts: readonly AlertRecord[]): Promise<void>
  /** Keeps the secret unless there is one already. */
  keepUrlKey(key: string): Promise<void>
}
