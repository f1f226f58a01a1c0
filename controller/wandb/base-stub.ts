// TEMPORARY: until wb-api is merged, which declares these.
import type { SchemaPart } from './graphql-schema.ts'

export const basePart: SchemaPart = {
  typeDefs: `
  extend type Run {
    exitcode: Int shouldStop: Boolean failed: Boolean running: Boolean
    sampledHistory(specs: [JSONString!]!): [JSON] readOnly: Boolean user: User
  }
  type RunConnection { edges: [RunEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type RunEdge { cursor: String! node: Run! }
  type PageInfo { startCursor: String endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! }
  `,
  resolvers: { Run: { sampledHistory: () => [] } },
}
