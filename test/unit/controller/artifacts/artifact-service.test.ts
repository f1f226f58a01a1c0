// Artifacts from announcement to version, and what people do with versions, without HTTP.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createArtifactChanges } from '../../../../controller/artifacts/artifact-changes.ts'
import type { ArtifactChanges } from '../../../../controller/artifacts/artifact-changes.ts'
import { findMember } from '../../../../controller/artifacts/artifact-names.ts'
import { createArtifactService } from '../../../../controller/artifacts/artifact-service.ts'
import type { ArtifactService, NewArtifact } from '../../../../controller/artifacts/artifact-service.ts'
import { createBlobStore } from '../../../../controller/blobs/blob-store.ts'
import type { ArtifactId, ArtifactRecord, ManifestRecord } from '../../../../sweeps/artifact.ts'
import type { SweepStore } from '../../../../sweeps/store.ts'
import type { RunId } from '../../../../sweeps/sweep.ts'
import { openTemporaryStore, storedSweep } from '../../../support/store.ts'

const ANY = { sizeBytes: null, md5: null }
let folder: string
let temporary: Awaited<ReturnType<typeof openTemporaryStore>>
let store: SweepStore
let artifacts: ArtifactService
let changes: ArtifactChanges
let runId: RunId
let seed = 0
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-artifacts-'))
  temporary = await openTemporaryStore()
  store = temporary.store
  runId = (await storedSweep(store, [{}])).runs[0]?.id as RunId
  const deps = {
    store,
    blobs: createBlobStore({ folder, maxBytes: 100_000 }),
    cleaner: { noteDeletion() {} },
    clock: { now: () => 1_000, monotonicMs: () => 0 },
    randomInt: (n: number) => (seed = (seed * 31 + 7) % 1_000_003) % n,
  }
  artifacts = createArtifactService(deps)
  changes = createArtifactChanges(deps)
})
afterEach(async () => {
  await temporary.close()
  rmSync(folder, { recursive: true, force: true })
})

const md5 = (text: string) => createHash('md5').update(text).digest('base64')

async function* content(text: string): AsyncIterable<Buffer> {
  yield Buffer.from(text)
}

const given = (overrides: Partial<NewArtifact> = {}): NewArtifact => ({
  entity: 'me',
  project: 'p',
  collection: 'model',
  type: 'model',
  digest: 'd',
  digestAlgorithm: 'MANIFEST_MD5',
  description: null,
  metadata: null,
  aliases: [],
  tags: [],
  ttlSeconds: null,
  historyStep: null,
  clientId: null,
  distributedId: null,
  runId,
  ...overrides,
})

type Files = Readonly<Record<string, string>>
interface Options {
  readonly kind?: ManifestRecord['kind']
  readonly base?: ArtifactId
  /** Entries of the manifest for which nothing is uploaded. */
  readonly more?: Readonly<Record<string, object>>
}

async function upload(id: ArtifactId, files: Files, { kind = 'full', base, more = {} }: Options = {}) {
  for (const [path, text] of Object.entries(files))
    if (await artifacts.addFile(id, path, md5(text))) await artifacts.takeFile(id, path, content(text), ANY)
  const entries = Object.entries(files).map(([path, text]) => [
    path,
    { digest: md5(text), size: text.length, birthArtifactID: id },
  ])
  const manifest = { version: 1, contents: { ...(Object.fromEntries(entries) as object), ...more } }
  const record = await artifacts.addManifest({
    artifactId: id,
    kind,
    baseArtifactId: base ?? null,
    digest: '',
  })
  await artifacts.takeManifest(record.id, content(JSON.stringify(manifest)), ANY)
}

async function log(
  digest: string,
  files: Files,
  overrides: Partial<NewArtifact> = {},
): Promise<ArtifactRecord> {
  const { artifact } = await artifacts.announce(given({ digest, ...overrides }))
  if (artifact.state === 'committed') return artifact
  await upload(artifact.id, files)
  return artifacts.commit(artifact.id)
}

