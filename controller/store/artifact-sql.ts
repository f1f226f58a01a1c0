// Artifacts in SQL, what can be read: sweeps/artifact-store.ts on a session of either connection.
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
import type { ArtifactReads } from '../../sweeps/artifact-store.ts'
import type { Blob } from '../../sweeps/run-file.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import {
  aliasFromRow,
  artifactFileFromRow,
  artifactFromRow,
  collectionFromRow,
  edgeFromRow,
  manifestFromRow,
  membershipFromRow,
} from './artifact-rows.ts'
import { blobFromRow } from './run-file-sql.ts'
import { firstRowOf, rowsOf } from './session.ts'
import type { SqlSession } from './session.ts'

const BATCH = 256

export class ArtifactSqlReads implements ArtifactReads {
  constructor(protected readonly session: SqlSession) {}

  findCollections(ids: readonly CollectionId[]): Promise<CollectionRecord[]> {
    return inBatches(ids, async (some) => {
      const select = this.session.sql.selectFrom('artifact_collections').selectAll().where('id', 'in', some)
      return (await rowsOf(this.session, select)).map(collectionFromRow)
    })
  }

  async findCollection(project: string, name: string): Promise<CollectionRecord | null> {
    const select = this.session.sql
      .selectFrom('artifact_collections')
      .selectAll()
      .where('project', '=', project)
      .where('name', '=', name)
    const row = await firstRowOf(this.session, select)
    return row === undefined ? null : collectionFromRow(row)
  }

  async listCollections(project: string, type?: string): Promise<CollectionRecord[]> {
    let select = this.session.sql
      .selectFrom('artifact_collections')
      .selectAll()
      .where('project', '=', project)
    if (type !== undefined) select = select.where('type', '=', type)
    return (await rowsOf(this.session, select.orderBy('creation'))).map(collectionFromRow)
  }

  findArtifacts(ids: readonly ArtifactId[]): Promise<ArtifactRecord[]> {
    return inBatches(ids, async (some) => {
      const select = this.session.sql.selectFrom('artifacts').selectAll().where('id', 'in', some)
      return (await rowsOf(this.session, select)).map(artifactFromRow)
    })
  }

