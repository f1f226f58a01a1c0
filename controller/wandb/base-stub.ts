// TEMPORARY: until the types of runs and projects are merged.
import type { RunRecord } from '../../sweeps/run.ts'
import type { StoreReads } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { SchemaPart } from './graphql-schema.ts'

export interface ProjectNode {
  readonly name: string
  readonly entity: string
}
export function presentProject(name: string, entity: string): ProjectNode {
  return { name, entity }
}
export interface RunNode {
  readonly run: RunRecord
  readonly entity: string
}
export async function readRunNodes(
  store: StoreReads,
  ids: readonly RunId[],
  entity: string,
): Promise<RunNode[]> {
  const runs = new Map((await store.findRuns(ids)).map((run) => [run.id, run]))
  return ids.flatMap((id) => {
    const run = runs.get(id)
    return run === undefined ? [] : [{ run, entity }]
  })
}

export const basePart: SchemaPart = {
  typeDefs: `
  extend type Query { project(name: String, entityName: String): Project }
  type Project { id: ID! name: String! entity: Entity }
  type Run {
    id: ID! name: String! state: String config: JSONString exitcode: Int heartbeatAt: DateTime shouldStop: Boolean
    failed: Boolean stopped: Boolean running: Boolean summaryMetrics: JSONString
    sampledHistory(specs: [JSONString!]!): [JSON]
    tags: [String!] displayName: String sweepName: String group: String jobType: String commit: String readOnly: Boolean
    createdAt: DateTime description: String notes: String historyLineCount: Int user: User
  }
  type RunConnection { edges: [RunEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type RunEdge { cursor: String! node: Run! }
  type PageInfo { startCursor: String endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! }
  `,
  resolvers: {
    Query: {
      project: (_parent, { name, entityName }: { name?: string; entityName?: string }) => ({
        name: name ?? 'uncategorized',
        entity: entityName ?? 'sweep',
      }),
    },
    Project: {
      id: ({ name }: ProjectNode) => name,
      entity: ({ entity }: ProjectNode) => ({ id: entity, name: entity }),
    },
    Run: {
      id: ({ run }: RunNode) => run.id,
      name: ({ run }: RunNode) => run.id,
      state: ({ run }: RunNode) => run.state,
      sampledHistory: () => [],
    },
  },
}
