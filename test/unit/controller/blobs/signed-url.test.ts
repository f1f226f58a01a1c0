// Addresses of files: good for one thing, on one file, for a day; and any name survives the way there.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createUrlSigner, STORAGE_PREFIX } from '../../../../controller/blobs/signed-url.ts'
import type { FileAction, UrlSigner } from '../../../../controller/blobs/signed-url.ts'
import { HOSTILE_NAMES } from '../../../support/hostile-names.ts'
import { openTemporaryStore } from '../../../support/store.ts'

let temporary: Awaited<ReturnType<typeof openTemporaryStore>>
let urls: UrlSigner
let now = 0
const clock = { now: () => now, monotonicMs: () => now }
beforeEach(async () => {
  now = 1_000_000
  temporary = await openTemporaryStore()
  urls = createUrlSigner(temporary.store, clock)
})
afterEach(() => temporary.close())

const target = { kind: 'run-file', id: 'abcd1234', name: 'a b.txt' } as const

function check(action: FileAction, address: string, by = urls) {
  const url = new URL(address)
  return by.check(action, url.pathname.slice(STORAGE_PREFIX.length), Object.fromEntries(url.searchParams))
}

describe('a signed address', () => {
  it('is good for what it was given out for, on every controller of the database', async () => {
    const address = await urls.sign('http://h:1', 'put', target)
    expect(address).toMatch(/^http:\/\/h:1\/storage\/run-file\/abcd1234\?/)
    expect(await check('put', address)).toEqual(target)
    expect(await check('put', address, createUrlSigner(temporary.store, clock))).toEqual(target)
    const file = { kind: 'artifact-file', id: 'a', name: 'x', md5: 'XrY7u+Ae7tCTyyK7j1rNww==' } as const
    expect(await check('put', await urls.sign('', 'put', file).then((path) => `http://h${path}`))).toEqual(
      file,
    )
  })

  it('is refused for anything else, and after a day', async () => {
    const address = await urls.sign('http://h', 'get', target)
    const refused = { code: 'FORBIDDEN' }
    await expect(check('put', address)).rejects.toMatchObject(refused)
    for (const [part, other] of [
      ['abcd1234', 'abcd1235'],
      ['run-file', 'manifest'],
      ['run-file', 'nothing'],
      ['a+b.txt', 'a+c.txt'],
      ['signature=', 'signature=x'],
      ['until=', 'until=9'],
      ['name=', 'nam='],
    ] as const) {
      expect(address).toContain(part)
      await expect(check('get', address.replace(part, other))).rejects.toMatchObject(refused)
    }
    now += 24 * 3_600_000 + 1
    await expect(check('get', address)).rejects.toThrow(/a day, which is over/)
  })

  it('brings any name back as it was, and has it in no path', async () => {
    for (const name of HOSTILE_NAMES) {
      const address = await urls.sign('http://h', 'put', { ...target, name })
      expect(new URL(address).pathname).toBe('/storage/run-file/abcd1234')
      expect(await check('put', address)).toEqual({ ...target, name })
    }
  })
})
