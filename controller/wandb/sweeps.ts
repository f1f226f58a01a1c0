// Sweeps and their agents as W&B's client reads them. Changes are in upsert-sweep.ts.
import { parseSweepFile } from '../../sweeps/config.ts'
import type { StoreReads } from '../../sweeps/store.ts'
import type { AgentId, RunId, SweepId } from '../../sweeps/sweep.ts'
import type { SweepService } from '../sweep-service.ts'
import { requireAccess } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { formatOpaqueId, parseOpaqueId } from './opaque-id.ts'
import { MAX_PAGE, indexCursor, pageOf, readIndexCursor } from './connections.ts'
import type { Page, RunPage } from './connections.ts'
import { projectNodeOf, runNodeOf, wandbTime } from './run-node.ts'
import type { ProjectNode } from './run-node.ts'
import type { AgentNode, SweepNode } from './sweep-node.ts'
import { wordOfAgentState, wordOfSweepState } from './sweep-states.ts'

const TYPE_DEFS = `
  extend type Project {
    sweep(sweepName: String!): Sweep
    sweeps(after: String, first: Int, filters: JSONString): SweepConnection
    totalSweeps: Int!
  }
  type Sweep {
    id: ID!
    "The id of ours"
    name: String!
    displayName: String
    method: String!
    state: String!
    description: String
    "The sweep's file, YAML or JSON"
    config: String!
    bestLoss: Float
    createdAt: DateTime!
    updatedAt: DateTime
    heartbeatAt: DateTime
    runCount: Int!
    "null: as many as one likes"
    runCountExpected: Int
    earlyStopJobRunning: Boolean!
    controller: JSONString
    scheduler: JSONString
    project: Project
    user: User
    runs(after: String, before: String, first: Int, last: Int, order: String): RunConnection!
    "Runs that were there before the sweep and were given to it"
    priorRuns(after: String, before: String, first: Int, last: Int, order: String): RunConnection!
    agents(after: String, first: Int): AgentConnection!
    agent(agentName: String!): Agent
  }
  type SweepConnection { pageInfo: PageInfo! edges: [SweepEdge!]! totalCount: Int! }
  type SweepEdge { cursor: String! node: Sweep! }
  type Agent {
    id: ID!
    name: String!
    host: String!
    state: String
    totalRuns: Int!
    createdAt: DateTime!
    heartbeatAt: DateTime
    runs(after: String, before: String, first: Int, last: Int, order: String): RunConnection!
  }
  type AgentConnection { pageInfo: PageInfo! edges: [AgentEdge!]! totalCount: Int! }
  type AgentEdge { cursor: String! node: Agent! }
`

