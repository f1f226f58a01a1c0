// Files of runs: where to upload them, which there are, and away with them.
import { NotFoundError, SweepError } from '../../sweeps/errors.ts'
import { checkStoredName } from '../../sweeps/run-file.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { mayAccess } from '../../sweeps/access.ts'
import { requireAccess } from './caller.ts'
import type { Caller } from './caller.ts'
import { parseRunFileId, runFileNode } from './file-node.ts'
import type { FileNode } from './file-node.ts'
import type { SchemaPart } from './graphql-schema.ts'
import type { RunNode } from './run-node.ts'

const TYPE_DEFS = `
  extend type Mutation {
    createRunFiles(input: CreateRunFilesInput!): CreateRunFilesPayload
    markRunFilesUploaded(input: MarkRunFilesUploadedInput!): SuccessPayload
    deleteFiles(input: DeleteFilesInput!): SuccessPayload
  }
  input CreateRunFilesInput {
    entityName: String
    projectName: String!
    runName: String!
    files: [String!]!
    clientMutationId: String
  }
  type CreateRunFilesPayload { runID: ID uploadHeaders: [String!]! files: [File!]! clientMutationId: String }
  input MarkRunFilesUploadedInput {
    entityName: String
    projectName: String!
    runName: String!
    files: [String!]!
    clientMutationId: String
  }
  input DeleteFilesInput { files: [ID!]! projectId: Int clientMutationId: String }
  type SuccessPayload { success: Boolean clientMutationId: String }
  extend type Run {
    fileCount: Int
    files(
      names: [String]
      after: String
      before: String
      first: Int
      last: Int
      pattern: String
      upload: Boolean
    ): FileConnection
  }
`

interface FilesArguments {
  readonly names?: readonly string[] | null
  readonly after?: string | null
  readonly first?: number | null
  readonly pattern?: string | null
  readonly upload?: boolean | null
}

interface RunFilesInput {
  readonly projectName: string
  readonly runName: string
  readonly files: readonly string[]
}

const MAX_PAGE = 1000

export function createRunFilesPart(
  services: Pick<ApiServices, 'clientRuns' | 'runFiles' | 'store'>,
): SchemaPart {
  const { clientRuns, runFiles, store } = services

  async function requireRun(project: string, name: string, { principal }: Caller): Promise<RunId> {
    const found = await clientRuns.find(project, name, principal.run)
    if (found === null) throw new NotFoundError(`run of project ${project}`, name)
    return found.run.id
  }

  async function listFiles(runId: RunId, asked: FilesArguments, caller: Caller) {
    requireReading(runId, caller)
    const names = (asked.names ?? []).map(withoutDot)
    const page = await runFiles.list(runId, {
      names: names.length === 0 ? undefined : names,
      pattern: asked.pattern ?? undefined,
      after: readNameCursor(asked.after),
      limit: Math.min(Math.max(asked.first ?? 50, 0), MAX_PAGE),
    })
    // The client reads that a name is nobody's from a file with the MD5 "0".
    const known = names.length === 0 || page.hasMore ? null : await store.files.listFiles(runId, { names })
    const missing = known === null ? [] : names.filter((name) => !known.some((file) => file.name === name))
    const nodes = [...page.files.map(runFileNode), ...missing.map((name) => newFileNode(runId, name))]
    const edges = nodes.map((node) => ({ cursor: nameCursor(node.name), node }))
    return {
      totalCount: () => store.files.countFiles(runId),
      pageInfo: {
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
        hasNextPage: page.hasMore,
        hasPreviousPage: (asked.after ?? '') !== '',
      },
      edges,
    }
  }

  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Run: {
        fileCount: ({ run }: RunNode) => store.files.countFiles(run.id),
        files: ({ run }: RunNode, asked: FilesArguments, caller) => listFiles(run.id, asked, caller),
      },
      Mutation: {
        createRunFiles: async (_parent, { input }: { input: RunFilesInput }, caller) => {
          requireAccess(caller, 'work')
          const runId = await requireRun(input.projectName, input.runName, caller)
          return {
            runID: runId,
            uploadHeaders: [],
            files: input.files.map((name) => newFileNode(runId, checkStoredName(withoutDot(name), 'a file'))),
          }
        },
        // Whatever arrived whole is there already.
        markRunFilesUploaded: async (_parent, { input }: { input: RunFilesInput }, caller) => {
          requireAccess(caller, 'work')
          await requireRun(input.projectName, input.runName, caller)
          return { success: true }
        },
        deleteFiles: async (_parent, { input }: { input: { files: readonly string[] } }, caller) => {
          requireAccess(caller, 'admin')
          for (const id of input.files) {
            const file = parseRunFileId(id)
            if (file === null) throw new NotFoundError('file', id)
            await runFiles.remove(file.runId as RunId, [file.name])
          }
          return { success: true }
        },
      },
    },
  }
}

/** As the client names a file that a script calls by its path here. */
function withoutDot(name: string): string {
  return name.replace(/^(?:\.\/+)+(?=.)/, '')
}

/** Where it is to be uploaded. */
function newFileNode(runId: RunId, name: string): FileNode {
  return { ...runFileNode({ runId, name, blob: NO_BLOB, updatedAt: 0 }), blob: null, updatedAt: null }
}
const NO_BLOB = { hash: '', sizeBytes: 0, md5: '' }

/** Who reads runs; and a run's own process. @throws SweepError FORBIDDEN */
function requireReading(runId: RunId, { principal }: Caller): void {
  if (mayAccess(principal.role, 'read')) return
  if (principal.run !== null) return // the run was found with its key
  throw new SweepError(
    'FORBIDDEN',
    `a token of role ${principal.role} may not read the files of run ${runId}`,
    {
      hint: 'Ask an admin for a token of another role:  sweep token new --role ROLE',
    },
  )
}

function nameCursor(name: string): string {
  return Buffer.from(name).toString('base64url')
}

function readNameCursor(cursor: string | null | undefined): string | undefined {
  return cursor === null || cursor === undefined || cursor === ''
    ? undefined
    : Buffer.from(cursor, 'base64url').toString('utf8')
}
