// What people do with versions and collections over GraphQL: aliases, descriptions, tags, links, deletion.
import type { ArtifactId, CollectionId, CollectionRecord } from '../../sweeps/artifact.ts'
import type { ApiServices } from '../api-services.ts'
import { tagNode } from './artifact-fields.ts'
import { collectionNode, membershipNode } from './artifact-nodes.ts'
import type { CollectionNode } from './artifact-nodes.ts'
import { requireAccess } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { DEFAULT_ENTITY } from './viewer.ts'
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'

const TYPE_DEFS = `
  input ArtifactCollectionAliasInput {
    entityName: String!
    projectName: String!
    artifactCollectionName: String!
    alias: String!
  }
  input AddAliasesInput { artifactID: ID! aliases: [ArtifactCollectionAliasInput!]! clientMutationId: String }
  input DeleteAliasesInput { artifactID: ID! aliases: [ArtifactCollectionAliasInput!]! clientMutationId: String }
  input UpdateArtifactInput {
    artifactID: ID!
    description: String
    labels: JSONString
    metadata: JSONString
    aliases: [ArtifactAliasInput!]
    tagsToAdd: [TagInput!]
    tagsToDelete: [TagInput!]
    ttlDurationSeconds: Int64
    clientMutationId: String
  }
  input DeleteArtifactInput { artifactID: ID! deleteAliases: Boolean clientMutationId: String }
  type ArtifactPayload { artifact: Artifact clientMutationId: String }
  input LinkArtifactInput {
    artifactID: ID
    clientID: ID
    artifactPortfolioID: ID
    artifactPortfolioName: String
    entityName: String
    projectName: String
    aliases: [ArtifactAliasInput!]
    clientMutationId: String
  }
  type LinkArtifactPayload {
    versionIndex: Int
    artifactMembership: ArtifactCollectionMembership
    clientMutationId: String
  }
  input UnlinkArtifactInput { artifactID: ID! artifactPortfolioID: ID! clientMutationId: String }
  input UpdateArtifactSequenceInput {
    artifactSequenceID: ID!
    name: String
    description: String
    clientMutationId: String
  }
  input UpdateArtifactPortfolioInput {
    artifactPortfolioID: ID!
    name: String
    description: String
    clientMutationId: String
  }
  input MoveArtifactSequenceInput {
    artifactSequenceID: ID!
    destinationArtifactTypeName: String!
    clientMutationId: String
  }
  input DeleteArtifactSequenceInput { artifactSequenceID: ID! clientMutationId: String }
  input DeleteArtifactPortfolioInput { artifactPortfolioID: ID! clientMutationId: String }
  type ArtifactCollectionPayload { artifactCollection: ArtifactCollection clientMutationId: String }
  input CreateArtifactCollectionTagAssignmentsInput {
    entityName: String!
    projectName: String!
    artifactCollectionName: String!
    tags: [TagInput!]!
    clientMutationID: String
  }
  input DeleteArtifactCollectionTagAssignmentsInput {
    entityName: String!
    projectName: String!
    artifactCollectionName: String!
    tags: [TagInput!]!
    clientMutationID: String
  }
  type CollectionTagsPayload { tags: [Tag!]! success: Boolean }
  extend type Mutation {
    addAliases(input: AddAliasesInput!): SuccessPayload
    deleteAliases(input: DeleteAliasesInput!): SuccessPayload
    updateArtifact(input: UpdateArtifactInput!): ArtifactPayload
    deleteArtifact(input: DeleteArtifactInput!): ArtifactPayload
    linkArtifact(input: LinkArtifactInput!): LinkArtifactPayload
    unlinkArtifact(input: UnlinkArtifactInput!): SuccessPayload
    updateArtifactSequence(input: UpdateArtifactSequenceInput!): ArtifactCollectionPayload
    updateArtifactPortfolio(input: UpdateArtifactPortfolioInput!): ArtifactCollectionPayload
    moveArtifactSequence(input: MoveArtifactSequenceInput!): ArtifactCollectionPayload
    deleteArtifactSequence(input: DeleteArtifactSequenceInput!): ArtifactCollectionPayload
    deleteArtifactPortfolio(input: DeleteArtifactPortfolioInput!): ArtifactCollectionPayload
    createArtifactCollectionTagAssignments(
      input: CreateArtifactCollectionTagAssignmentsInput!
    ): CollectionTagsPayload
    deleteArtifactCollectionTagAssignments(
      input: DeleteArtifactCollectionTagAssignmentsInput!
    ): CollectionTagsPayload
  }
`

