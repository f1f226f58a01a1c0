// Finds versions by the names that people give them: `NAME:v3`, `NAME:production`, `NAME`.
import { parseArtifactName, versionOfAlias } from '../../sweeps/artifact.ts'
import type {
  ArtifactId,
  ArtifactRecord,
  CollectionId,
  CollectionRecord,
  MembershipRecord,
} from '../../sweeps/artifact.ts'
import type { StoreReads } from '../../sweeps/store.ts'

/** A version in a collection. */
export interface Member {
  readonly collection: CollectionRecord
  readonly membership: MembershipRecord
  readonly artifact: ArtifactRecord
}

/** null: there is no such collection, or no such version in it. */
export async function findMember(store: StoreReads, project: string, name: string): Promise<Member | null> {
  const { collection, alias } = parseArtifactName(name)
  const found = await store.artifacts.findCollection(project, collection)
  return found === null ? null : findMemberOf(store, found, alias)
}

export async function findMemberOf(
  store: StoreReads,
  collection: CollectionRecord,
  alias: string,
): Promise<Member | null> {
  const members = await store.artifacts.listMembers(collection.id)
  const index = versionOfAlias(alias)
  const aliased = index === null ? await findAliased(store, collection.id, alias) : null
  const membership = members.find((one) =>
    index === null ? one.artifactId === aliased : one.versionIndex === index,
  )
  if (membership === undefined) return null
  const [artifact] = await store.artifacts.findArtifacts([membership.artifactId])
  return artifact === undefined ? null : { collection, membership, artifact }
}

/** All versions of a collection, in order of their numbers. */
export async function listVersions(store: StoreReads, collection: CollectionRecord): Promise<Member[]> {
  const members = await store.artifacts.listMembers(collection.id)
  const artifacts = await store.artifacts.findArtifacts(members.map(({ artifactId }) => artifactId))
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  return members.flatMap((membership) => {
    const artifact = byId.get(membership.artifactId)
    return artifact === undefined ? [] : [{ collection, membership, artifact }]
  })
}

async function findAliased(
  store: StoreReads,
  collectionId: CollectionId,
  alias: string,
): Promise<ArtifactId | null> {
  const aliases = await store.artifacts.listAliases({ collectionId })
  return aliases.find((one) => one.alias === alias)?.artifactId ?? null
}
