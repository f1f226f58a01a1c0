// What the store remembers of artifacts. A part of store.ts, with the same promises. The content of files is not in the
// store (controller/blobs/).
import type {
  AliasRecord,
  ArtifactEdge,
  ArtifactFileRecord,
  ArtifactId,
  ArtifactRecord,
  CollectionId,
  CollectionRecord,
  ManifestRecord,
  MembershipRecord,
} from './artifact.ts'
import type { Blob } from './run-file.ts'
import type { RunId } from './sweep.ts'

export interface ArtifactReads {
  findCollections(ids: readonly CollectionId[]): Promise<CollectionRecord[]>
  findCollection(project: string, name: string): Promise<CollectionRecord | null>
  /** In order of creation. */
  listCollections(project: string, type?: string): Promise<CollectionRecord[]>
  findArtifacts(ids: readonly ArtifactId[]): Promise<ArtifactRecord[]>
  /** The newest committed version of the sequence with that digest. */
  findByDigest(collectionId: CollectionId, digest: string): Promise<ArtifactRecord | null>
  findByClientId(clientId: string): Promise<ArtifactRecord | null>
  /** One that is pending. */
  findDistributed(collectionId: CollectionId, distributedId: string): Promise<ArtifactRecord | null>
  /** Pending ones that nothing happened to since `before`. */
  listAbandoned(before: number): Promise<ArtifactId[]>
  /** In order of their numbers. */
  listMembers(collectionId: CollectionId): Promise<MembershipRecord[]>
  /** The places of artifacts, in their own collections and in others. */
  listMemberships(artifactIds: readonly ArtifactId[]): Promise<MembershipRecord[]>
  listAliases(
    where: { readonly collectionId: CollectionId } | { readonly artifactIds: readonly ArtifactId[] },
  ): Promise<AliasRecord[]>
  findManifest(id: string): Promise<ManifestRecord | null>
  /** In order of creation. */
  listManifests(artifactId: ArtifactId): Promise<ManifestRecord[]>
  /** In order of their paths, byte by byte. */
  listFiles(
    artifactId: ArtifactId,
    query?: { readonly paths?: readonly string[]; readonly after?: string; readonly limit?: number },
  ): Promise<ArtifactFileRecord[]>
  countFiles(artifactId: ArtifactId): Promise<number>
  /** A file with that content, of that artifact or, with null, of any. */
  findFileByMd5(artifactId: ArtifactId | null, md5: string): Promise<Blob | null>
  /** In order of time. */
  listEdges(
    where:
      | { readonly artifactId: ArtifactId; readonly role: ArtifactEdge['role'] }
      | { readonly runId: RunId; readonly role: ArtifactEdge['role'] },
  ): Promise<ArtifactEdge[]>
}

export interface ArtifactWrites extends ArtifactReads {
  /** Its project exists afterwards. */
  insertCollection(collection: CollectionRecord): Promise<void>
  saveCollection(collection: CollectionRecord): Promise<void>
  /** With its memberships and aliases; the artifacts of a sequence are the caller's to erase before. */
  deleteCollection(id: CollectionId): Promise<void>
  insertArtifact(artifact: ArtifactRecord): Promise<void>
  saveArtifact(artifact: ArtifactRecord): Promise<void>
  /** With everything that is kept of them, in every collection. */
  deleteArtifacts(ids: readonly ArtifactId[]): Promise<void>
  insertManifest(manifest: ManifestRecord): Promise<void>
  saveManifest(manifest: ManifestRecord): Promise<void>
  /** Inserts, or replaces those of the same artifact and path. */
  saveFiles(files: readonly ArtifactFileRecord[]): Promise<void>
  insertMembership(membership: MembershipRecord): Promise<void>
  /** With the aliases that the artifact has there. */
  deleteMembership(collectionId: CollectionId, artifactId: ArtifactId): Promise<void>
  /** An alias that the collection has already moves. */
  saveAliases(aliases: readonly AliasRecord[]): Promise<void>
  /** Only where they stand on that artifact. */
  deleteAliases(aliases: readonly AliasRecord[]): Promise<void>
  /** One that there is already stays as it is. */
  keepEdges(edges: readonly ArtifactEdge[]): Promise<void>
}