interface AliasesInput {
  readonly artifactID: ArtifactId
  readonly aliases: readonly {
    readonly projectName: string
    readonly artifactCollectionName: string
    readonly alias: string
  }[]
}

interface UpdateArtifactInput {
  readonly artifactID: ArtifactId
  readonly description?: string | null
  readonly metadata?: string | null
  readonly ttlDurationSeconds?: number | null
  readonly aliases?: readonly { readonly alias: string }[] | null
  readonly tagsToAdd?: readonly { readonly tagName: string }[] | null
  readonly tagsToDelete?: readonly { readonly tagName: string }[] | null
}

interface LinkInput {
  readonly artifactID?: ArtifactId | null
  readonly clientID?: string | null
  readonly artifactPortfolioID?: CollectionId | null
  readonly artifactPortfolioName?: string | null
  readonly entityName?: string | null
  readonly projectName?: string | null
  readonly aliases?: readonly { readonly alias: string }[] | null
}

interface CollectionTagsInput {
  readonly projectName: string
  readonly artifactCollectionName: string
  readonly tags: readonly { readonly tagName: string }[]
}

interface CollectionIdInput {
  readonly artifactSequenceID?: CollectionId
  readonly artifactPortfolioID?: CollectionId
  readonly name?: string | null
  readonly description?: string | null
  readonly destinationArtifactTypeName?: string
}

type EditServices = Pick<ApiServices, 'store' | 'artifactChanges'>

