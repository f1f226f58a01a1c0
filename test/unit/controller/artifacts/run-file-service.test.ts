// Files and alerts of runs: names are text, whatever they look like, and nothing is written outside of the blobs' folder.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLikeMatcher, createRunFileService } from '../../../../controller/artifacts/run-file-service.ts'
import type { RunFileService } from '../../../../controller/artifacts/run-file-service.ts'
import { createBlobStore } from '../../../../controller/blobs/blob-store.ts'
import type { RunId } from '../../../../sweeps/sweep.ts'
import { HOSTILE_NAMES, UNSTORABLE_NAMES } from '../../../support/hostile-names.ts'
import { aRunId } from '../../../support/records.ts'
import { openTemporaryStore, storedSweep } from '../../../support/store.ts'

const ANY = { sizeBytes: null, md5: null }
let folder: string
let temporary: Awaited<ReturnType<typeof openTemporaryStore>>
let files: RunFileService
let runId: RunId
let now = 0
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-files-'))
  temporary = await openTemporaryStore()
  runId = (await storedSweep(temporary.store, [{}])).runs[0]?.id as RunId
  files = createRunFileService({
    store: temporary.store,
    blobs: createBlobStore({ folder: join(folder, 'blobs'), maxBytes: 10_000 }),
    cleaner: { noteDeletion() {} },
    clock: { now: () => now, monotonicMs: () => now },
  })
})
afterEach(async () => {
  await temporary.close()
  rmSync(folder, { recursive: true, force: true })
})

async function* content(text: string): AsyncIterable<Buffer> {
  yield Buffer.from(text)
}

describe('files of a run', () => {
  it('are kept by any name, and lie on disk by their hash alone', async () => {
    const names = [...new Set(HOSTILE_NAMES)]
    expect(names.length).toBeGreaterThanOrEqual(200)
    for (const name of names) await files.takeFile(runId, name, content(`of ${name}`), ANY)

    const { files: kept } = await files.list(runId, { limit: 1000 })
    expect(kept.map(({ name }) => name).sort()).toEqual([...names].sort())
    expect(readdirSync(folder)).toEqual(['blobs'])
    for (const path of readdirSync(folder, { recursive: true }))
      expect(path).toMatch(/^blobs(\/(incoming|[0-9a-f]{2}(\/[0-9a-f]{62})?))?$/)
  }, 30_000)

  it.each(UNSTORABLE_NAMES.map((name) => [name.slice(0, 20), name]))(
    'by the name %j are refused in words',
    async (_shown, name) => {
      await expect(files.takeFile(runId, name, content('x'), ANY)).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
      })
    },
  )

  it('come in pages, by name or pattern; the newest content counts', async () => {
    for (const name of ['a.txt', 'b.json', 'c.txt', 'd.txt'])
      await files.takeFile(runId, name, content('1'), ANY)
    await files.takeFile(runId, 'a.txt', content('22'), ANY)
    const names = async (query: Parameters<RunFileService['list']>[1]) => {
      const page = await files.list(runId, query)
      return [page.files.map(({ name }) => name), page.hasMore]
    }

    expect(await names({ limit: 3 })).toEqual([['a.txt', 'b.json', 'c.txt'], true])
    expect(await names({ limit: 3, after: 'c.txt' })).toEqual([['d.txt'], false])
    expect(await names({ limit: 2, pattern: '%.txt' })).toEqual([['a.txt', 'c.txt'], true])
    expect(await names({ limit: 2, pattern: '%.txt', after: 'c.txt' })).toEqual([['d.txt'], false])
    expect(await names({ limit: 9, names: ['d.txt', 'x'] })).toEqual([['d.txt'], false])
    expect((await files.find(runId, 'a.txt'))?.blob.sizeBytes).toBe(2)
    expect(await files.remove(runId, ['a.txt'])).toBe(1)
    expect(await files.find(runId, 'a.txt')).toBeNull()
  })

  it('of a run that there is not are refused before they are read', async () => {
    let isRead = false

    async function* watched(): AsyncIterable<Buffer> {
      isRead = true
      yield Buffer.from('x')
    }
    await expect(files.takeFile(aRunId(), 'a', watched(), ANY)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(isRead).toBe(false)
  })
})

describe('alerts', () => {
  const alert = { title: 'low accuracy', text: 'after epoch 3', level: 'warn', waitMs: 60_000 } as const

  it('are kept in order, and recorded as changes of the run', async () => {
    await files.addAlert(runId, alert)
    await files.addAlert(runId, { ...alert, title: 'other', waitMs: 0 })

    const kept = await temporary.store.files.listAlerts(runId)
    expect(kept.map(({ number, title, level }) => [number, title, level])).toEqual([
      [1, 'low accuracy', 'warn'],
      [2, 'other', 'warn'],
    ])
    const changes = await temporary.store.readChanges(0, 10)
    expect(changes.map(({ event, entityId }) => [event, entityId])).toEqual([
      ['run.alerted', runId],
      ['run.alerted', runId],
    ])
  })

  it('of one title come again after the time that the script gave', async () => {
    now = 0
    expect(await files.addAlert(runId, alert)).not.toBeNull()
    now = 59_999
    expect(await files.addAlert(runId, alert)).toBeNull()
    now = 60_000
    expect(await files.addAlert(runId, alert)).toMatchObject({ number: 2 })
  })

  it('are cut to what is kept, and never break the text', async () => {
    const kept = await files.addAlert(runId, {
      ...alert,
      title: 'x\u0000'.repeat(1000),
      text: '😀'.repeat(40_000),
    })
    expect(kept?.title).toHaveLength(1000)
    expect(kept?.title).not.toContain('\u0000')
    expect(kept?.text.length).toBeLessThanOrEqual(65_536)
  })

  it('are refused in words when there are too many', async () => {
    const records = Array.from({ length: 1000 }, (_none, index) => ({
      runId,
      number: index + 1,
      at: 0,
      title: `${index}`,
      text: '',
      level: 'info' as const,
    }))
    await temporary.store.write((tx) => tx.files.insertAlerts(records))
    await expect(files.addAlert(runId, alert)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  })
})

describe('a pattern', () => {
  it.each([
    ['%.json', 'a/b.json', true],
    ['%.json', 'a.jsonl', false],
    ['a_c', 'abc', true],
    ['a_c', 'ac', false],
    ['%', '', true],
    ['', '', true],
    ['', 'a', false],
    ['%a%b%', 'xxaxxbxx', true],
    ['%a%b%', 'xxbxxaxx', false],
    ['media/%', 'media/😀.png', true],
    ['_', '😀', true],
    ['A%', 'abc', false],
  ])('%j against %j: %s', (pattern, text, fits) => {
    expect(createLikeMatcher(pattern)(text)).toBe(fits)
  })

  it('is not slow on what makes others slow', () => {
    const isLike = createLikeMatcher(`${'%a'.repeat(40)}b`)
    const startedAt = performance.now()
    expect(isLike('a'.repeat(2000))).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})
