// What people and scripts do with versions: aliases, descriptions, tags, links into other collections, deletion.
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import { checkAlias, checkCollectionName, LATEST } from '../../sweeps/artifact.ts'
import type { ArtifactId, ArtifactRecord, CollectionId, CollectionRecord } from '../../sweeps/artifact.ts'
import type { StoreTransaction } from '../../sweeps/store.ts'
import { createId } from '../../sweeps/sweep.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import { findMemberOf } from './artifact-names.ts'
import type { Member } from './artifact-names.ts'
import { addMember, findArtifact } from './commit-artifact.ts'
import type { ArtifactServiceDeps } from './artifact-service.ts'

/** An alias in a collection, by their names. */
export interface NamedAlias {
  readonly project: string
  readonly collection: string
  readonly alias: string
}

export interface ArtifactEdit {
  readonly description?: string | null | undefined
  readonly metadata?: string | null | undefined
  readonly ttlSeconds?: number | null | undefined
  readonly tagsToAdd: readonly string[]
  readonly tagsToDelete: readonly string[]
  /** Replaces those of its own collection. @default they stay */
  readonly aliases?: readonly string[] | undefined
}

export interface CollectionEdit {
  readonly name?: string | undefined
  readonly description?: string | null | undefined
  readonly type?: string | undefined
}

export interface ArtifactChanges {
  /** They move from the versions that have them. @throws SweepError NOT_FOUND, REQUEST_INVALID */
  addAliases(id: ArtifactId, aliases: readonly NamedAlias[]): Promise<void>
  deleteAliases(id: ArtifactId, aliases: readonly NamedAlias[]): Promise<void>
  edit(id: ArtifactId, edit: ArtifactEdit): Promise<ArtifactRecord>
  /**
   * With everything that is kept of it, wherever it is linked. `latest` moves to the newest that is left.
   * @throws SweepError ILLEGAL_TRANSITION when a person's alias is on it and `withAliases` is false
   */
  remove(id: ArtifactId, options: { readonly withAliases: boolean }): Promise<void>
  /** Into a collection of links, which is made when it is not there. Again: only the aliases move. */
  link(
    id: ArtifactId,
    target: { readonly entity: string; readonly project: string; readonly collection: string },
    aliases: readonly string[],
  ): Promise<Member>
  unlink(id: ArtifactId, collectionId: CollectionId): Promise<void>
  editCollection(id: CollectionId, edit: CollectionEdit): Promise<CollectionRecord>
  tagCollection(
    project: string,
    name: string,
    tags: { readonly add: readonly string[]; readonly remove: readonly string[] },
  ): Promise<CollectionRecord>
  /** Of a sequence: with its versions. */
  removeCollection(id: CollectionId): Promise<CollectionRecord>
  /** Versions that the run made. */
  removeOutputs(runId: RunId): Promise<void>
}