  async findByDigest(collectionId: CollectionId, digest: string): Promise<ArtifactRecord | null> {
    return this.#firstArtifact((select) =>
      select
        .where('collection_id', '=', collectionId)
        .where('digest', '=', digest)
        .where('state', '=', 'committed'),
    )
  }

  findByClientId(clientId: string): Promise<ArtifactRecord | null> {
    return this.#firstArtifact((select) => select.where('client_id', '=', clientId))
  }

  findDistributed(collectionId: CollectionId, distributedId: string): Promise<ArtifactRecord | null> {
    return this.#firstArtifact((select) =>
      select
        .where('collection_id', '=', collectionId)
        .where('distributed_id', '=', distributedId)
        .where('state', '=', 'pending'),
    )
  }

  async listAbandoned(before: number): Promise<ArtifactId[]> {
    const select = this.session.sql
      .selectFrom('artifacts')
      .select('id')
      .where('state', '=', 'pending')
      .where('updated_at', '<', before)
    return (await rowsOf(this.session, select)).map(({ id }) => id)
  }

  async listMembers(collectionId: CollectionId): Promise<MembershipRecord[]> {
    const select = this.session.sql
      .selectFrom('artifact_members')
      .selectAll()
      .where('collection_id', '=', collectionId)
      .orderBy('version_index')
    return (await rowsOf(this.session, select)).map(membershipFromRow)
  }

  listMemberships(artifactIds: readonly ArtifactId[]): Promise<MembershipRecord[]> {
    return inBatches(artifactIds, async (some) => {
      const select = this.session.sql
        .selectFrom('artifact_members')
        .selectAll()
        .where('artifact_id', 'in', some)
        .orderBy('created_at')
        .orderBy('collection_id')
      return (await rowsOf(this.session, select)).map(membershipFromRow)
    })
  }

  async listAliases(
    where: { readonly collectionId: CollectionId } | { readonly artifactIds: readonly ArtifactId[] },
  ): Promise<AliasRecord[]> {
    const select = this.session.sql.selectFrom('artifact_aliases').selectAll().orderBy('alias')
    if ('collectionId' in where)
      return (await rowsOf(this.session, select.where('collection_id', '=', where.collectionId))).map(
        aliasFromRow,
      )
    return inBatches(where.artifactIds, async (some) =>
      (await rowsOf(this.session, select.where('artifact_id', 'in', some))).map(aliasFromRow),
    )
  }

  async findManifest(id: string): Promise<ManifestRecord | null> {
    const select = this.session.sql.selectFrom('artifact_manifests').selectAll().where('id', '=', id)
    const row = await firstRowOf(this.session, select)
    return row === undefined ? null : manifestFromRow(row)
  }

  async listManifests(artifactId: ArtifactId): Promise<ManifestRecord[]> {
    const select = this.session.sql
      .selectFrom('artifact_manifests')
      .selectAll()
      .where('artifact_id', '=', artifactId)
      .orderBy('creation')
    return (await rowsOf(this.session, select)).map(manifestFromRow)
  }

  async listFiles(
    artifactId: ArtifactId,
    query: { readonly paths?: readonly string[]; readonly after?: string; readonly limit?: number } = {},
  ): Promise<ArtifactFileRecord[]> {
    let select = this.session.sql
      .selectFrom('artifact_files')
      .selectAll()
      .where('artifact_id', '=', artifactId)
    if (query.after !== undefined) select = select.where('path', '>', query.after)
    select = select.orderBy('path')
    if (query.limit !== undefined) select = select.limit(query.limit)
    if (query.paths === undefined) return (await rowsOf(this.session, select)).map(artifactFileFromRow)
    const found = await inBatches(query.paths, async (some) =>
      (await rowsOf(this.session, select.where('path', 'in', some))).map(artifactFileFromRow),
    )
    return found.slice(0, query.limit)
  }

  async countFiles(artifactId: ArtifactId): Promise<number> {
    const select = this.session.sql
      .selectFrom('artifact_files')
      .select((eb) => eb.fn.countAll<number | string>().as('count'))
      .where('artifact_id', '=', artifactId)
    return Number((await firstRowOf(this.session, select))?.count ?? 0)
  }

  async findFileByMd5(artifactId: ArtifactId | null, md5: string): Promise<Blob | null> {
    let select = this.session.sql.selectFrom('artifact_files').selectAll().where('md5', '=', md5)
    if (artifactId !== null) select = select.where('artifact_id', '=', artifactId)
    const row = await firstRowOf(this.session, select.limit(1))
    return row === undefined ? null : blobFromRow(row)
  }

  async listEdges(
    where:
      | { readonly artifactId: ArtifactId; readonly role: ArtifactEdge['role'] }
      | { readonly runId: RunId; readonly role: ArtifactEdge['role'] },
  ): Promise<ArtifactEdge[]> {
    const select = this.session.sql.selectFrom('artifact_edges').selectAll().where('role', '=', where.role)
    const narrowed =
      'runId' in where
        ? select.where('run_id', '=', where.runId)
        : select.where('artifact_id', '=', where.artifactId)
    const ordered = narrowed.orderBy('at').orderBy('artifact_id').orderBy('run_id')
    return (await rowsOf(this.session, ordered)).map(edgeFromRow)
  }

  /** The newest of those that are selected. */
  async #firstArtifact(narrow: (select: ArtifactSelect) => ArtifactSelect): Promise<ArtifactRecord | null> {
    const select = narrow(selectArtifacts(this.session)).orderBy('creation', 'desc').limit(1)
    const row = await firstRowOf(this.session, select)
    return row === undefined ? null : artifactFromRow(row)
  }
}

function selectArtifacts(session: SqlSession) {
  return session.sql.selectFrom('artifacts').selectAll()
}
type ArtifactSelect = ReturnType<typeof selectArtifacts>

async function inBatches<Key, Found>(
  keys: readonly Key[],
  find: (some: Key[]) => Promise<Found[]>,
): Promise<Found[]> {
  const found: Found[] = []
  for (let at = 0; at < keys.length; at += BATCH)
    for (const one of await find(keys.slice(at, at + BATCH))) found.push(one)
  return found
}