async function versionOf(name: string): Promise<string | null> {
  const member = await findMember(store, 'p', name)
  return member === null ? null : `v${member.membership.versionIndex}`
}

describe('a version', () => {
  it('is there once it is committed, with its number, size and the alias latest, which moves', async () => {
    const { artifact } = await artifacts.announce(given({ aliases: ['best'] }))
    await upload(artifact.id, { 'a.txt': 'hello', 'd/b': '' })
    expect(await versionOf('model')).toBeNull()

    const committed = await artifacts.commit(artifact.id)
    expect(committed).toMatchObject({ state: 'committed', sizeBytes: 5, fileCount: 2 })
    expect(await artifacts.commit(artifact.id)).toEqual(committed)
    await log('d2', { 'a.txt': 'other' })

    expect([
      await versionOf('model:best'),
      await versionOf('model:latest'),
      await versionOf('model'),
    ]).toEqual(['v0', 'v1', 'v1'])
    expect(await versionOf('model:v0')).toBe('v0')
    expect(await versionOf('model:v2')).toBeNull()
  })

  it('with the digest of another is no new one: the aliases move to that', async () => {
    const first = await log('same', { a: '1' })
    await log('other', { a: '2' })
    const { artifact, latestId } = await artifacts.announce(
      given({ digest: 'same', aliases: ['latest', 'good'], clientId: 'c9' }),
    )

    expect(artifact.id).toBe(first.id)
    expect(latestId).not.toBe(first.id)
    expect([await versionOf('model:latest'), await versionOf('model:good')]).toEqual(['v0', 'v0'])
    expect((await findMember(store, 'p', 'model:v1'))?.collection.nextVersion).toBe(2)
  })

  it('that is announced again by the same client is the same', async () => {
    const first = await artifacts.announce(given({ clientId: 'c1' }))
    const again = await artifacts.announce(given({ clientId: 'c1' }))
    expect(again.artifact.id).toBe(first.artifact.id)
  })

  it('takes no more files when it is committed', async () => {
    const { id } = await log('d', { a: '1' })
    await expect(artifacts.addFile(id, 'b', null)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    await expect(artifacts.takeFile(id, 'b', content('x'), ANY)).rejects.toMatchObject({
      code: 'ILLEGAL_TRANSITION',
    })
  })

  it('is refused when files of its manifest never arrived, and they are named', async () => {
    const { artifact } = await artifacts.announce(given())
    await upload(artifact.id, { a: '1' }, { more: { 'gone.bin': { digest: md5('gone'), size: 4 } } })
    await expect(artifacts.commit(artifact.id)).rejects.toThrow(
      /1 of the artifact's files never arrived: "gone.bin"/,
    )
    expect(await versionOf('model')).toBeNull()
  })

  it('without a manifest, or with one that is none, is refused in words', async () => {
    const { artifact } = await artifacts.announce(given())
    await expect(artifacts.commit(artifact.id)).rejects.toThrow(/manifest .* never uploaded/)
    for (const text of ['{', '[]', '{"contents": {"a": {"size": -1}}}']) {
      const { id } = await artifacts.addManifest({
        artifactId: artifact.id,
        kind: 'full',
        baseArtifactId: null,
        digest: '',
      })
      await artifacts.takeManifest(id, content(text), ANY)
      await expect(artifacts.commit(artifact.id)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    }
  })

  it('keeps references as references, and needs no files at all', async () => {
    const { artifact } = await artifacts.announce(given({ digest: 'refs' }))
    await upload(artifact.id, {}, { more: { r: { digest: 'etag', ref: 's3://bucket/r', size: 7 } } })
    expect(await artifacts.commit(artifact.id)).toMatchObject({ sizeBytes: 7, fileCount: 1 })
    expect(await store.artifacts.countFiles(artifact.id)).toBe(0)
    expect(await log('empty', {})).toMatchObject({ sizeBytes: 0, fileCount: 0 })
  })
})

describe('files that another version has', () => {
  it('are not uploaded again', async () => {
    await log('d1', { big: 'content' })
    const { artifact } = await artifacts.announce(given({ digest: 'd2' }))
    expect(await artifacts.addFile(artifact.id, 'renamed', md5('content'))).toBe(false)
    expect(await artifacts.addFile(artifact.id, 'new', md5('new'))).toBe(true)
    expect(await artifacts.addFile(artifact.id, 'unsaid', null)).toBe(true)
    await artifacts.takeFile(artifact.id, 'new', content('new'), ANY)
    expect((await store.artifacts.listFiles(artifact.id)).map(({ path }) => path)).toEqual(['new', 'renamed'])
  })

  it('are taken from it when the manifest names its birth, also after it was deleted elsewhere', async () => {
    const first = await log('d1', { kept: 'k', dropped: 'x' })
    const { artifact } = await artifacts.announce(given({ digest: 'd2' }))
    const kept = { digest: md5('k'), size: 1, birthArtifactID: first.id }
    await upload(artifact.id, { added: 'a' }, { more: { kept } })
    await artifacts.commit(artifact.id)
    await changes.remove(first.id, { withAliases: false })

    expect((await store.artifacts.listFiles(artifact.id)).map(({ path }) => path)).toEqual(['added', 'kept'])
  })

  it('stand in an incremental version without being named', async () => {
    const base = await log('d1', { one: '1', two: '2' })
    const { artifact } = await artifacts.announce(given({ digest: 'd2' }))
    await upload(artifact.id, { two: 'changed', three: '3' }, { kind: 'incremental', base: base.id })
    expect(await artifacts.commit(artifact.id)).toMatchObject({ fileCount: 3, sizeBytes: 9 })
  })

  it('come together from all runs that add to one artifact', async () => {
    const shared = given({ distributedId: 'group', digest: 'x' })
    const first = await artifacts.announce(shared)
    const second = await artifacts.announce({ ...shared, digest: 'y', clientId: 'c2' })
    expect(second.artifact.id).toBe(first.artifact.id)
    await upload(first.artifact.id, { rank0: '0' }, { kind: 'patch' })
    await upload(first.artifact.id, { rank1: '1' }, { kind: 'patch' })
    expect(await artifacts.commit(first.artifact.id)).toMatchObject({ fileCount: 2 })
  })
})

describe('names', () => {
  it.each<[string, Partial<NewArtifact>]>([
    ['a name with a slash', { collection: 'a/b' }],
    ['no name', { collection: '' }],
    ['a type with a colon', { type: 'a:b' }],
    ['the alias of a version', { aliases: ['v3'] }],
    ['an alias with a slash', { aliases: ['a/b'] }],
    ['a long name', { collection: 'x'.repeat(129) }],
    ['a MiB of metadata', { metadata: 'x'.repeat(2 ** 20 + 1) }],
  ])('are refused: %s', async (_what, overrides) => {
    await expect(artifacts.announce(given(overrides))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('stand for one type, and for versions or links, not both', async () => {
    const { id } = await log('d', { a: '1' })
    await expect(artifacts.announce(given({ type: 'dataset', digest: 'e' }))).rejects.toThrow(
      /of type "model", not "dataset"/,
    )
    await expect(changes.link(id, { entity: 'me', project: 'p', collection: 'model' }, [])).rejects.toThrow(
      /nothing is linked into it/,
    )
    await changes.link(id, { entity: 'me', project: 'p', collection: 'links' }, [])
    await expect(artifacts.announce(given({ collection: 'links', digest: 'e' }))).rejects.toThrow(
      /nothing is logged into it/,
    )
  })
})

describe('people', () => {
  const alias = (name: string, collection = 'model') => ({ project: 'p', collection, alias: name })

  it('move aliases by hand, and take them away only where they stand', async () => {
    const [first, second] = [await log('1', { a: '1' }), await log('2', { a: '2' })]
    await changes.addAliases(first.id, [alias('production')])
    await changes.addAliases(second.id, [alias('production')])
    await changes.deleteAliases(first.id, [alias('production')])
    expect(await versionOf('model:production')).toBe('v1')
    await changes.deleteAliases(second.id, [alias('production')])
    expect(await versionOf('model:production')).toBeNull()
    await expect(changes.addAliases(first.id, [alias('x', 'none')])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('edit what is said of a version', async () => {
    const { id } = await log('1', { a: '1' }, { tags: ['t', 'old'] })
    const edit = { description: 'd', metadata: '{"a":1}', tagsToAdd: ['new', 't'], tagsToDelete: ['old'] }
    expect(await changes.edit(id, edit)).toMatchObject({ description: 'd', tags: ['t', 'new'] })
    const kept = await changes.edit(id, { tagsToAdd: [], tagsToDelete: [], aliases: ['only'] })
    expect(kept).toMatchObject({ description: 'd', metadata: '{"a":1}' })
    expect([await versionOf('model:only'), await versionOf('model:latest')]).toEqual(['v0', null])
  })

  it('delete versions: latest moves back, numbers are not used again, an alias protects', async () => {
    const [first, second] = [await log('1', { a: '1' }), await log('2', { a: '2' })]
    await changes.addAliases(second.id, [alias('production')])
    await expect(changes.remove(second.id, { withAliases: false })).rejects.toThrow(/production/)
    await changes.remove(second.id, { withAliases: true })

    expect((await findMember(store, 'p', 'model:latest'))?.artifact.id).toBe(first.id)
    expect((await store.files.namedBlobs([]))?.size).toBe(0)
    await log('3', { a: '3' })
    expect(await versionOf('model')).toBe('v2')
  })

  it('link versions into other collections, which number them anew, and out of them again', async () => {
    const [, second] = [await log('1', { a: '1' }), await log('2', { a: '2' })]
    const target = { entity: 'me', project: 'registry', collection: 'best' }
    const member = await changes.link(second.id, target, ['production'])
    expect(member.membership.versionIndex).toBe(0)
    expect(member.collection).toMatchObject({ kind: 'portfolio', type: 'model' })
    const again = await changes.link(second.id, target, ['other'])
    expect(again.membership.versionIndex).toBe(0)
    expect((await findMember(store, 'registry', 'best:production'))?.artifact.id).toBe(second.id)
    expect((await findMember(store, 'registry', 'best:other'))?.artifact.id).toBe(second.id)
    expect(await versionOf('model:production')).toBeNull()

    await changes.unlink(second.id, member.collection.id)
    expect(await findMember(store, 'registry', 'best:latest')).toBeNull()
    expect(await versionOf('model:v1')).toBe('v1')
  })

  it('rename, describe, tag and delete collections', async () => {
    const { collectionId } = await log('1', { a: '1' })
    await log('x', { a: '1' }, { collection: 'taken' })
    await expect(changes.editCollection(collectionId, { name: 'taken' })).rejects.toMatchObject({
      code: 'ILLEGAL_TRANSITION',
    })
    await changes.editCollection(collectionId, { name: 'renamed', description: 'd', type: 'other' })
    await changes.tagCollection('p', 'renamed', { add: ['a', 'b'], remove: [] })
    const collection = await changes.tagCollection('p', 'renamed', { add: [], remove: ['a'] })
    expect(collection).toMatchObject({ name: 'renamed', description: 'd', type: 'other', tags: ['b'] })

    await changes.removeCollection(collectionId)
    expect(await store.artifacts.findCollection('p', 'renamed')).toBeNull()
    expect(await store.artifacts.findByDigest(collectionId, '1')).toBeNull()
  })
})

it('who made a version and who used it is kept, until the run or the version goes', async () => {
  const { id } = await log('1', { a: '1' })
  await artifacts.use(id, runId)
  await artifacts.use(id, runId)
  expect(await store.artifacts.listEdges({ artifactId: id, role: 'output' })).toMatchObject([{ runId }])
  expect(await store.artifacts.listEdges({ runId, role: 'input' })).toMatchObject([{ artifactId: id }])
  await changes.removeOutputs(runId)
  expect(await store.artifacts.listEdges({ runId, role: 'input' })).toEqual([])
  expect(await versionOf('model')).toBeNull()
})
