// The GraphQL types of artifacts, for both the parts that read and those that change.

const COLLECTION_FIELDS = `
    id: ID!
    name: String!
    description: String
    createdAt: DateTime!
    updatedAt: DateTime
    state: ArtifactCollectionState!
    project: Project
    defaultArtifactType: ArtifactType!
    tags(first: Int): TagConnection!
    aliases(after: String, first: Int): ArtifactAliasConnection!
    artifacts(after: String, first: Int, order: String, filters: JSONString): VersionedArtifactConnection
    artifactMembership(aliasName: String!): ArtifactCollectionMembership
    latestArtifact: Artifact
`

export const ARTIFACT_TYPE_DEFS = `
  scalar Duration
  enum ArtifactState { PENDING COMMITTED DELETED }
  enum ArtifactCollectionState { READY DELETED }
  enum ArtifactCollectionType { PORTFOLIO SEQUENCE }
  enum ArtifactDigestAlgorithm { MANIFEST_MD5 MANIFEST_XXH128 }
  enum ArtifactManifestType { FULL PATCH INCREMENTAL }

  type Tag { id: ID! name: String! }
  type TagConnection { edges: [TagEdge!]! }
  type TagEdge { node: Tag! }

  type ArtifactType {
    id: ID!
    name: String!
    description: String
    createdAt: DateTime!
    artifactCollection(name: String!): ArtifactCollection
    artifactCollections(
      after: String
      first: Int
      filters: JSONString
      order: String
    ): ArtifactCollectionConnection
  }
  type ArtifactTypeConnection { pageInfo: PageInfo! edges: [ArtifactTypeEdge!]! }
  type ArtifactTypeEdge { cursor: String! node: ArtifactType }

  interface ArtifactCollection {${COLLECTION_FIELDS}}
  type ArtifactSequence implements ArtifactCollection {${COLLECTION_FIELDS}
    digestAlgorithm: ArtifactDigestAlgorithm
  }
  type ArtifactPortfolio implements ArtifactCollection {${COLLECTION_FIELDS}}
  type ArtifactCollectionConnection {
    totalCount: Int!
    pageInfo: PageInfo!
    edges: [ArtifactCollectionEdge!]!
  }
  type ArtifactCollectionEdge { cursor: String! node: ArtifactCollection }

  type ArtifactAlias { id: ID! alias: String! artifactCollection: ArtifactCollection }
  type ArtifactAliasConnection { pageInfo: PageInfo! edges: [ArtifactAliasEdge!]! }
  type ArtifactAliasEdge { cursor: String! node: ArtifactAlias }

  type ArtifactCollectionMembership {
    id: ID!
    versionIndex: Int
    createdAt: DateTime!
    aliases: [ArtifactAlias!]!
    artifactCollection: ArtifactCollection
    artifact: Artifact
    files(names: [String!], after: String, first: Int): FileConnection
  }
  type MembershipConnection { totalCount: Int! pageInfo: PageInfo! edges: [MembershipEdge!]! }
  type MembershipEdge { cursor: String! node: ArtifactCollectionMembership }

  type Artifact {
    id: ID!
    artifactSequence: ArtifactSequence!
    artifactType: ArtifactType!
    versionIndex: Int
    description: String
    metadata: JSONString
    ttlDurationSeconds: Int64!
    ttlIsInherited: Boolean!
    tags: [Tag!]!
    historyStep: Int64
    state: ArtifactState!
    size: Int64!
    digest: String!
    digestAlgorithm: ArtifactDigestAlgorithm
    commitHash: String
    fileCount: Int!
    createdAt: DateTime!
    updatedAt: DateTime
    aliases: [ArtifactAlias!]
    currentManifest: ArtifactManifest
    artifactMemberships(after: String, first: Int): MembershipConnection!
    createdBy: ArtifactCreator
    usedBy(after: String, first: Int): ArtifactUserConnection!
    files(names: [String!], after: String, first: Int): FileConnection
    filesByManifestEntries(
      storageLayout: String!
      manifestVersion: String!
      entries: [ArtifactManifestEntryInput!]
      storageRegion: String
    ): FileConnection
  }
  union ArtifactCreator = Run | User
  type ArtifactUserConnection { totalCount: Int! pageInfo: PageInfo! edges: [ArtifactUserEdge!]! }
  type ArtifactUserEdge { cursor: String! node: Run! }
  type ArtifactConnection { totalCount: Int! pageInfo: PageInfo! edges: [ArtifactEdge!]! }
  type ArtifactEdge { cursor: String! node: Artifact }
  type VersionedArtifactConnection { totalCount: Int! pageInfo: PageInfo! edges: [VersionedArtifactEdge!]! }
  type VersionedArtifactEdge { cursor: String! version: String! node: Artifact! }
  type ArtifactManifest { id: ID! digest: String file: File! }
  input ArtifactManifestEntryInput {
    name: String!
    digest: String
    birthArtifactID: ID
    path: String
  }
  type ClientIDMapping { serverID: ID! }

  extend type Query {
    artifact(id: ID!): Artifact
    artifactCollection(id: ID!): ArtifactCollection
    clientIDMapping(clientID: ID!): ClientIDMapping
  }
  extend type Entity { xxhashDigestsEnabled: Boolean }
  extend type Project {
    artifact(name: String!): Artifact
    artifactCollection(name: String!): ArtifactCollection
    artifactCollectionMembership(name: String!): ArtifactCollectionMembership
    artifactCollections(
      after: String
      first: Int
      filters: JSONString
      order: String
    ): ArtifactCollectionConnection
    artifactType(name: String!): ArtifactType
    artifactTypes(after: String, first: Int, includeAll: Boolean): ArtifactTypeConnection!
  }
  extend type Run {
    outputArtifacts(after: String, first: Int): ArtifactConnection
    inputArtifacts(after: String, first: Int): ArtifactConnection
  }
`