export function createSweepsPart(deps: {
  readonly store: StoreReads
  readonly sweeps: Pick<SweepService, 'viewSweep'>
}): SchemaPart {
  const { store, sweeps } = deps

  /** In order of creation, or the newest first. */
  async function runPage(
    ids: readonly RunId[],
    { order, ...page }: RunPageArguments,
    entity: string,
  ): Promise<RunPage> {
    const ordered = order?.startsWith('-') === true ? [...ids].reverse() : ids
    const { edges, ...rest } = pageOfList(ordered, page)
    const asked = edges.map(({ node }) => node)
    const [runs, clients] = await Promise.all([store.findRuns(asked), store.clientRuns.find(asked)])
    const byId = new Map(runs.map((run) => [run.id, run]))
    const found = edges.flatMap(({ cursor, node }) => {
      const run = byId.get(node)
      const client = clients.get(node) ?? null
      return run === undefined ? [] : [{ cursor, node: runNodeOf({ run, client }, entity) }]
    })
    return { ...rest, edges: found }
  }

  async function readAgents({ sweep, entity }: SweepNode): Promise<AgentNode[]> {
    const agents = (await store.listAgents()).filter(({ sweepIds }) => sweepIds.includes(sweep.id))
    const facts = await store.listRunFacts({ sweepId: sweep.id })
    return agents.map((agent) => ({
      agent,
      entity,
      runs: facts.filter(({ agentIds }) => agentIds.includes(agent.id)),
    }))
  }

  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Project: {
        async sweep({ entity }: ProjectNode, { sweepName }: { sweepName: string }, caller) {
          requireAccess(caller, 'anyone')
          // Ids are this server's: a project that the client has from elsewhere does not hide the sweep.
          const sweep = await store.findSweep(sweepName as SweepId)
          return sweep === null ? null : ({ sweep, entity } satisfies SweepNode)
        },
        async sweeps({ name, entity }: ProjectNode, page: PageArguments, caller) {
          requireAccess(caller, 'read')
          const found = (await store.listSweeps({ project: name })).reverse() // newest first
          return pageOfList(
            found.map((sweep): SweepNode => ({ sweep, entity })),
            page,
          )
        },
        async totalSweeps({ name }: ProjectNode) {
          return (await store.listSweeps({ project: name })).length
        },
      },
      Sweep: {
        id: ({ sweep }: SweepNode) => formatSweepId(sweep.id),
        name: ({ sweep }: SweepNode) => sweep.id,
        displayName: ({ sweep }: SweepNode) => (sweep.name === sweep.id ? null : sweep.name),
        method: ({ sweep }: SweepNode) => sweep.method,
        state: ({ sweep }: SweepNode) => wordOfSweepState(sweep),
        description: ({ sweep }: SweepNode) => parseSweepFile(sweep.configText).config.description,
        config: ({ sweep }: SweepNode) => sweep.configText,
        async bestLoss({ sweep }: SweepNode) {
          const value = (await sweeps.viewSweep(sweep)).best?.value ?? null
          return value === null || !Number.isFinite(value) ? null : value
        },
        createdAt: ({ sweep }: SweepNode) => wandbTime(sweep.createdAt),
        updatedAt: ({ sweep }: SweepNode) =>
          wandbTime(sweep.finishedAt ?? sweep.startedAt ?? sweep.createdAt),
        heartbeatAt: ({ sweep }: SweepNode) => isoTime(sweep.finishedAt ?? sweep.startedAt),
        runCount: ({ sweep }: SweepNode) => sweep.runCount,
        runCountExpected: ({ sweep }: SweepNode) => (sweep.method === 'grid' ? sweep.size : null),
        earlyStopJobRunning: () => false,
        controller: () => null,
        scheduler: () => null,
        project: ({ sweep, entity }: SweepNode) => projectNodeOf(sweep.project, entity),
        user: () => null,
        async runs({ sweep, entity }: SweepNode, page: RunPageArguments, caller) {
          requireAccess(caller, 'anyone')
          const facts = await store.listRunFacts({ sweepId: sweep.id })
          return runPage(
            facts.map(({ id }) => id),
            page,
            entity,
          )
        },
        async priorRuns({ sweep, entity }: SweepNode, page: RunPageArguments, caller) {
          requireAccess(caller, 'read')
          const facts = await store.listRunFacts({ sweepId: sweep.id })
          return runPage(
            facts.filter((run) => run.createdAt < sweep.createdAt).map(({ id }) => id),
            page,
            entity,
          )
        },
        async agents(node: SweepNode, page: PageArguments, caller) {
          requireAccess(caller, 'read')
          return pageOfList(await readAgents(node), page)
        },
        async agent(node: SweepNode, { agentName }: { agentName: string }, caller) {
          requireAccess(caller, 'read')
          const id = (parseOpaqueId('Agent', agentName)?.[0] ?? agentName) as AgentId
          return (await readAgents(node)).find(({ agent }) => agent.id === id) ?? null
        },
      },
      Agent: {
        // Its opaque id carries its key: that one is for the agent alone.
        id: ({ agent }: AgentNode) => agent.id,
        name: ({ agent }: AgentNode) => agent.id,
        host: ({ agent }: AgentNode) => agent.host,
        state: ({ agent }: AgentNode) => wordOfAgentState(agent),
        totalRuns: ({ runs }: AgentNode) => runs.length,
        createdAt: ({ agent }: AgentNode) => wandbTime(agent.registeredAt),
        heartbeatAt: ({ agent }: AgentNode) => wandbTime(agent.lastSeenAt),
        runs: ({ runs, entity }: AgentNode, page: RunPageArguments) =>
          runPage(
            runs.map(({ id }) => id),
            page,
            entity,
          ),
      },
    },
  }
}

interface PageArguments {
  readonly after?: string | null
  readonly first?: number | null
}

interface RunPageArguments extends PageArguments {
  readonly order?: string | null
}

/** Without a number, all of them. */
function pageOfList<T>(items: readonly T[], { after, first }: PageArguments): Page<T> {
  return pageOf(items, readIndexCursor(after), first ?? MAX_PAGE, {
    cursorOf: (_item, index) => indexCursor(index),
    nodeOf: (item) => item,
  })
}

export function formatSweepId(id: SweepId): string {
  return formatOpaqueId('Sweep', id)
}

/** A plain id is taken too: people give it. */
export function parseSweepId(text: string): SweepId {
  return (parseOpaqueId('Sweep', text)?.[0] ?? text) as SweepId
}

function isoTime(at: number | null): string | null {
  return at === null ? null : wandbTime(at)
}
