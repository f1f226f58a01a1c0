// Files and alerts of runs in SQL, and which content anything names: sweeps/run-file-store.ts on a session of either
// connection.
import type { AlertRecord, Blob, RunFileRecord } from '../../sweeps/run-file.ts'
import type { RunFileQuery, RunFileReads, RunFileWrites } from '../../sweeps/run-file-store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { RunAlertsTable, RunFilesTable } from './schema.ts'
import { firstRowOf, insertRows, rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

const BATCH = 256
const URL_KEY = 'file-url-key'

export class RunFileSqlReads implements RunFileReads {
  constructor(protected readonly session: SqlSession) {}

  async listFiles(runId: RunId, query: RunFileQuery = {}): Promise<RunFileRecord[]> {
    let select = this.session.sql.selectFrom('run_files').selectAll().where('run_id', '=', runId)
    if (query.after !== undefined) select = select.where('name', '>', query.after)
    select = select.orderBy('name')
    if (query.limit !== undefined) select = select.limit(query.limit)
    if (query.names === undefined) return (await rowsOf(this.session, select)).map(fileFromRow)
    const rows: RunFilesTable[] = []
    for (let at = 0; at < query.names.length; at += BATCH)
      rows.push(
        ...(await rowsOf(this.session, select.where('name', 'in', query.names.slice(at, at + BATCH)))),
      )
    return rows.map(fileFromRow).slice(0, query.limit)
  }

  async countFiles(runId: RunId): Promise<number> {
    const select = this.session.sql
      .selectFrom('run_files')
      .select((eb) => eb.fn.countAll<number | string>().as('count'))
      .where('run_id', '=', runId)
    return Number((await firstRowOf(this.session, select))?.count ?? 0)
  }

  async listAlerts(runId: RunId): Promise<AlertRecord[]> {
    const select = this.session.sql
      .selectFrom('run_alerts')
      .selectAll()
      .where('run_id', '=', runId)
      .orderBy('number')
    return (await rowsOf(this.session, select)).map(alertFromRow)
  }

  async namedBlobs(hashes: readonly string[]): Promise<Set<string>> {
    const { sql } = this.session
    const named = new Set<string>()
    for (let at = 0; at < hashes.length; at += BATCH) {
      const some = hashes.slice(at, at + BATCH)
      const selects = [
        sql.selectFrom('run_files').select('blob').distinct().where('blob', 'in', some),
        sql.selectFrom('artifact_files').select('blob').distinct().where('blob', 'in', some),
        sql.selectFrom('artifact_manifests').select('blob').distinct().where('blob', 'in', some),
        sql
          .selectFrom('artifacts')
          .select('manifest_blob as blob')
          .distinct()
          .where('manifest_blob', 'in', some),
      ]
      for (const select of selects)
        for (const { blob } of await rowsOf<{ blob: string | null }>(this.session, select))
          if (blob !== null) named.add(blob)
    }
    return named
  }

  async urlKey(): Promise<string | null> {
    const select = this.session.sql.selectFrom('settings').select('value').where('name', '=', URL_KEY)
    return (await firstRowOf(this.session, select))?.value ?? null
  }
}

export class RunFileSqlWrites extends RunFileSqlReads implements RunFileWrites {
  async saveFiles(files: readonly RunFileRecord[]): Promise<void> {
    const last = new Map(files.map((file) => [`${file.runId} ${file.name}`, file]))
    const rows = [...last.values()].map((file) => ({ ...fileToRow(file) }))
    await insertRows(this.session, 'run_files', rows, { replace: ['run_id', 'name'] })
  }

  async deleteFiles(runId: RunId, names: readonly string[]): Promise<number> {
    let count = 0
    for (let at = 0; at < names.length; at += BATCH) {
      const query = this.session.sql
        .deleteFrom('run_files')
        .where('run_id', '=', runId)
        .where('name', 'in', names.slice(at, at + BATCH))
      count += Number((await this.session.run(query.compile())).numAffectedRows ?? 0)
    }
    return count
  }

  async insertAlerts(alerts: readonly AlertRecord[]): Promise<void> {
    await insertRows(
      this.session,
      'run_alerts',
      alerts.map((alert) => ({ ...alertToRow(alert) })),
    )
  }

  async keepUrlKey(key: string): Promise<void> {
    await insertRows(this.session, 'settings', [{ name: URL_KEY, value: key }], { keep: ['name'] })
  }
}

/** The columns of a blob in every table that names one. */
export interface BlobColumns {
  readonly blob: string
  readonly size: number
  readonly md5: string
}

export function blobToRow({ hash, sizeBytes, md5 }: Blob): BlobColumns {
  return { blob: hash, size: sizeBytes, md5 }
}

export function blobFromRow({ blob, size, md5 }: BlobColumns): Blob {
  return { hash: blob, sizeBytes: size, md5 }
}

function fileToRow(file: RunFileRecord): RunFilesTable {
  return { run_id: file.runId, name: file.name, ...blobToRow(file.blob), updated_at: file.updatedAt }
}

function fileFromRow(row: RunFilesTable): RunFileRecord {
  return { runId: row.run_id, name: row.name, blob: blobFromRow(row), updatedAt: row.updated_at }
}

function alertToRow({ runId, ...rest }: AlertRecord): RunAlertsTable {
  return { run_id: runId, ...rest }
}

function alertFromRow({ run_id: runId, ...rest }: RunAlertsTable): AlertRecord {
  return { runId, ...rest }
}
