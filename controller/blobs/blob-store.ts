// Content on disk, under its own SHA-256: FOLDER/ab/cdef.... What comes in is hashed while it is written to a file of
// its own in FOLDER/incoming, made durable, and only then gets its name, so that whatever has a name is whole, and the
// same content stands there once. Which content is still wanted, the store knows (blob-cleaner.ts).
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, statSync, unlinkSync, utimesSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { SweepError } from '../../sweeps/errors.ts'
import type { Blob } from '../../sweeps/run-file.ts'

export interface BlobStoreOptions {
  /** Made when it is missing. */
  readonly folder: string
  /** The most that one file may have. */
  readonly maxBytes: number
  /** What stays free on the disk, for the database. @default 256 MiB */
  readonly reserveBytes?: number
}

export interface PutOptions {
  /** As the sender announced it; null: not announced. */
  readonly sizeBytes: number | null
  /** base64; null: not known beforehand. */
  readonly md5: string | null
}

export interface BlobStore {
  readonly maxBytes: number
  /**
   * Takes content in. Memory is bounded by the stream's own buffer. The content is durable when this resolves, and is
   * not cleaned away for BLOB_GRACE_MS: by then something must name it.
   * @throws SweepError BODY_TOO_LARGE before or when the limit or the free disk is passed; REQUEST_INVALID when it is
   *   not as announced; what the stream throws. Nothing is left then.
   */
  put(content: AsyncIterable<Buffer>, options: PutOptions): Promise<Blob>
  /** The same, of a text. */
  putText(text: string): Promise<Blob>
  /** @throws SweepError NOT_FOUND when this controller's disk does not have it */
  read(blob: Blob, range?: ByteRange): Promise<Readable>
  /** @throws SweepError NOT_FOUND; BODY_TOO_LARGE above `limitBytes` */
  readText(blob: Blob, limitBytes: number): Promise<string>
  /** Hashes of what there is, in no order. */
  listOld(olderThan: number): AsyncIterable<string>
  /** Is it on this controller's disk? */
  has(hash: string): boolean
  /**
   * Takes it off the disk unless it came in, or came in again, after `olderThan` (epoch ms).
   * @returns bytes freed; null when it stays or is not there
   */
  removeOld(hash: string, olderThan: number): number | null
  /** Forgets uploads that broke off with the process that took them. */
  clearIncoming(olderThan: number): Promise<void>
}

/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** How long content may be without a name: from its arrival to the commit that names it. */
export const BLOB_GRACE_MS = 15 * 60_000

export const DEFAULT_MAX_FILE_BYTES = 5 * 2 ** 30
const DEFAULT_RESERVE_BYTES = 256 * 2 ** 20
/** How often the free disk is looked at again while content of unknown size comes in. */
const DISK_CHECK_BYTES = 64 * 2 ** 20

