// What stands behind the GraphQL types of artifacts, and how lists of them become pages.
import type {
  AliasRecord,
  ArtifactId,
  ArtifactRecord,
  CollectionId,
  CollectionRecord,
  MembershipRecord,
} from '../../sweeps/artifact.ts'
import { NotFoundError } from '../../sweeps/errors.ts'
import type { StoreReads } from '../../sweeps/store.ts'
import { indexCursor, pageOf, readIndexCursor } from './connections.ts'
import type { Page } from './connections.ts'

/** Parent of ArtifactSequence and ArtifactPortfolio. */
export interface CollectionNode {
  readonly __typename: 'ArtifactSequence' | 'ArtifactPortfolio'
  readonly collection: CollectionRecord
  /** As whoever asks calls it. */
  readonly entity: string
  /** @default false */
  readonly isDeleted?: boolean
}

/** Parent of Artifact. */
export interface ArtifactNode {
  readonly artifact: ArtifactRecord
  /** null: as its collection was made. */
  readonly entity: string | null
}

/** Parent of ArtifactCollectionMembership. */
export interface MembershipNode {
  readonly collection: CollectionNode
  readonly membership: MembershipRecord
  readonly artifact: ArtifactNode
}

/** Parent of ArtifactAlias. */
export interface AliasNode {
  readonly alias: AliasRecord
  readonly entity: string | null
}

/** Parent of ArtifactType. */
export interface TypeNode {
  readonly project: string
  readonly entity: string
  readonly name: string
  readonly createdAt: number
}

export function collectionNode(collection: CollectionRecord, entity: string | null): CollectionNode {
  return {
    __typename: collection.kind === 'sequence' ? 'ArtifactSequence' : 'ArtifactPortfolio',
    collection,
    entity: entity ?? collection.entity,
  }
}

export function membershipNode(
  member: {
    readonly collection: CollectionRecord
    readonly membership: MembershipRecord
    readonly artifact: ArtifactRecord
  },
  entity: string | null,
): MembershipNode {
  return {
    collection: collectionNode(member.collection, entity),
    membership: member.membership,
    artifact: { artifact: member.artifact, entity },
  }
}

export async function findCollectionNode(
  store: StoreReads,
  id: CollectionId,
  entity: string | null,
): Promise<CollectionNode> {
  const [collection] = await store.artifacts.findCollections([id])
  if (collection === undefined) throw new NotFoundError('artifact collection', id)
  return collectionNode(collection, entity)
}

/** The number in its own collection; null while it is pending. */
export async function versionIndexOf(
  store: StoreReads,
  { id, collectionId }: ArtifactRecord,
): Promise<number | null> {
  const places = await store.artifacts.listMemberships([id])
  return places.find((place) => place.collectionId === collectionId)?.versionIndex ?? null
}

/** In the order of `ids`; those that are pending or gone are left out. */
export async function findCommitted(
  store: StoreReads,
  ids: readonly ArtifactId[],
): Promise<ArtifactRecord[]> {
  const found = new Map((await store.artifacts.findArtifacts(ids)).map((artifact) => [artifact.id, artifact]))
  return ids.flatMap((id) => {
    const artifact = found.get(id)
    return artifact?.state === 'committed' ? [artifact] : []
  })
}

export interface PageArguments {
  readonly after?: string | null
  readonly first?: number | null
}

/** A page of a list that is all there. */
export function listPage<Node>(nodes: readonly Node[], { after, first }: PageArguments): Page<Node> {
  return pageOf(nodes, readIndexCursor(after), first ?? 50, {
    cursorOf: (_node, index) => indexCursor(index),
    nodeOf: (node) => node,
  })
}
