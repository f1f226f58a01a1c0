// Content on disk: whole or not at all, once, within its limits, and gone when nothing names it.
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startBlobCleaner } from '../../../../controller/blobs/blob-cleaner.ts'
import { createBlobStore, showBytes } from '../../../../controller/blobs/blob-store.ts'
import type { BlobStore } from '../../../../controller/blobs/blob-store.ts'
import { silentLogger } from '../../../../runtime/logger.ts'
import type { RunId } from '../../../../sweeps/sweep.ts'
import { anArtifact } from '../../../support/records.ts'
import { openTemporaryStore, storedSweep } from '../../../support/store.ts'

const MAX = 1000
const ANY = { sizeBytes: null, md5: null }

let folder: string
let blobs: BlobStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-blobs-'))
  blobs = createBlobStore({ folder, maxBytes: MAX })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function* parts(...texts: string[]): AsyncIterable<Buffer> {
  for (const part of texts) {
    await nextTurn()
    yield Buffer.from(part)
  }
}

async function* brokenOff(): AsyncIterable<Buffer> {
  yield* parts('half of ')
  throw new Error('the connection broke')
}

/** Every file below the folder, by its path from there. */
function filesOf(): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')
const pathOf = (hash: string) => `${hash.slice(0, 2)}/${hash.slice(2)}`

describe('content', () => {
  it('is kept under its SHA-256, with its size and MD5, and comes back whole or in part', async () => {
    const blob = await blobs.put(parts('hello ', 'world'), ANY)

    expect(blob).toEqual({ hash: sha256('hello world'), sizeBytes: 11, md5: 'XrY7u+Ae7tCTyyK7j1rNww==' })
    expect(filesOf()).toEqual([pathOf(blob.hash)])
    expect(await text(await blobs.read(blob))).toBe('hello world')
    expect(await text(await blobs.read(blob, { first: 6, last: 8 }))).toBe('wor')
    expect(await blobs.readText(blob, 11)).toBe('hello world')
    expect(blobs.has(blob.hash)).toBe(true)
    await expect(blobs.readText(blob, 10)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' })
  })

  it('stands there once, also when it comes twice at the same time', async () => {
    const both = await Promise.all([
      blobs.put(parts('same ', 'content'), ANY),
      blobs.put(parts('same content'), ANY),
    ])
    const third = await blobs.putText('same content')

    expect(new Set([...both, third].map(({ hash }) => hash)).size).toBe(1)
    expect(filesOf()).toEqual([pathOf(third.hash)])
  })

  it('of nothing is content too', async () => {
    const blob = await blobs.put(parts(), ANY)
    expect(blob).toMatchObject({ hash: sha256(''), sizeBytes: 0 })
    expect(await text(await blobs.read(blob))).toBe('')
  })

  it.each([
    ['breaks off', brokenOff, ANY, /broke/],
    ['is longer than the limit', () => parts('x'.repeat(MAX), 'y'), ANY, /1000 B.*more/],
    ['is announced to be longer', () => parts('x'), { sizeBytes: 2 ** 40, md5: null }, /1000 B.*1 TiB/],
    ['is shorter than announced', () => parts('abc'), { sizeBytes: 4, md5: null }, /3 bytes arrived of 4/],
    ['differs from its MD5', () => parts('abc'), { sizeBytes: 3, md5: 'XrY7u+Ae7tCTyyK7j1rNww==' }, /MD5/],
  ])('leaves nothing when it %s', async (_what, content, options, words) => {
    await expect(blobs.put(content(), options)).rejects.toThrow(words)
    expect(filesOf()).toEqual([])
  })

  it('is refused before the disk is full', async () => {
    const small = createBlobStore({ folder, maxBytes: 2 ** 50, reserveBytes: 2 ** 60 })
    await expect(small.put(parts('abc'), { sizeBytes: 3, md5: null })).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
      message: expect.stringMatching(/disk has room for 0 B more, the file needs 3 B/) as unknown,
    })
    expect(filesOf()).toEqual([])
  })

  it('that is not there is not found, in words', async () => {
    const blob = { hash: sha256('x'), sizeBytes: 1, md5: '' }
    await expect(blobs.read(blob)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(blobs.has(blob.hash)).toBe(false)
    await expect(blobs.read({ ...blob, hash: '../../etc/passwd' })).rejects.toThrow(/no SHA-256/)
  })
})

describe('cleaning', () => {
  const GRACE_MS = 60_000
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() }
  let temporary: Awaited<ReturnType<typeof openTemporaryStore>>
  beforeEach(async () => {
    temporary = await openTemporaryStore()
  })
  afterEach(() => temporary.close())

  const age = (path: string) => utimesSync(join(folder, path), 1, 1)
  async function clean() {
    const cleaner = startBlobCleaner({
      blobs,
      store: temporary.store,
      clock,
      log: silentLogger,
      graceMs: GRACE_MS,
    })
    await cleaner.clean()
    await cleaner.close()
  }

  it('takes what nothing names, and nothing else', async () => {
    const { store } = temporary
    const [run] = (await storedSweep(store, [{}])).runs
    const [named, fresh, old] = [
      await blobs.putText('named'),
      await blobs.putText('fresh'),
      await blobs.putText('old'),
    ]
    await store.write((tx) =>
      tx.files.saveFiles([{ runId: run?.id as RunId, name: 'a', blob: named, updatedAt: 0 }]),
    )
    age(pathOf(named.hash))
    age(pathOf(old.hash))
    writeFileSync(join(folder, 'somebody-elses'), 'file')

    await clean()

    expect(filesOf()).toEqual([pathOf(named.hash), pathOf(fresh.hash), 'somebody-elses'].sort())
    await store.write((tx) => tx.deleteRuns([run?.id as RunId]))
    await clean()
    expect(filesOf()).toEqual([pathOf(fresh.hash), 'somebody-elses'].sort())
  })

  it('leaves content that has just come in again, and uploads that are under way', async () => {
    const { hash } = await blobs.putText('again')
    age(pathOf(hash))
    await blobs.putText('again')
    writeFileSync(join(folder, 'incoming', 'half'), 'x')
    writeFileSync(join(folder, 'incoming', 'forgotten'), 'x')
    age('incoming/forgotten')

    await clean()

    expect(filesOf()).toEqual([pathOf(hash), 'incoming/half'].sort())
    expect(statSync(join(folder, pathOf(hash))).size).toBe(5)
  })

  it('forgets artifacts whose upload was never finished, after a day', async () => {
    const { store } = temporary
    const [old, young] = [anArtifact({ updatedAt: 0 }), anArtifact({ updatedAt: Date.now() - 3_600_000 })]
    await store.write(async (tx) => {
      await tx.artifacts.insertArtifact(old)
      await tx.artifacts.insertArtifact(young)
    })

    await clean()

    expect(await store.artifacts.findArtifacts([old.id, young.id])).toEqual([young])
  })
})

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [5 * 2 ** 30, '5 GiB'],
  [2 ** 60, '1048576 TiB'],
])('%d bytes are shown as %s', (bytes, shown) => {
  expect(showBytes(bytes)).toBe(shown)
})