export function createBlobStore(options: BlobStoreOptions): BlobStore {
  const { folder, maxBytes, reserveBytes = DEFAULT_RESERVE_BYTES } = options
  const incoming = join(folder, 'incoming')
  mkdirSync(incoming, { recursive: true, mode: 0o700 })
  const pathOf = (hash: string) => {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error(`${JSON.stringify(hash)} is no SHA-256`)
    return join(folder, hash.slice(0, 2), hash.slice(2))
  }

  async function checkRoom(moreBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(folder)
    const room = Math.max(0, bavail * bsize - reserveBytes)
    if (moreBytes <= room) return
    throw new SweepError(
      'BODY_TOO_LARGE',
      `the controller's disk has room for ${showBytes(room)} more, the file needs ${showBytes(moreBytes)}`,
      { hint: 'Free some disk, or delete artifacts and runs. Nothing of the file was kept.' },
    )
  }

  async function put(content: AsyncIterable<Buffer>, announced: PutOptions): Promise<Blob> {
    if ((announced.sizeBytes ?? 0) > maxBytes) throw tooLarge(announced.sizeBytes ?? 0, maxBytes)
    await checkRoom(announced.sizeBytes ?? 0)
    const draft = join(incoming, randomBytes(16).toString('hex'))
    const file = await open(draft, 'wx', 0o600)
    try {
      const blob = await receive(file, content)
      checkAnnounced(blob, announced)
      await file.sync()
      await file.close()
      await giveName(draft, blob.hash)
      return blob
    } catch (error) {
      await file.close().catch(() => undefined)
      await rm(draft, { force: true })
      throw asFullDisk(error)
    }
  }

  async function receive(file: FileHandle, content: AsyncIterable<Buffer>): Promise<Blob> {
    const hash = createHash('sha256')
    const md5 = createHash('md5')
    let sizeBytes = 0
    let nextCheck = DISK_CHECK_BYTES
    for await (const chunk of content) {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) throw tooLarge(sizeBytes, maxBytes)
      if (sizeBytes >= nextCheck) {
        nextCheck = sizeBytes + DISK_CHECK_BYTES
        await checkRoom(DISK_CHECK_BYTES)
      }
      hash.update(chunk)
      md5.update(chunk)
      await writeWhole(file, chunk)
    }
    return { hash: hash.digest('hex'), sizeBytes, md5: md5.digest('base64') }
  }

  async function giveName(draft: string, hash: string): Promise<void> {
    const path = pathOf(hash)
    const parent = join(folder, hash.slice(0, 2))
    if (isThere(path)) {
      await rm(draft, { force: true })
      return
    }
    await mkdir(parent, { recursive: true, mode: 0o700 })
    await rename(draft, path)
    for (const directory of [parent, folder]) await syncFolder(directory)
  }

  async function openBlob(blob: Blob): Promise<FileHandle> {
    try {
      return await open(pathOf(blob.hash), 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new SweepError('NOT_FOUND', "the file's content is not on this controller's disk", {
        hint: 'It is in the data folder of the controller that took it, or that folder was restored without it.',
        details: { sha256: blob.hash },
      })
    }
  }

  return {
    maxBytes,
    put,
    putText: (text) => {
      const bytes = Buffer.from(text)
      return put(once(bytes), { sizeBytes: bytes.length, md5: null })
    },

    async read(blob, range) {
      const file = await openBlob(blob)
      return file.createReadStream(range === undefined ? {} : { start: range.first, end: range.last })
    },

    async readText(blob, limitBytes) {
      if (blob.sizeBytes > limitBytes) throw tooLarge(blob.sizeBytes, limitBytes)
      const file = await openBlob(blob)
      try {
        return await file.readFile('utf8')
      } finally {
        await file.close()
      }
    },

    has: (hash) => existsSync(pathOf(hash)),

    async *listOld(olderThan) {
      for (const prefix of await readdir(folder)) {
        if (!/^[0-9a-f]{2}$/.test(prefix)) continue
        for (const rest of await readdir(join(folder, prefix))) {
          if (!/^[0-9a-f]{62}$/.test(rest)) continue
          const facts = await stat(join(folder, prefix, rest)).catch(() => null)
          if (facts !== null && facts.mtimeMs < olderThan) yield prefix + rest
        }
      }
    },

    removeOld(hash, olderThan) {
      // In one turn of the event loop: content that comes in again meanwhile is either seen here or written anew.
      const path = pathOf(hash)
      const facts = statSync(path, { throwIfNoEntry: false })
      if (facts === undefined || facts.mtimeMs >= olderThan) return null
      unlinkSync(path)
      return facts.size
    },

    async clearIncoming(olderThan) {
      for (const name of await readdir(incoming)) {
        const path = join(incoming, name)
        const facts = await stat(path).catch(() => null)
        if (facts !== null && facts.mtimeMs < olderThan) await rm(path, { force: true })
      }
    },
  }
}

/** Is it there? Then it is new again: nobody cleans it away before it is named. */
function isThere(path: string): boolean {
  try {
    const now = new Date()
    utimesSync(path, now, now)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function writeWhole(file: FileHandle, chunk: Buffer): Promise<void> {
  let at = 0
  while (at < chunk.length) at += (await file.write(chunk, at)).bytesWritten
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function checkAnnounced(blob: Blob, announced: PutOptions): void {
  if (announced.sizeBytes !== null && announced.sizeBytes !== blob.sizeBytes)
    throw new SweepError(
      'REQUEST_INVALID',
      `${blob.sizeBytes} bytes arrived of ${announced.sizeBytes}: nothing was kept`,
      { hint: 'Send it again.' },
    )
  if (announced.md5 !== null && announced.md5 !== blob.md5)
    throw new SweepError(
      'REQUEST_INVALID',
      `the content has the MD5 ${blob.md5}, announced was ${announced.md5}: nothing was kept`,
      { hint: 'It changed while it was sent. Send it again.' },
    )
}

function tooLarge(sizeBytes: number, maxBytes: number): SweepError {
  return new SweepError(
    'BODY_TOO_LARGE',
    `a file may have ${showBytes(maxBytes)}, this one has ${sizeBytes > maxBytes + 2 ** 20 ? showBytes(sizeBytes) : 'more'}`,
    { hint: 'Start the controller with a larger SWEEP_MAX_FILE_SIZE, or log it as a reference.' },
  )
}

function asFullDisk(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error
  return new SweepError('BODY_TOO_LARGE', "the controller's disk is full: nothing of the file was kept", {
    cause: error,
  })
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function showBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)))
  const value = bytes / 2 ** (10 * power)
  return `${Number.isInteger(value) || power === 0 ? value : value.toFixed(1)} ${UNITS[power] ?? 'B'}`
}

async function* once(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes
}