export function createArtifactEditsPart({ store, artifactChanges }: EditServices): SchemaPart {
  const namedAliases = ({ aliases }: AliasesInput) =>
    aliases.map(({ projectName, artifactCollectionName, alias }) => ({
      project: projectName,
      collection: artifactCollectionName,
      alias,
    }))

  const editCollection: Mutations[string] = async (
    _parent,
    { input }: { input: CollectionIdInput },
    caller,
  ) => {
    requireAccess(caller, 'work')
    const collection = await artifactChanges.editCollection(idOf(input), {
      name: input.name ?? undefined,
      description: input.description ?? undefined,
      type: input.destinationArtifactTypeName,
    })
    return { artifactCollection: collectionNode(collection, null) }
  }

  const deleteCollection: Mutations[string] = async (
    _parent,
    { input }: { input: CollectionIdInput },
    caller,
  ) => {
    requireAccess(caller, 'admin')
    return { artifactCollection: deletedNode(await artifactChanges.removeCollection(idOf(input))) }
  }

  const link: Mutations[string] = async (_parent, { input }: { input: LinkInput }, caller) => {
    requireAccess(caller, 'work')
    const member = await artifactChanges.link(
      await findLinked(input),
      {
        entity: input.entityName ?? DEFAULT_ENTITY,
        ...(await findTarget(input)),
      },
      (input.aliases ?? []).map(({ alias }) => alias),
    )
    return {
      versionIndex: member.membership.versionIndex,
      artifactMembership: membershipNode(member, input.entityName ?? null),
    }
  }

  async function findLinked({ artifactID, clientID }: LinkInput): Promise<ArtifactId> {
    if (artifactID) return artifactID
    const artifact = clientID ? await store.artifacts.findByClientId(clientID) : null
    if (artifact === null) throw new NotFoundError('artifact', clientID ?? '')
    return artifact.id
  }

  async function findTarget(input: LinkInput): Promise<{ project: string; collection: string }> {
    if (input.artifactPortfolioID) {
      const [collection] = await store.artifacts.findCollections([input.artifactPortfolioID])
      if (collection === undefined) throw new NotFoundError('artifact collection', input.artifactPortfolioID)
      return { project: collection.project, collection: collection.name }
    }
    if (input.projectName && input.artifactPortfolioName)
      return { project: input.projectName, collection: input.artifactPortfolioName }
    throw new SweepError('REQUEST_INVALID', 'a link needs the name of a project and of a collection')
  }

  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Mutation: {
        addAliases: async (_parent, { input }: { input: AliasesInput }, caller) => {
          requireAccess(caller, 'work')
          await artifactChanges.addAliases(input.artifactID, namedAliases(input))
          return { success: true }
        },
        deleteAliases: async (_parent, { input }: { input: AliasesInput }, caller) => {
          requireAccess(caller, 'work')
          await artifactChanges.deleteAliases(input.artifactID, namedAliases(input))
          return { success: true }
        },
        updateArtifact: async (_parent, { input }: { input: UpdateArtifactInput }, caller) => {
          requireAccess(caller, 'work')
          const artifact = await artifactChanges.edit(input.artifactID, {
            description: input.description ?? undefined,
            metadata: input.metadata ?? undefined,
            ttlSeconds: input.ttlDurationSeconds ?? undefined,
            aliases: input.aliases?.map(({ alias }) => alias),
            tagsToAdd: (input.tagsToAdd ?? []).map(({ tagName }) => tagName),
            tagsToDelete: (input.tagsToDelete ?? []).map(({ tagName }) => tagName),
          })
          return { artifact: { artifact, entity: null } }
        },
        deleteArtifact: async (
          _parent,
          { input }: { input: { artifactID: ArtifactId; deleteAliases?: boolean | null } },
          caller,
        ) => {
          requireAccess(caller, 'admin')
          const [artifact] = await store.artifacts.findArtifacts([input.artifactID])
          await artifactChanges.remove(input.artifactID, { withAliases: input.deleteAliases === true })
          return { artifact: artifact === undefined ? null : { artifact, entity: null } }
        },
        linkArtifact: link,
        unlinkArtifact: async (
          _parent,
          { input }: { input: { artifactID: ArtifactId; artifactPortfolioID: CollectionId } },
          caller,
        ) => {
          requireAccess(caller, 'work')
          await artifactChanges.unlink(input.artifactID, input.artifactPortfolioID)
          return { success: true }
        },
        updateArtifactSequence: editCollection,
        updateArtifactPortfolio: editCollection,
        moveArtifactSequence: editCollection,
        deleteArtifactSequence: deleteCollection,
        deleteArtifactPortfolio: deleteCollection,
        createArtifactCollectionTagAssignments: async (
          _parent,
          { input }: { input: CollectionTagsInput },
          caller,
        ) => {
          requireAccess(caller, 'work')
          const add = input.tags.map(({ tagName }) => tagName)
          const tags = { add, remove: [] }
          await artifactChanges.tagCollection(input.projectName, input.artifactCollectionName, tags)
          return { tags: add.map(tagNode), success: true }
        },
        deleteArtifactCollectionTagAssignments: async (
          _parent,
          { input }: { input: CollectionTagsInput },
          caller,
        ) => {
          requireAccess(caller, 'work')
          const remove = input.tags.map(({ tagName }) => tagName)
          const tags = { add: [], remove }
          await artifactChanges.tagCollection(input.projectName, input.artifactCollectionName, tags)
          return { tags: [], success: true }
        },
      },
    },
  }
}

type Mutations = SchemaPart['resolvers'][string]

function idOf({ artifactSequenceID, artifactPortfolioID }: CollectionIdInput): CollectionId {
  return artifactSequenceID ?? artifactPortfolioID ?? ('' as CollectionId)
}

/** What is left to say of one that is gone. */
function deletedNode(collection: CollectionRecord): CollectionNode {
  return { ...collectionNode(collection, null), isDeleted: true }
}
