// Files that clients leave with runs, and alerts.
import type { Clock } from '../../runtime/clock.ts'
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import { checkStoredName } from '../../sweeps/run-file.ts'
import type { AlertLevel, AlertRecord, Blob, RunFileRecord } from '../../sweeps/run-file.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { BlobCleaner } from '../blobs/blob-cleaner.ts'
import type { BlobStore, PutOptions } from '../blobs/blob-store.ts'

export interface FileServiceDeps {
  readonly store: SweepStore
  readonly blobs: BlobStore
  readonly cleaner: Pick<BlobCleaner, 'noteDeletion'>
  readonly clock: Clock
}

export interface NewAlert {
  readonly title: string
  readonly text: string
  readonly level: AlertLevel
  /** Not kept when one of the same title came within that time before. */
  readonly waitMs: number
}

export interface FilePage {
  readonly files: readonly RunFileRecord[]
  /** Are there more behind the last? */
  readonly hasMore: boolean
}

export interface RunFileService {
  /** Replaces the file of that name. @throws SweepError NOT_FOUND, REQUEST_INVALID; as BlobStore.put */
  takeFile(runId: RunId, name: string, content: AsyncIterable<Buffer>, options: PutOptions): Promise<Blob>
  find(runId: RunId, name: string): Promise<RunFileRecord | null>
  /** @param query.pattern as SQL's LIKE: `%` stands for any text, `_` for one character */
  list(
    runId: RunId,
    query: {
      readonly names?: readonly string[] | undefined
      readonly pattern?: string | undefined
      readonly after?: string | undefined
      readonly limit: number
    },
  ): Promise<FilePage>
  remove(runId: RunId, names: readonly string[]): Promise<number>
  /** @returns null when one of the same title came shortly before */
  addAlert(runId: RunId, alert: NewAlert): Promise<AlertRecord | null>
}

const MAX_ALERTS = 1000
const MAX_TITLE = 1000
const MAX_TEXT = 65_536

export function createRunFileService({ store, blobs, cleaner, clock }: FileServiceDeps): RunFileService {
  return {
    async takeFile(runId, name, content, options) {
      checkStoredName(name, 'a file')
      if ((await store.findRun(runId)) === null) throw new NotFoundError('run', runId)
      const blob = await blobs.put(content, options)
      await store.write(async (tx) => {
        if ((await tx.findRun(runId)) === null) throw new NotFoundError('run', runId)
        await tx.files.saveFiles([{ runId, name, blob, updatedAt: clock.now() }])
      })
      cleaner.noteDeletion() // of what had the name before
      return blob
    },

    async find(runId, name) {
      return (await store.files.listFiles(runId, { names: [name] }))[0] ?? null
    },

    async list(runId, { names, pattern, after, limit }) {
      const narrowed = {
        ...(names === undefined ? {} : { names }),
        ...(after === undefined ? {} : { after }),
      }
      if (pattern === undefined) {
        const files = await store.files.listFiles(runId, { ...narrowed, limit: limit + 1 })
        return { files: files.slice(0, limit), hasMore: files.length > limit }
      }
      const isLike = createLikeMatcher(pattern)
      const files = (await store.files.listFiles(runId, narrowed)).filter(({ name }) => isLike(name))
      return { files: files.slice(0, limit), hasMore: files.length > limit }
    },

    async remove(runId, names) {
      const count = await store.write((tx) => tx.files.deleteFiles(runId, names))
      cleaner.noteDeletion()
      return count
    },

    addAlert: (runId, alert) =>
      store.write(async (tx) => {
        const run = await tx.findRun(runId)
        if (run === null) throw new NotFoundError('run', runId)
        const earlier = await tx.files.listAlerts(runId)
        const at = clock.now()
        const title = storableText(alert.title, MAX_TITLE)
        if (earlier.some((one) => one.title === title && at - one.at < alert.waitMs)) return null
        if (earlier.length >= MAX_ALERTS)
          throw new SweepError('TOO_MANY_REQUESTS', `run ${runId} has ${MAX_ALERTS} alerts: no more are kept`)
        const record: AlertRecord = {
          runId,
          number: earlier.length + 1,
          at,
          title,
          text: storableText(alert.text, MAX_TEXT),
          level: alert.level,
        }
        await tx.files.insertAlerts([record])
        await tx.recordChanges([
          {
            at,
            entity: 'run',
            entityId: runId,
            sweepId: run.sweepId,
            event: 'run.alerted',
            data: { number: record.number, title: record.title.slice(0, 200), level: record.level },
          },
        ])
        return record
      }),
  }
}

function storableText(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/\u0000|\p{Surrogate}/gu, '\ufffd')
}

/** Linear in the name for each `%` of the pattern; backtracks to the last `%` alone. */
export function createLikeMatcher(pattern: string): (text: string) => boolean {
  const wanted = [...pattern]
  return (text) => {
    const given = [...text]
    let at = 0
    let next = 0
    let star = -1
    let mark = 0
    while (at < given.length) {
      if (wanted[next] === '%') {
        star = next
        mark = at
        next += 1
      } else if (next < wanted.length && (wanted[next] === '_' || wanted[next] === given[at])) {
        at += 1
        next += 1
      } else if (star >= 0) {
        next = star + 1
        mark += 1
        at = mark
      } else return false
    }
    while (wanted[next] === '%') next += 1
    return next === wanted.length
  }
}