export function createArtifactChanges(deps: ArtifactServiceDeps): ArtifactChanges {
  const { store, clock, cleaner, randomInt } = deps
  return {
    addAliases: (artifactId, aliases) =>
      store.write(async (tx) => {
        for (const { project, collection, alias } of aliases) {
          checkAlias(alias)
          const collectionId = (await requireCollection(tx, project, collection)).id
          await requireMember(tx, collectionId, artifactId)
          await tx.artifacts.saveAliases([{ collectionId, alias, artifactId }])
        }
      }),

    deleteAliases: (artifactId, aliases) =>
      store.write(async (tx) => {
        for (const { project, collection, alias } of aliases) {
          const collectionId = (await requireCollection(tx, project, collection)).id
          await tx.artifacts.deleteAliases([{ collectionId, alias, artifactId }])
        }
      }),

    edit: (id, edit) =>
      store.write(async (tx) => {
        const before = await findArtifact(tx, id)
        const removed = new Set(edit.tagsToDelete)
        const tags = before.tags.filter((tag) => !removed.has(tag))
        const artifact: ArtifactRecord = {
          ...before,
          description: edit.description === undefined ? before.description : edit.description,
          metadata: edit.metadata === undefined ? before.metadata : edit.metadata,
          ttlSeconds: edit.ttlSeconds === undefined ? before.ttlSeconds : edit.ttlSeconds,
          tags: [...new Set([...tags, ...edit.tagsToAdd])],
          updatedAt: clock.now(),
        }
        await tx.artifacts.saveArtifact(artifact)
        if (edit.aliases !== undefined) await replaceAliases(tx, artifact, edit.aliases)
        return artifact
      }),

    async remove(id, { withAliases }) {
      await store.write(async (tx) => {
        await findArtifact(tx, id)
        if (!withAliases) await requireNoAlias(tx, id)
        await eraseArtifacts(tx, [id])
      })
      cleaner.noteDeletion()
    },

    link: (id, target, aliases) =>
      store.write(async (tx) => {
        for (const alias of aliases) checkAlias(alias)
        const artifact = await findArtifact(tx, id)
        if (artifact.state !== 'committed')
          throw new SweepError(
            'ILLEGAL_TRANSITION',
            `artifact ${id} is not committed yet: it cannot be linked`,
          )
        const at = clock.now()
        const collection =
          (await tx.artifacts.findCollection(target.project, target.collection)) ??
          (await makePortfolio(tx, artifact, target, createId(randomInt) as CollectionId, at))
        if (collection.kind !== 'portfolio')
          throw new SweepError(
            'REQUEST_INVALID',
            `"${collection.name}" of project ${collection.project} is where versions are logged: nothing is linked into it`,
            { hint: 'Link it under another name, or in another project.' },
          )
        return linkInto(tx, collection, id, aliases, at)
      }),

    unlink: (id, collectionId) =>
      store.write(async (tx) => {
        const [collection] = await tx.artifacts.findCollections([collectionId])
        if (collection?.kind !== 'portfolio') throw new NotFoundError('collection of links', collectionId)
        await tx.artifacts.deleteMembership(collectionId, id)
        await moveLatest(tx, [collectionId])
      }),

    editCollection: (id, edit) =>
      store.write(async (tx) => {
        const [before] = await tx.artifacts.findCollections([id])
        if (before === undefined) throw new NotFoundError('artifact collection', id)
        const collection: CollectionRecord = {
          ...before,
          name: checkCollectionName(edit.name ?? before.name, 'a collection'),
          description: edit.description === undefined ? before.description : edit.description,
          type: checkCollectionName(edit.type ?? before.type, "an artifact's type"),
          updatedAt: clock.now(),
        }
        const taken =
          collection.name === before.name
            ? null
            : await tx.artifacts.findCollection(before.project, collection.name)
        if (taken !== null)
          throw new SweepError(
            'ILLEGAL_TRANSITION',
            `project ${before.project} has a collection "${collection.name}" already`,
          )
        await tx.artifacts.saveCollection(collection)
        return collection
      }),

    tagCollection: (project, name, { add, remove }) =>
      store.write(async (tx) => {
        const before = await requireCollection(tx, project, name)
        const tags = [...new Set([...before.tags, ...add])].filter((tag) => !remove.includes(tag))
        const collection = { ...before, tags, updatedAt: clock.now() }
        await tx.artifacts.saveCollection(collection)
        return collection
      }),

    async removeCollection(id) {
      const removed = await store.write(async (tx) => {
        const [collection] = await tx.artifacts.findCollections([id])
        if (collection === undefined) throw new NotFoundError('artifact collection', id)
        const members = await tx.artifacts.listMembers(id)
        if (collection.kind === 'sequence')
          await eraseArtifacts(
            tx,
            members.map(({ artifactId }) => artifactId),
          )
        await tx.artifacts.deleteCollection(id)
        return collection
      })
      cleaner.noteDeletion()
      return removed
    },

    async removeOutputs(runId) {
      await store.write(async (tx) => {
        const edges = await tx.artifacts.listEdges({ runId, role: 'output' })
        await eraseArtifacts(
          tx,
          edges.map(({ artifactId }) => artifactId),
        )
      })
      cleaner.noteDeletion()
    },
  }
}

