// Addresses of files that say themselves who may use them: what may be done, to which file and until when is signed with
// a secret of the database. W&B's client sends no key with its uploads.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { SweepStore } from '../../sweeps/store.ts'

/** Of what the address is. Names are text in the query, never parts of a path. */
export type FileTarget =
  | { readonly kind: 'run-file'; readonly id: string; readonly name: string }
  | { readonly kind: 'artifact-file'; readonly id: string; readonly name: string; readonly md5?: string }
  | { readonly kind: 'manifest'; readonly id: string; readonly name: string }

export type FileAction = 'get' | 'put'

export interface UrlSigner {
  /** @param baseUrl by which the client calls us @returns good for a day */
  sign(baseUrl: string, action: FileAction, target: FileTarget): Promise<string>
  /**
   * @param path below STORAGE_PREFIX, with its query as it was sent
   * @throws SweepError FORBIDDEN when it was not signed by us for this, or its time is over
   */
  check(action: FileAction, path: string, query: Readonly<Record<string, unknown>>): Promise<FileTarget>
}

export const STORAGE_PREFIX = '/storage'

const LIFETIME_MS = 24 * 3_600_000
const KINDS = ['run-file', 'artifact-file', 'manifest'] as const satisfies readonly FileTarget['kind'][]

export function createUrlSigner(store: SweepStore, clock: Clock): UrlSigner {
  let known: Promise<string> | null = null
  const key = () => {
    known ??= readOrMakeKey(store).catch((error: unknown) => {
      known = null
      throw error
    })
    return known
  }

  async function signatureOf(action: FileAction, target: FileTarget, until: number): Promise<string> {
    const md5 = 'md5' in target ? target.md5 : undefined
    const text = JSON.stringify([action, target.kind, target.id, target.name, md5 ?? null, until])
    return createHmac('sha256', await key())
      .update(text)
      .digest('base64url')
  }

  return {
    async sign(baseUrl, action, target) {
      const until = clock.now() + LIFETIME_MS
      const query = new URLSearchParams({ name: target.name, until: String(until) })
      if ('md5' in target && target.md5 !== undefined) query.set('md5', target.md5)
      query.set('signature', await signatureOf(action, target, until))
      return `${baseUrl}${STORAGE_PREFIX}/${target.kind}/${encodeURIComponent(target.id)}?${query.toString()}`
    },

    async check(action, path, query) {
      const [, kindText = '', id = ''] = path.split('/')
      const kind = KINDS.find((one) => one === kindText)
      const { name, until, signature, md5 } = query
      if (
        kind === undefined ||
        typeof name !== 'string' ||
        typeof until !== 'string' ||
        typeof signature !== 'string'
      )
        throw refused('is not one of a file')
      const target: FileTarget = {
        kind,
        id: decodeURIComponent(id),
        name,
        ...(kind === 'artifact-file' && typeof md5 === 'string' ? { md5 } : {}),
      }
      const expected = Buffer.from(await signatureOf(action, target, Number(until)))
      const given = Buffer.from(signature)
      if (given.length !== expected.length || !timingSafeEqual(given, expected))
        throw refused('was not given out by this server')
      if (Number(until) < clock.now()) throw refused('was good for a day, which is over')
      return target
    },
  }
}

function refused(why: string): SweepError {
  return new SweepError('FORBIDDEN', `this address ${why}`, {
    hint: 'Ask for the file again by its run or artifact.',
  })
}

async function readOrMakeKey(store: SweepStore): Promise<string> {
  const there = await store.files.urlKey()
  if (there !== null) return there
  return store.write(async (tx) => {
    await tx.files.keepUrlKey(randomBytes(32).toString('base64url'))
    return (await tx.files.urlKey()) ?? ''
  })
}
