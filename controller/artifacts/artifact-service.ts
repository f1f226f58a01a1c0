// The use cases of making artifacts: announce one, upload its files and manifest, commit it, use it. What people do with
// versions afterwards is in artifact-changes.ts.
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import { checkAlias, checkCollectionName, LATEST } from '../../sweeps/artifact.ts'
import type {
  ArtifactId,
  ArtifactRecord,
  CollectionId,
  CollectionRecord,
  ManifestRecord,
} from '../../sweeps/artifact.ts'
import { parseManifest } from '../../sweeps/artifact-manifest.ts'
import { checkStoredName } from '../../sweeps/run-file.ts'
import type { Blob } from '../../sweeps/run-file.ts'
import type { StoreTransaction } from '../../sweeps/store.ts'
import { createId } from '../../sweeps/sweep.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { PutOptions } from '../blobs/blob-store.ts'
import { MAX_MANIFEST_BYTES, commitArtifact, findArtifact } from './commit-artifact.ts'
import type { FileServiceDeps } from './run-file-service.ts'

export interface ArtifactServiceDeps extends FileServiceDeps {
  /** Uniform integer in [0, n). */
  readonly randomInt: (n: number) => number
}

export interface NewArtifact {
  readonly entity: string
  readonly project: string
  readonly collection: string
  readonly type: string
  readonly digest: string
  readonly digestAlgorithm: string
  readonly description: string | null
  readonly metadata: string | null
  readonly aliases: readonly string[]
  readonly tags: readonly string[]
  readonly ttlSeconds: number | null
  readonly historyStep: number | null
  readonly clientId: string | null
  readonly distributedId: string | null
  /** That makes it; null: a person. */
  readonly runId: RunId | null
}

export interface AnnouncedArtifact {
  readonly artifact: ArtifactRecord
  readonly collection: CollectionRecord
  /** The newest version before this call. */
  readonly latestId: ArtifactId | null
}

export interface ArtifactService {
  /**
   * A version of the collection with the same digest is given back, with the aliases moved to it; nothing else is made
   * then. Again with the same client's id: the same artifact.
   * @throws SweepError REQUEST_INVALID for names and aliases that cannot be, and when the collection is of another type
   */
  announce(artifact: NewArtifact): Promise<AnnouncedArtifact>
  addManifest(
    manifest: Pick<ManifestRecord, 'artifactId' | 'kind' | 'baseArtifactId' | 'digest'>,
  ): Promise<ManifestRecord>
  /**
   * @returns whether its content must be uploaded: false when another version has the same, which is taken for it
   * @throws SweepError NOT_FOUND; ILLEGAL_TRANSITION when it is committed
   */
  addFile(id: ArtifactId, path: string, md5: string | null): Promise<boolean>
  /** As addFile; and as BlobStore.put. */
  takeFile(id: ArtifactId, path: string, content: AsyncIterable<Buffer>, options: PutOptions): Promise<Blob>
  takeManifest(id: string, content: AsyncIterable<Buffer>, options: PutOptions): Promise<Blob>
  /** As commitArtifact. */
  commit(id: ArtifactId): Promise<ArtifactRecord>
  /** Paths of entries that only refer to what is kept elsewhere, in their order. Cost: reads the manifest if there are any. */
  listReferences(artifact: ArtifactRecord): Promise<readonly string[]>
  /** The run uses it, from now on. */
  use(id: ArtifactId, runId: RunId): Promise<ArtifactRecord>
}

const MAX_METADATA = 2 ** 20

export function createArtifactService(deps: ArtifactServiceDeps): ArtifactService {
  const { store, blobs, clock, randomInt } = deps
  const newId = () => createId(randomInt)

  return {
    async announce(given) {
      checkNewArtifact(given)
      return store.write(async (tx) => {
        const at = clock.now()
        const collection =
          (await tx.artifacts.findCollection(given.project, given.collection)) ??
          (await makeCollection(tx, given, newId() as CollectionId, at))
        checkFits(collection, given)
        const latestId = await findLatest(tx, collection.id)
        const known = await findKnown(tx, collection, given)
        const artifact = known ?? pendingArtifact(given, newId() as ArtifactId, collection.id, at)
        if (known === null) await tx.artifacts.insertArtifact(artifact)
        if (artifact.state === 'committed') await moveAliases(tx, artifact, given.aliases)
        if (given.runId !== null)
          await tx.artifacts.keepEdges([{ artifactId: artifact.id, runId: given.runId, role: 'output', at }])
        return { artifact, collection, latestId }
      })
    },

    addManifest: (given) =>
      store.write(async (tx) => {
        requirePending(await findArtifact(tx, given.artifactId))
        const manifest: ManifestRecord = { ...given, id: newId(), blob: null, createdAt: clock.now() }
        await tx.artifacts.insertManifest(manifest)
        return manifest
      }),

    async addFile(id, path, md5) {
      checkStoredName(path, "an artifact's file")
      requirePending(await findArtifact(store, id))
      const there = md5 === null ? null : await store.artifacts.findFileByMd5(null, md5)
      if (there === null || !blobs.has(there.hash)) return true
      return store.write(async (tx) => {
        // Still named by another version now, so that nobody cleans it away.
        const blob = md5 === null ? null : await tx.artifacts.findFileByMd5(null, md5)
        if (blob === null || !blobs.has(blob.hash)) return true
        await tx.artifacts.saveFiles([{ artifactId: id, path, blob }])
        return false
      })
    },

    async takeFile(id, path, content, options) {
      checkStoredName(path, "an artifact's file")
      requirePending(await findArtifact(store, id))
      const blob = await blobs.put(content, options)
      await store.write(async (tx) => {
        const artifact = await findArtifact(tx, id)
        requirePending(artifact)
        await tx.artifacts.saveFiles([{ artifactId: id, path, blob }])
        await tx.artifacts.saveArtifact({ ...artifact, updatedAt: clock.now() })
      })
      return blob
    },

    async takeManifest(id, content, options) {
      if ((await store.artifacts.findManifest(id)) === null) throw new NotFoundError('manifest', id)
      const blob = await blobs.put(content, options)
      await store.write(async (tx) => {
        const manifest = await tx.artifacts.findManifest(id)
        if (manifest === null) throw new NotFoundError('manifest', id)
        requirePending(await findArtifact(tx, manifest.artifactId))
        await tx.artifacts.saveManifest({ ...manifest, blob })
      })
      return blob
    },

    commit: (id) => commitArtifact(deps, id),

    async listReferences({ id, fileCount, manifest }) {
      if (manifest === null || fileCount === (await store.artifacts.countFiles(id))) return []
      const { contents } = parseManifest(await blobs.readText(manifest, MAX_MANIFEST_BYTES))
      return Object.keys(contents)
        .filter((path) => contents[path]?.ref !== undefined)
        .sort()
    },

    use: (id, runId) =>
      store.write(async (tx) => {
        const artifact = await findArtifact(tx, id)
        if ((await tx.findRun(runId)) === null) throw new NotFoundError('run', runId)
        await tx.artifacts.keepEdges([{ artifactId: id, runId, role: 'input', at: clock.now() }])
        return artifact
      }),
  }
}