async function requireCollection(
  tx: StoreTransaction,
  project: string,
  name: string,
): Promise<CollectionRecord> {
  const collection = await tx.artifacts.findCollection(project, name)
  if (collection === null) throw new NotFoundError(`artifact collection of project ${project}`, name)
  return collection
}

async function requireMember(
  tx: StoreTransaction,
  collectionId: CollectionId,
  artifactId: ArtifactId,
): Promise<void> {
  const places = await tx.artifacts.listMemberships([artifactId])
  if (!places.some((place) => place.collectionId === collectionId))
    throw new NotFoundError('version of that collection', artifactId)
}

/** Those that a person set, in its own collection. */
async function requireNoAlias(tx: StoreTransaction, artifactId: ArtifactId): Promise<void> {
  const aliases = (await tx.artifacts.listAliases({ artifactIds: [artifactId] })).filter(
    ({ alias }) => alias !== LATEST,
  )
  if (aliases.length === 0) return
  const names = [...new Set(aliases.map(({ alias }) => alias))].join(', ')
  throw new SweepError(
    'ILLEGAL_TRANSITION',
    `artifact ${artifactId} has the alias ${names}: it is not deleted`,
    {
      hint: 'Take the alias away first, or delete it with delete_aliases=True.',
    },
  )
}

async function replaceAliases(
  tx: StoreTransaction,
  { id: artifactId, collectionId }: ArtifactRecord,
  aliases: readonly string[],
): Promise<void> {
  const before = await tx.artifacts.listAliases({ artifactIds: [artifactId] })
  const gone = before.filter((one) => one.collectionId === collectionId && !aliases.includes(one.alias))
  await tx.artifacts.deleteAliases(gone)
  await tx.artifacts.saveAliases(
    aliases.map((alias) => ({ collectionId, alias: checkAlias(alias), artifactId })),
  )
}

async function eraseArtifacts(tx: StoreTransaction, ids: readonly ArtifactId[]): Promise<void> {
  const places = await tx.artifacts.listMemberships(ids)
  await tx.artifacts.deleteArtifacts(ids)
  await moveLatest(tx, [...new Set(places.map(({ collectionId }) => collectionId))])
}

/** To the newest version that is left, where nothing has the alias. */
async function moveLatest(tx: StoreTransaction, collectionIds: readonly CollectionId[]): Promise<void> {
  for (const collectionId of collectionIds) {
    const newest = (await tx.artifacts.listMembers(collectionId)).at(-1)
    const aliases = await tx.artifacts.listAliases({ collectionId })
    if (newest === undefined || aliases.some(({ alias }) => alias === LATEST)) continue
    await tx.artifacts.saveAliases([{ collectionId, alias: LATEST, artifactId: newest.artifactId }])
  }
}

async function makePortfolio(
  tx: StoreTransaction,
  artifact: ArtifactRecord,
  target: { readonly entity: string; readonly project: string; readonly collection: string },
  id: CollectionId,
  at: number,
): Promise<CollectionRecord> {
  const [source] = await tx.artifacts.findCollections([artifact.collectionId])
  const collection: CollectionRecord = {
    id,
    project: target.project,
    name: checkCollectionName(target.collection, 'a collection'),
    entity: target.entity,
    kind: 'portfolio',
    type: source?.type ?? 'artifact',
    description: null,
    tags: [],
    nextVersion: 0,
    createdAt: at,
    updatedAt: at,
  }
  await tx.artifacts.insertCollection(collection)
  return collection
}

async function linkInto(
  tx: StoreTransaction,
  collection: CollectionRecord,
  artifactId: ArtifactId,
  aliases: readonly string[],
  at: number,
): Promise<Member> {
  const places = await tx.artifacts.listMemberships([artifactId])
  const { id: collectionId } = collection
  const there = places.find((place) => place.collectionId === collectionId)
  const versionIndex =
    there?.versionIndex ?? (await addMember(tx, collection, artifactId, [...aliases, LATEST], at))
  if (there !== undefined)
    await tx.artifacts.saveAliases(aliases.map((alias) => ({ collectionId, alias, artifactId })))
  const member = await findMemberOf(tx, collection, `v${versionIndex}`)
  if (member === null) throw new NotFoundError('version', `v${versionIndex}`)
  return member
}
