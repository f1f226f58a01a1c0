// Who W&B's client is logged in as, and what this server can do.
import type { Caller } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'

/** There is one entity: whatever name a client gives is taken for it. */
export const DEFAULT_ENTITY = 'sweep'

const TYPE_DEFS = `
  extend type Query {
    viewer: User
    serverInfo: ServerInfo
    entity(name: String): Entity
    users(query: String): UserConnection
  }
  type User {
    id: ID!
    entity: String
    username: String
    name: String
    email: String
    admin: Boolean
    deletedAt: DateTime
    flags: JSONString
    teams: TeamConnection
    apiKeys: ApiKeyConnection
  }
  type UserConnection { edges: [UserEdge!]! }
  type UserEdge { node: User }
  type TeamConnection { edges: [TeamEdge!]! }
  type TeamEdge { node: Entity! }
  type ApiKeyConnection { edges: [ApiKeyEdge!]! }
  type ApiKeyEdge { node: ApiKey! }
  type ApiKey { id: ID! name: String! description: String }
  type Entity {
    id: ID!
    name: String!
    available: Boolean
    photoUrl: String
    organization: Organization
  }
  type Organization { id: ID! name: String coreWeaveOrganizationId: String }
  type ServerInfo {
    cliVersionInfo: JSON
    latestLocalVersionInfo: LatestLocalVersionInfo
    features: [ServerFeature!]!
  }
  type LatestLocalVersionInfo {
    outOfDate: Boolean
    latestVersionString: String
    versionOnThisInstanceString: String
  }
  type ServerFeature { name: String! isEnabled: Boolean! }
`

export const viewerPart: SchemaPart = {
  typeDefs: TYPE_DEFS,
  resolvers: {
    Query: {
      viewer: (_parent, _arguments, caller) => presentViewer(caller),
      serverInfo: () => ({
        cliVersionInfo: { min_cli_version: '0.8.0', max_cli_version: '99.0.0' },
        latestLocalVersionInfo: null,
        features: [],
      }),
      // There is nobody besides who asks.
      users: (_parent, { query }: { query?: string }, caller) => ({
        edges: query === DEFAULT_ENTITY ? [{ node: presentViewer(caller) }] : [],
      }),
      entity: (_parent, { name }: { name?: string }) => presentEntity(name ?? DEFAULT_ENTITY),
    },
  },
}

/** Whoever asks. */
export function presentViewer({ principal }: Caller): object {
  return {
    id: `user-${principal.tokenId ?? 'admin'}`,
    entity: DEFAULT_ENTITY,
    username: DEFAULT_ENTITY,
    name: principal.name,
    email: '',
    admin: principal.role === 'admin',
    deletedAt: null,
    flags: { code_saving_enabled: true },
    teams: { edges: [] },
    apiKeys: { edges: [] },
  }
}

/** An entity by the name that the client gave it. */
export function presentEntity(name: string): object {
  return { id: `entity-${name}`, name, available: true, photoUrl: null, organization: null }
}
