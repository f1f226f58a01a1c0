// The GraphQL types Run and Project: what stands behind them, and the fields that every part needs. Other parts extend
// the types, and read from the same parents.
import { parseConfigText, shownConfigText, writeConfigText } from '../../sweeps/config-text.ts'
import { isTerminalRunState } from '../../sweeps/run.ts'
import type { RunRecord } from '../../sweeps/run.ts'
import type { ClientRunRecord } from '../../sweeps/client-run.ts'
import type { StoreReads } from '../../sweeps/store.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import type { ClientRun } from '../client-runs/find-client-run.ts'
import type { Caller } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { wandbStateOf } from './states.ts'
import { DEFAULT_ENTITY, presentEntity } from './viewer.ts'

/** Parent of the type Run. */
export interface RunNode {
  readonly run: RunRecord
  /** null: no client of W&B ever reported it. */
  readonly client: ClientRunRecord | null
  /** As whoever asks calls it. */
  readonly entity: string
}

/** Parent of the type Project. Every name is a project: it begins with its first run. */
export interface ProjectNode {
  readonly name: string
  readonly entity: string
}

export function runNodeOf({ run, client }: ClientRun, entity?: string | null): RunNode {
  return { run, client, entity: entity ?? client?.entity ?? DEFAULT_ENTITY }
}

/** In the order of the ids; runs that there are not are left out. */
export async function readRunNodes(
  store: StoreReads,
  ids: readonly RunId[],
  entity: string,
): Promise<RunNode[]> {
  const clients = await store.clientRuns.find(ids)
  return (await store.findRuns(ids)).map((run) => ({ run, client: clients.get(run.id) ?? null, entity }))
}

export function projectNodeOf(
  name: string | null | undefined,
  entity: string | null | undefined,
): ProjectNode {
  return { name: name ?? 'uncategorized', entity: entity ?? DEFAULT_ENTITY }
}

/** The id by which clients ask for a run again, whatever its project: opaque to them. */
export function runNodeId(runId: string): string {
  return Buffer.from(`Run:v1:${runId}`).toString('base64')
}

/** null: it is none of ours. */
export function parseRunNodeId(id: string): string | null {
  return /^Run:v1:([0-9a-z]{8})$/.exec(Buffer.from(id, 'base64').toString('utf8'))?.[1] ?? null
}

/** The run's id as clients call it. */
export function runNameOf({ run, client }: Pick<RunNode, 'run' | 'client'>): string {
  return client?.name ?? run.id
}

/** The config as W&B wraps it, as JSON text: what was proposed, and over it what its client said. */
export function wrappedConfigOf({ run, client }: RunNode): string {
  const proposed = [...parseConfigText(run.configText)].map(
    ([key, value]) => [key, new Map([['value', value]])] as const,
  )
  const said = client === null ? [] : parseConfigText(client.wandbConfig)
  return shownConfigText(writeConfigText(new Map([...proposed, ...said])))
}

const TYPE_DEFS = `
  extend type Query {
    model(name: String, entityName: String): Project
    project(name: String, entityName: String): Project
  }
  type Project {
    id: ID!
    name: String!
    entityName: String!
    entity: Entity!
    run(name: String!, "Taken and not looked at: a large request is tried with it" desc: String): Run
    bucket(name: String!, missingOk: Boolean): Run
  }
  type Run {
    id: ID!
    name: String!
    displayName: String
    description: String
    notes: String
    state: String
    stopped: Boolean
    config: JSONString
    summaryMetrics: JSONString
    sweepName: String
    group: String
    jobType: String
    tags: [String!]
    commit: String
    host: String
    program: String
    repo: String
    createdAt: DateTime!
    heartbeatAt: DateTime
    historyLineCount: Int
    eventsLineCount: Int
    logLineCount: Int
    project: Project
  }
`

export function createRunPart({ clientRuns }: Pick<ApiServices, 'clientRuns'>): SchemaPart {
  async function findRun(
    project: ProjectNode,
    { name }: { name: string },
    { principal }: Caller,
  ): Promise<RunNode | null> {
    const found = await clientRuns.find(project.name, name, principal.run)
    return found === null ? null : runNodeOf(found, project.entity)
  }
  const findProject = (_parent: unknown, { name, entityName }: { name?: string; entityName?: string }) =>
    projectNodeOf(name, entityName)
  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Query: { model: findProject, project: findProject },
      Project: {
        id: ({ name }: ProjectNode) => Buffer.from(`Project:v1:${name}`).toString('base64'),
        entityName: ({ entity }: ProjectNode) => entity,
        entity: ({ entity }: ProjectNode) => presentEntity(entity),
        run: findRun,
        bucket: findRun,
      },
      Run: {
        id: ({ run }: RunNode) => runNodeId(run.id),
        name: (node: RunNode) => runNameOf(node),
        displayName: ({ run }: RunNode) => run.name,
        description: ({ run }: RunNode) => run.notes,
        notes: ({ run }: RunNode) => run.notes,
        state: ({ run }: RunNode) => wandbStateOf(run.state),
        stopped: ({ run }: RunNode) => run.wish !== null || isTerminalRunState(run.state),
        config: (node: RunNode) => wrappedConfigOf(node),
        sweepName: ({ run }: RunNode) => run.sweepId,
        group: ({ run }: RunNode) => run.group,
        jobType: ({ run }: RunNode) => run.jobType,
        tags: ({ run }: RunNode) => run.tags,
        commit: ({ client }: RunNode) => client?.commit ?? null,
        host: ({ client }: RunNode) => client?.host ?? null,
        program: ({ client }: RunNode) => client?.program ?? null,
        repo: ({ client }: RunNode) => client?.repo ?? null,
        createdAt: ({ run }: RunNode) => wandbTime(run.createdAt),
        heartbeatAt: ({ run, client }: RunNode) =>
          wandbTime(client?.heardAt ?? run.finishedAt ?? run.startedAt ?? run.createdAt),
        historyLineCount: ({ client }: RunNode) => client?.history.end ?? 0,
        eventsLineCount: ({ client }: RunNode) => client?.events.end ?? 0,
        logLineCount: ({ client }: RunNode) => client?.logLines ?? 0,
        project: ({ run, entity }: RunNode) => projectNodeOf(run.project, entity),
      },
    },
  }
}

/** As W&B's servers write times: UTC, to the second, with its Z. */
export function wandbTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
