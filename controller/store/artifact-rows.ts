// Artifacts and what belongs to them, to rows and back.
import type {
  ArtifactEdge,
  ArtifactFileRecord,
  ArtifactRecord,
  CollectionRecord,
  ManifestRecord,
  MembershipRecord,
} from '../../sweeps/artifact.ts'
import type { Blob } from '../../sweeps/run-file.ts'
import { blobFromRow, blobToRow } from './run-file-sql.ts'
import type {
  ArtifactAliasesTable,
  ArtifactCollectionsTable,
  ArtifactEdgesTable,
  ArtifactFilesTable,
  ArtifactManifestsTable,
  ArtifactMembersTable,
  ArtifactsTable,
} from './schema.ts'
import type { AliasRecord } from '../../sweeps/artifact.ts'

export function collectionToRow(collection: CollectionRecord): Omit<ArtifactCollectionsTable, 'creation'> {
  return {
    id: collection.id,
    project: collection.project,
    name: collection.name,
    entity: collection.entity,
    kind: collection.kind,
    type: collection.type,
    description: collection.description,
    tags: JSON.stringify(collection.tags),
    next_version: collection.nextVersion,
    created_at: collection.createdAt,
    updated_at: collection.updatedAt,
  }
}

export function collectionFromRow(row: ArtifactCollectionsTable): CollectionRecord {
  return {
    id: row.id,
    project: row.project,
    name: row.name,
    entity: row.entity,
    kind: row.kind,
    type: row.type,
    description: row.description,
    tags: textsOf(row.tags),
    nextVersion: row.next_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function artifactToRow(artifact: ArtifactRecord): Omit<ArtifactsTable, 'creation'> {
  return {
    id: artifact.id,
    collection_id: artifact.collectionId,
    state: artifact.state,
    digest: artifact.digest,
    digest_algorithm: artifact.digestAlgorithm,
    description: artifact.description,
    metadata: artifact.metadata,
    tags: JSON.stringify(artifact.tags),
    ttl_seconds: artifact.ttlSeconds,
    history_step: artifact.historyStep,
    size: artifact.sizeBytes,
    file_count: artifact.fileCount,
    client_id: artifact.clientId,
    distributed_id: artifact.distributedId,
    wanted_aliases: JSON.stringify(artifact.wantedAliases),
    manifest_blob: artifact.manifest?.hash ?? null,
    manifest_size: artifact.manifest?.sizeBytes ?? null,
    manifest_md5: artifact.manifest?.md5 ?? null,
    created_at: artifact.createdAt,
    updated_at: artifact.updatedAt,
  }
}

export function artifactFromRow(row: ArtifactsTable): ArtifactRecord {
  return {
    id: row.id,
    collectionId: row.collection_id,
    state: row.state,
    digest: row.digest,
    digestAlgorithm: row.digest_algorithm,
    description: row.description,
    metadata: row.metadata,
    tags: textsOf(row.tags),
    ttlSeconds: row.ttl_seconds,
    historyStep: row.history_step,
    sizeBytes: row.size,
    fileCount: row.file_count,
    clientId: row.client_id,
    distributedId: row.distributed_id,
    wantedAliases: textsOf(row.wanted_aliases),
    manifest: blobOf(row.manifest_blob, row.manifest_size, row.manifest_md5),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function manifestToRow(manifest: ManifestRecord): Omit<ArtifactManifestsTable, 'creation'> {
  return {
    id: manifest.id,
    artifact_id: manifest.artifactId,
    kind: manifest.kind,
    base_artifact_id: manifest.baseArtifactId,
    digest: manifest.digest,
    blob: manifest.blob?.hash ?? null,
    size: manifest.blob?.sizeBytes ?? null,
    md5: manifest.blob?.md5 ?? null,
    created_at: manifest.createdAt,
  }
}

export function manifestFromRow(row: ArtifactManifestsTable): ManifestRecord {
  return {
    id: row.id,
    artifactId: row.artifact_id,
    kind: row.kind,
    baseArtifactId: row.base_artifact_id,
    digest: row.digest,
    blob: blobOf(row.blob, row.size, row.md5),
    createdAt: row.created_at,
  }
}

export function artifactFileToRow({ artifactId, path, blob }: ArtifactFileRecord): ArtifactFilesTable {
  return { artifact_id: artifactId, path, ...blobToRow(blob) }
}

export function artifactFileFromRow(row: ArtifactFilesTable): ArtifactFileRecord {
  return { artifactId: row.artifact_id, path: row.path, blob: blobFromRow(row) }
}

export function membershipToRow(membership: MembershipRecord): ArtifactMembersTable {
  return {
    collection_id: membership.collectionId,
    artifact_id: membership.artifactId,
    version_index: membership.versionIndex,
    created_at: membership.createdAt,
  }
}

export function membershipFromRow(row: ArtifactMembersTable): MembershipRecord {
  return {
    collectionId: row.collection_id,
    artifactId: row.artifact_id,
    versionIndex: row.version_index,
    createdAt: row.created_at,
  }
}

export function aliasToRow({ collectionId, alias, artifactId }: AliasRecord): ArtifactAliasesTable {
  return { collection_id: collectionId, alias, artifact_id: artifactId }
}

export function aliasFromRow(row: ArtifactAliasesTable): AliasRecord {
  return { collectionId: row.collection_id, alias: row.alias, artifactId: row.artifact_id }
}

export function edgeToRow({ runId, artifactId, role, at }: ArtifactEdge): ArtifactEdgesTable {
  return { run_id: runId, artifact_id: artifactId, role, at }
}

export function edgeFromRow(row: ArtifactEdgesTable): ArtifactEdge {
  return { runId: row.run_id, artifactId: row.artifact_id, role: row.role, at: row.at }
}

function blobOf(hash: string | null, size: number | null, md5: string | null): Blob | null {
  return hash === null || size === null || md5 === null ? null : { hash, sizeBytes: size, md5 }
}

/** Written by this file alone. */
function textsOf(json: string): string[] {
  return JSON.parse(json) as string[]
}
