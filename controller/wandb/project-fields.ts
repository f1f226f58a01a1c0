// The fields of Query and of the type Project by which clients find projects and runs, and the mutations that make a
// project and delete a run.
import { hash } from 'node:crypto'
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { requireAccess } from './caller.ts'
import type { Caller } from './caller.ts'
import { indexCursor, pageOf, readIndexCursor } from './connections.ts'
import type { Page, RunPage } from './connections.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { parseWandbFilter } from './run-filter.ts'
import { parseRunNodeId, projectNodeOf, wandbTime } from './run-node.ts'
import type { ProjectNode } from './run-node.ts'
import { parseWandbOrder } from './run-order.ts'
import { wandbFactsOf } from './run-summary.ts'
import { DEFAULT_ENTITY, presentViewer } from './viewer.ts'

const TYPE_DEFS = `
  extend type Query {
    models(entityName: String, after: String, first: Int): ProjectConnection
  }
  extend type Mutation {
    upsertModel(input: UpsertModelInput!): UpsertModelPayload
    deleteRun(input: DeleteRunInput!): DeleteRunPayload
    updateRunState(input: UpdateRunStateInput!): UpdateRunStatePayload
  }
  type ProjectConnection { totalCount: Int! pageInfo: PageInfo! edges: [ProjectEdge!]! }
  type ProjectEdge { cursor: String! node: Project! }
  extend type Project {
    internalId: ID!
    createdAt: DateTime!
    isBenchmark: Boolean!
    readOnly: Boolean!
    description: String
    access: String
    views: JSONString
    user: User
    runCount(filters: JSONString): Int!
    runs(filters: JSONString, after: String, first: Int, order: String): RunConnection
  }
  input UpsertModelInput {
    id: String
    name: String
    entityName: String
    description: String
    access: String
    framework: String
    isBenchmark: Boolean
    isPublished: Boolean
    linkedBenchmark: ID
    owner: ID
    repo: String
    views: JSONString
    dockerImage: String
    allowAllArtifactTypesInRegistry: Boolean
    artifactTypes: [String!]
    clientMutationId: String
  }
  type UpsertModelPayload { project: Project model: Project inserted: Boolean clientMutationId: String }
  input DeleteRunInput { id: ID! deleteArtifacts: Boolean clientMutationId: String }
  type DeleteRunPayload { clientMutationId: String }
  input UpdateRunStateInput { id: ID! state: String! clientMutationId: String }
  type UpdateRunStatePayload { success: Boolean! clientMutationId: String }
`

interface RunsArguments {
  readonly filters?: string | null
  readonly after?: string | null
  readonly first?: number | null
  readonly order?: string | null
}

type ProjectDeps = Pick<ApiServices, 'store' | 'removal' | 'projects' | 'projectBoards'>

export function createProjectPart({ store, removal, projects, projectBoards }: ProjectDeps): SchemaPart {
  /** The runs that a filter takes, in order of creation. */
  async function select(
    project: ProjectNode,
    filters: string | null | undefined,
  ): Promise<ReturnType<typeof wandbFactsOf>[]> {
    const takes = parseWandbFilter(filters)
    const { runs } = await projectBoards.boardOf(project.name)
    return runs.map(wandbFactsOf).filter(takes)
  }

  async function listRuns(project: ProjectNode, asked: RunsArguments): Promise<RunPage> {
    const order = parseWandbOrder(asked.order)
    const sorted = order.sort(await select(project, asked.filters))
    const from = asked.after ? order.indexAfter(sorted, asked.after) : 0
    const page = pageOf(sorted, from, asked.first ?? 50, {
      cursorOf: (run) => order.cursorOf(run),
      nodeOf: ({ id }) => id,
    })
    const ids = page.edges.map(({ node }) => node)
    const [records, clients] = await Promise.all([store.findRuns(ids), store.clientRuns.find(ids)])
    const byId = new Map(records.map((run) => [run.id, run]))
    return {
      ...page,
      // One that was erased since it was listed is left out.
      edges: page.edges.flatMap(({ cursor, node: id }) => {
        const run = byId.get(id)
        if (run === undefined) return []
        return [{ cursor, node: { run, client: clients.get(id) ?? null, entity: project.entity } }]
      }),
    }
  }

  async function listProjects(
    entity: string,
    after: string | null | undefined,
    first: number | null | undefined,
  ): Promise<Page<ProjectNode>> {
    const all = await projects.listProjects()
    return pageOf(all, readIndexCursor(after), first ?? 50, {
      cursorOf: (_project, index) => indexCursor(index),
      nodeOf: ({ name }) => projectNodeOf(name, entity),
    })
  }

  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Query: {
        models: (
          _parent,
          { entityName, after, first }: { entityName?: string; after?: string; first?: number },
          caller: Caller,
        ) => {
          requireAccess(caller, 'read')
          return listProjects(entityName ?? DEFAULT_ENTITY, after, first)
        },
      },
      Mutation: {
        async upsertModel(
          _parent,
          { input }: { input: { name?: string; entityName?: string } },
          caller: Caller,
        ) {
          requireAccess(caller, 'admin')
          const { project, isNew } = await projects.createProject(input.name ?? '')
          const node = projectNodeOf(project.name, input.entityName)
          return { project: node, model: node, inserted: isNew }
        },
        async deleteRun(_parent, { input }: { input: { id: string } }, caller: Caller) {
          requireAccess(caller, 'admin')
          const id = parseRunNodeId(input.id)
          if (id === null) throw new NotFoundError('run', input.id)
          await removal.removeRun(id as RunId)
          return { clientMutationId: null }
        },
        updateRunState(_parent, _given, caller) {
          requireAccess(caller, 'admin')
          throw new SweepError('REQUEST_INVALID', 'the state of a run is what its process does', {
            hint: 'Use `sweep retry RUN` to have a failed run worked again, `run.stop()` to end one.',
          })
        },
      },
      Project: {
        internalId: ({ name }: ProjectNode) => projectNumber(name),
        createdAt: async ({ name }: ProjectNode) => {
          const found = (await projects.listProjects()).find((project) => project.name === name)
          return wandbTime(found?.createdAt ?? 0)
        },
        isBenchmark: () => false,
        readOnly: (_project, _arguments, { principal }: Caller) => principal.role === 'viewer',
        description: () => null,
        access: () => 'PRIVATE',
        views: () => null,
        user: (_project, _arguments, caller: Caller) => presentViewer(caller),
        runCount: async (project: ProjectNode, { filters }: RunsArguments, caller: Caller) => {
          requireAccess(caller, 'read')
          return (await select(project, filters)).length
        },
        runs: (project: ProjectNode, asked: RunsArguments, caller: Caller) => {
          requireAccess(caller, 'read')
          return listRuns(project, asked)
        },
      },
    },
  }
}

/** W&B's projects have a number, and clients make an integer of it: ours is made of the name. */
export function projectNumber(name: string): number {
  return parseInt(hash('sha256', name).slice(0, 7), 16)
}
