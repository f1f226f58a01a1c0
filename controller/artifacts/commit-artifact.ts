// The moment in which an artifact becomes a version: what was uploaded is held against the manifest, the version gets
// its number and its aliases, all in one unit of work.
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import { LATEST } from '../../sweeps/artifact.ts'
import type {
  ArtifactFileRecord,
  ArtifactId,
  ArtifactRecord,
  CollectionRecord,
} from '../../sweeps/artifact.ts'
import { measureManifest, mergeManifests, parseManifest } from '../../sweeps/artifact-manifest.ts'
import type { Manifest, ManifestEntry } from '../../sweeps/artifact-manifest.ts'
import { checkStoredName } from '../../sweeps/run-file.ts'
import type { Blob } from '../../sweeps/run-file.ts'
import type { StoreReads, StoreTransaction } from '../../sweeps/store.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { FileServiceDeps } from './run-file-service.ts'

/** A list of about a million files. It is read whole. */
export const MAX_MANIFEST_BYTES = 256 * 2 ** 20

/**
 * Again for an artifact that is committed: nothing happens.
 * @throws SweepError NOT_FOUND; REQUEST_INVALID when files of its manifest never arrived, with their names
 */
export async function commitArtifact(
  { store, blobs, clock }: Pick<FileServiceDeps, 'store' | 'blobs' | 'clock'>,
  id: ArtifactId,
): Promise<ArtifactRecord> {
  const found = await findArtifact(store, id)
  if (found.state === 'committed') return found
  const { manifest, blob } = await readUploadedManifest(store, blobs, id)
  return store.write(async (tx) => {
    const artifact = await findArtifact(tx, id)
    if (artifact.state === 'committed') return artifact
    await tx.artifacts.saveFiles(await findMissingFiles(tx, id, manifest))
    const at = clock.now()
    const committed: ArtifactRecord = {
      ...artifact,
      state: 'committed',
      ...measureManifest(manifest),
      manifest: blob,
      updatedAt: at,
    }
    await tx.artifacts.saveArtifact(committed)
    await addVersion(tx, committed, at)
    return committed
  })
}

export async function findArtifact(store: StoreReads, id: ArtifactId): Promise<ArtifactRecord> {
  const [artifact] = await store.artifacts.findArtifacts([id])
  if (artifact === undefined) throw new NotFoundError('artifact', id)
  return artifact
}

async function addVersion(tx: StoreTransaction, artifact: ArtifactRecord, at: number): Promise<void> {
  const [collection] = await tx.artifacts.findCollections([artifact.collectionId])
  if (collection === undefined) throw new NotFoundError('artifact collection', artifact.collectionId)
  await addMember(tx, collection, artifact.id, [...artifact.wantedAliases, LATEST], at)
}

/** The next number of a collection, with aliases. @returns the number */
export async function addMember(
  tx: StoreTransaction,
  collection: CollectionRecord,
  artifactId: ArtifactId,
  aliases: readonly string[],
  at: number,
): Promise<number> {
  const { id: collectionId, nextVersion: versionIndex } = collection
  await tx.artifacts.saveCollection({ ...collection, nextVersion: versionIndex + 1, updatedAt: at })
  await tx.artifacts.insertMembership({ collectionId, artifactId, versionIndex, createdAt: at })
  await tx.artifacts.saveAliases(aliases.map((alias) => ({ collectionId, alias, artifactId })))
  return versionIndex
}

/** Of a list of all files as it was sent; of changes, put together with what they change. */
async function readUploadedManifest(
  store: StoreReads,
  blobs: BlobStore,
  id: ArtifactId,
): Promise<{ manifest: Manifest; blob: Blob }> {
  const uploaded = (await store.artifacts.listManifests(id)).flatMap(({ blob, ...rest }) =>
    blob === null ? [] : [{ ...rest, blob }],
  )
  const lastFull = uploaded.findLastIndex(({ kind }) => kind === 'full')
  const parts = lastFull < 0 ? uploaded : uploaded.slice(lastFull)
  const [first] = parts
  if (first === undefined)
    throw new SweepError('REQUEST_INVALID', `the manifest of artifact ${id} was never uploaded`)
  const read = async (blob: Blob) => parseManifest(await blobs.readText(blob, MAX_MANIFEST_BYTES))
  const manifests = await readBase(store, read, first)
  for (const { blob } of parts) manifests.push(await read(blob))
  const manifest = mergeManifests(manifests)
  const isAsSent = manifests.length === 1
  return { manifest, blob: isAsSent ? first.blob : await blobs.putText(JSON.stringify(manifest)) }
}

async function readBase(
  store: StoreReads,
  read: (blob: Blob) => Promise<Manifest>,
  first: { readonly kind: string; readonly baseArtifactId: ArtifactId | null },
): Promise<Manifest[]> {
  if (first.kind !== 'incremental' || first.baseArtifactId === null) return []
  const base = await findArtifact(store, first.baseArtifactId)
  return base.manifest === null ? [] : [await read(base.manifest)]
}

/**
 * Files that the manifest has and that were not uploaded for this artifact, because an earlier one has them.
 * @throws SweepError REQUEST_INVALID with the names of those that nobody has
 */
async function findMissingFiles(
  tx: StoreTransaction,
  artifactId: ArtifactId,
  manifest: Manifest,
): Promise<ArtifactFileRecord[]> {
  const own = new Map((await tx.artifacts.listFiles(artifactId)).map(({ path, blob }) => [path, blob]))
  const added: ArtifactFileRecord[] = []
  const lost: string[] = []
  for (const [path, entry] of Object.entries(manifest.contents)) {
    if (entry.ref !== undefined || isSame(own.get(path), entry)) continue
    const blob = await findElsewhere(tx, entry)
    if (blob === null) lost.push(path)
    else added.push({ artifactId, path: checkStoredName(path, "an artifact's file"), blob })
  }
  if (lost.length === 0) return added
  const shown = lost.slice(0, 5).map((path) => JSON.stringify(path.slice(0, 200)))
  throw new SweepError(
    'REQUEST_INVALID',
    `${lost.length} of the artifact's files never arrived: ${shown.join(', ')}${lost.length > 5 ? ', ...' : ''}`,
    { hint: 'Log the artifact again.', details: { artifactId, lost: lost.slice(0, 100) } },
  )
}

function isSame(blob: Blob | undefined, { digest }: ManifestEntry): boolean {
  return blob !== undefined && (blob.md5 === digest || !isMd5(digest))
}

async function findElsewhere(tx: StoreTransaction, entry: ManifestEntry): Promise<Blob | null> {
  if (!isMd5(entry.digest)) return null
  const birth = entry.birthArtifactID as ArtifactId | undefined
  const there = birth === undefined ? null : await tx.artifacts.findFileByMd5(birth, entry.digest)
  return there ?? tx.artifacts.findFileByMd5(null, entry.digest)
}

function isMd5(digest: string): boolean {
  return /^[A-Za-z0-9+/]{22}==$/.test(digest)
}