function checkNewArtifact(given: NewArtifact): void {
  checkCollectionName(given.collection, 'an artifact')
  checkCollectionName(given.type, "an artifact's type")
  for (const alias of given.aliases) checkAlias(alias)
  if ((given.metadata?.length ?? 0) > MAX_METADATA)
    throw new SweepError(
      'REQUEST_INVALID',
      `the metadata of an artifact may have ${MAX_METADATA} characters`,
      {
        hint: 'Put the rest into a file of the artifact.',
      },
    )
}

async function makeCollection(
  tx: StoreTransaction,
  given: NewArtifact,
  id: CollectionId,
  at: number,
): Promise<CollectionRecord> {
  const { entity, project, collection: name, type } = given
  const collection: CollectionRecord = {
    id,
    project,
    name,
    entity,
    kind: 'sequence',
    type,
    description: null,
    tags: [],
    nextVersion: 0,
    createdAt: at,
    updatedAt: at,
  }
  await tx.artifacts.insertCollection(collection)
  return collection
}

function checkFits(collection: CollectionRecord, given: NewArtifact): void {
  const { name, project, kind, type } = collection
  const clash = (what: string, hint: string) =>
    new SweepError('REQUEST_INVALID', `"${name}" of project ${project} is ${what}`, { hint })
  if (kind === 'portfolio')
    throw clash(
      'a collection of linked versions: nothing is logged into it',
      'Log it under another name, and link it.',
    )
  if (type !== given.type)
    throw clash(`of type "${type}", not "${given.type}"`, 'Log it with that type, or under another name.')
}

async function findLatest(tx: StoreTransaction, collectionId: CollectionId): Promise<ArtifactId | null> {
  const aliases = await tx.artifacts.listAliases({ collectionId })
  return aliases.find(({ alias }) => alias === LATEST)?.artifactId ?? null
}

async function findKnown(
  tx: StoreTransaction,
  collection: CollectionRecord,
  given: NewArtifact,
): Promise<ArtifactRecord | null> {
  if (given.distributedId !== null) return tx.artifacts.findDistributed(collection.id, given.distributedId)
  const mine = given.clientId === null ? null : await tx.artifacts.findByClientId(given.clientId)
  if (mine !== null && mine.collectionId === collection.id) return mine
  return tx.artifacts.findByDigest(collection.id, given.digest)
}

function pendingArtifact(
  given: NewArtifact,
  id: ArtifactId,
  collectionId: CollectionId,
  at: number,
): ArtifactRecord {
  return {
    id,
    collectionId,
    state: 'pending',
    digest: given.digest,
    digestAlgorithm: given.digestAlgorithm,
    description: given.description,
    metadata: given.metadata,
    tags: [...new Set(given.tags)],
    ttlSeconds: given.ttlSeconds,
    historyStep: given.historyStep,
    sizeBytes: 0,
    fileCount: 0,
    clientId: given.clientId,
    distributedId: given.distributedId,
    wantedAliases: [...new Set(given.aliases)],
    manifest: null,
    createdAt: at,
    updatedAt: at,
  }
}

async function moveAliases(
  tx: StoreTransaction,
  { id: artifactId, collectionId }: ArtifactRecord,
  aliases: readonly string[],
): Promise<void> {
  await tx.artifacts.saveAliases(aliases.map((alias) => ({ collectionId, alias, artifactId })))
}

function requirePending({ id, state }: ArtifactRecord): void {
  if (state === 'pending') return
  throw new SweepError('ILLEGAL_TRANSITION', `artifact ${id} is committed: its files never change`, {
    hint: 'Log a new version.',
  })
}
