// The mutation by which clients begin a run, tell more of it and edit it; and the one by which a person stops it.
import { SweepError } from '../../sweeps/errors.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import type { ClientClaim } from '../client-runs/client-post.ts'
import { requireAccess } from './caller.ts'
import type { Caller } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { parseLenientObject, replaceNonFinite } from './lenient-json.ts'
import { parseRunNodeId, runNodeOf } from './run-node.ts'
import { DEFAULT_ENTITY } from './viewer.ts'

const TYPE_DEFS = `
  extend type Mutation {
    upsertBucket(input: UpsertBucketInput!): UpsertBucketPayload
    stopRun(input: StopRunInput!): StopRunPayload
  }
  input UpsertBucketInput {
    id: String
    name: String
    modelName: String
    entityName: String
    groupName: String
    description: String
    displayName: String
    notes: String
    commit: String
    config: JSONString
    host: String
    debug: Boolean
    jobProgram: String
    jobRepo: String
    jobType: String
    state: String
    sweep: String
    tags: [String!]
    summaryMetrics: JSONString
    framework: String
    clientMutationId: String
  }
  type UpsertBucketPayload {
    bucket: Run
    inserted: Boolean
    clientMutationId: String
  }
  input StopRunInput { id: ID! clientMutationId: String }
  type StopRunPayload { success: Boolean clientMutationId: String }
`

/** Fields that are null are left out. */
interface UpsertBucketInput {
  readonly id?: string
  readonly name?: string
  readonly modelName?: string
  readonly entityName?: string
  readonly groupName?: string
  readonly displayName?: string
  readonly notes?: string
  readonly commit?: string
  readonly config?: string
  readonly host?: string
  readonly jobProgram?: string
  readonly jobRepo?: string
  readonly jobType?: string
  readonly state?: string
  readonly sweep?: string
  readonly tags?: readonly string[]
  readonly summaryMetrics?: string
}

export function createUpsertBucketPart({ clientRuns }: Pick<ApiServices, 'clientRuns'>): SchemaPart {
  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Mutation: {
        upsertBucket: async (_parent, given: { input: Record<string, unknown> }, caller: Caller) => {
          requireAccess(caller, 'work')
          const input = withoutNulls(given.input)
          const claim = readClaim(input)
          const { run, client, isNew } = await clientRuns.claim(claim, caller.principal.run)
          return { bucket: runNodeOf({ run, client }, input.entityName), inserted: isNew }
        },
        stopRun: async (_parent, { input }: { input: { id: string } }, caller: Caller) => {
          requireAccess(caller, 'admin')
          await clientRuns.stop(readRunId(input.id) as RunId)
          return { success: true }
        },
      },
    },
  }
}

/** Its fields are of the types that the schema gives them. */
function withoutNulls(input: Record<string, unknown>): UpsertBucketInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
}

/** @throws SweepError NOT_FOUND when it is no id of a run that we gave */
function readRunId(id: string): string {
  const runId = parseRunNodeId(id)
  if (runId === null) throw new SweepError('NOT_FOUND', `no run with the id "${id.slice(0, 100)}"`)
  return runId
}

function readClaim(input: UpsertBucketInput): ClientClaim {
  const config = input.config === undefined ? null : readConfig(input.config)
  const byId = input.id === undefined || input.id === '' ? null : readRunId(input.id)
  const name = textOf(input.name)
  return {
    entity: textOf(input.entityName) ?? DEFAULT_ENTITY,
    project: textOf(input.modelName),
    // A process that goes on with a run names it in both ways.
    name,
    runId: byId,
    isStart: isStart(input, name),
    isPending: input.state === 'pending',
    sweep: textOf(input.sweep),
    displayName: textOf(input.displayName),
    notes: input.notes === undefined ? null : storable(input.notes),
    tags: input.tags?.map(storable) ?? null,
    group: textOf(input.groupName),
    jobType: textOf(input.jobType),
    wandbConfig: config,
    summary: input.summaryMetrics === undefined ? null : readSummary(input.summaryMetrics),
    host: textOf(input.host),
    program: textOf(input.jobProgram),
    commit: textOf(input.commit),
    repo: textOf(input.jobRepo),
  }
}

/**
 * A process says where it runs when it begins, and not when its config changes; where it was told not to, its config
 * has not yet what it says of its machine (`_wandb.e`).
 */
function isStart(input: UpsertBucketInput, name: string | null): boolean {
  if (name === null || input.state === 'pending') return false
  if (input.host !== undefined || input.jobProgram !== undefined || input.state === 'running') return true
  const own = input.config === undefined ? null : parseLenientObject(input.config)?.['_wandb']
  return own !== undefined && own !== null && !JSON.stringify(own).includes('"writerId"')
}

/** JSON with the numbers that JSON does not have, as sweeps/config-text.ts writes them. */
function readConfig(text: string): string {
  const config = replaceNonFinite(text, (word) => `{"$float":"${word}"}`)
  if (parseLenientObject(config) === null)
    throw new SweepError('REQUEST_INVALID', 'config: is not a JSON object', { at: 'config' })
  return config
}

function readSummary(text: string): Record<string, unknown> {
  const summary = parseLenientObject(text)
  if (summary === null)
    throw new SweepError('REQUEST_INVALID', 'summaryMetrics: is not a JSON object', { at: 'summaryMetrics' })
  return summary
}

function textOf(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : storable(text)
}

/** NUL and halves of surrogate pairs cannot be stored. */
function storable(text: string): string {
  return text.replace(/[\u0000\ud800-\udfff]/gu, '\ufffd')
}
