// Artifacts in SQL, what a unit of work changes: sweeps/artifact-store.ts on the writer's session.
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
} from '../../sweeps/artifact.ts'
import type { ArtifactWrites } from '../../sweeps/artifact-store.ts'
import {
  aliasToRow,
  artifactFileToRow,
  artifactToRow,
  collectionToRow,
  edgeToRow,
  manifestToRow,
  membershipToRow,
} from './artifact-rows.ts'
import { ArtifactSqlReads } from './artifact-sql.ts'
import { addProjects, nextCreation } from './creation.ts'
import { insertRows, updateRow } from './session.ts'

const BATCH = 256

/** Every table that names an artifact by `artifact_id`. */
const ARTIFACT_TABLES = [
  'artifact_members',
  'artifact_aliases',
  'artifact_manifests',
  'artifact_files',
  'artifact_edges',
] as const

export class ArtifactSqlWrites extends ArtifactSqlReads implements ArtifactWrites {
  async insertCollection(collection: CollectionRecord): Promise<void> {
    await addProjects(this.session, [{ name: collection.project, at: collection.createdAt }])
    const creation = await nextCreation(this.session, 1)
    await insertRows(this.session, 'artifact_collections', [{ ...collectionToRow(collection), creation }])
  }

  async saveCollection(collection: CollectionRecord): Promise<void> {
    await updateRow(this.session, 'artifact_collections', { ...collectionToRow(collection) }, ['id'])
  }

  async deleteCollection(id: CollectionId): Promise<void> {
    const { sql } = this.session
    await this.session.run(sql.deleteFrom('artifact_members').where('collection_id', '=', id).compile())
    await this.session.run(sql.deleteFrom('artifact_aliases').where('collection_id', '=', id).compile())
    await this.session.run(sql.deleteFrom('artifact_collections').where('id', '=', id).compile())
  }

  async insertArtifact(artifact: ArtifactRecord): Promise<void> {
    const creation = await nextCreation(this.session, 1)
    await insertRows(this.session, 'artifacts', [{ ...artifactToRow(artifact), creation }])
  }

  async saveArtifact(artifact: ArtifactRecord): Promise<void> {
    await updateRow(this.session, 'artifacts', { ...artifactToRow(artifact) }, ['id'])
  }

  async deleteArtifacts(ids: readonly ArtifactId[]): Promise<void> {
    const { sql } = this.session
    for (let at = 0; at < ids.length; at += BATCH) {
      const some = ids.slice(at, at + BATCH)
      for (const table of ARTIFACT_TABLES)
        await this.session.run(sql.deleteFrom(table).where('artifact_id', 'in', some).compile())
      await this.session.run(sql.deleteFrom('artifacts').where('id', 'in', some).compile())
    }
  }

  async insertManifest(manifest: ManifestRecord): Promise<void> {
    const creation = await nextCreation(this.session, 1)
    await insertRows(this.session, 'artifact_manifests', [{ ...manifestToRow(manifest), creation }])
  }

  async saveManifest(manifest: ManifestRecord): Promise<void> {
    await updateRow(this.session, 'artifact_manifests', { ...manifestToRow(manifest) }, ['id'])
  }

  async saveFiles(files: readonly ArtifactFileRecord[]): Promise<void> {
    const last = new Map(files.map((file) => [`${file.artifactId} ${file.path}`, file]))
    const rows = [...last.values()].map((file) => ({ ...artifactFileToRow(file) }))
    await insertRows(this.session, 'artifact_files', rows, { replace: ['artifact_id', 'path'] })
  }

  async insertMembership(membership: MembershipRecord): Promise<void> {
    await insertRows(this.session, 'artifact_members', [{ ...membershipToRow(membership) }])
  }

  async deleteMembership(collectionId: CollectionId, artifactId: ArtifactId): Promise<void> {
    for (const table of ['artifact_members', 'artifact_aliases'] as const)
      await this.session.run(
        this.session.sql
          .deleteFrom(table)
          .where('collection_id', '=', collectionId)
          .where('artifact_id', '=', artifactId)
          .compile(),
      )
  }

  async saveAliases(aliases: readonly AliasRecord[]): Promise<void> {
    const last = new Map(aliases.map((one) => [`${one.collectionId} ${one.alias}`, one]))
    const rows = [...last.values()].map((alias) => ({ ...aliasToRow(alias) }))
    await insertRows(this.session, 'artifact_aliases', rows, { replace: ['collection_id', 'alias'] })
  }

  async deleteAliases(aliases: readonly AliasRecord[]): Promise<void> {
    for (const { collectionId, alias, artifactId } of aliases)
      await this.session.run(
        this.session.sql
          .deleteFrom('artifact_aliases')
          .where('collection_id', '=', collectionId)
          .where('alias', '=', alias)
          .where('artifact_id', '=', artifactId)
          .compile(),
      )
  }

  async keepEdges(edges: readonly ArtifactEdge[]): Promise<void> {
    const rows = edges.map((edge) => ({ ...edgeToRow(edge) }))
    await insertRows(this.session, 'artifact_edges', rows, { keep: ['run_id', 'role', 'artifact_id'] })
  }
}
