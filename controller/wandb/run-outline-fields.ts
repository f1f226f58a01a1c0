// The fields of the type Run that lists show beside its base: whose it is, how it ended, and its summary.
import type { AttemptRecord } from '../../sweeps/run.ts'
import { isTerminalRunState } from '../../sweeps/run.ts'
import type { RunId } from '../../sweeps/sweep.ts'
import type { ApiServices } from '../api-services.ts'
import { batchedRead } from './batched-read.ts'
import type { Caller } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { projectNumber } from './project-fields.ts'
import type { RunNode } from './run-node.ts'
import { summaryOf } from './run-summary.ts'
import { presentViewer } from './viewer.ts'

const TYPE_DEFS = `
  extend type Run {
    projectId: ID!
    readOnly: Boolean!
    user: User
    exitcode: Int
    shouldStop: Boolean
    failed: Boolean
    running: Boolean
  }
`

export function createRunOutlinePart({ store }: Pick<ApiServices, 'store'>): SchemaPart {
  const summariesOf = batchedRead((ids: readonly RunId[]) => store.listSummaries(ids))
  const valuesOf = batchedRead((ids: readonly RunId[]) => store.listValuesOf(ids))
  const attemptsOf = batchedRead(async (ids: readonly RunId[]) => {
    const byRun = new Map<RunId, AttemptRecord>()
    for (const attempt of await store.listAttempts(ids)) byRun.set(attempt.runId, attempt) // the last one stays
    return byRun
  })

  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Run: {
        projectId: ({ run }: RunNode) => projectNumber(run.project),
        readOnly: (_node: RunNode, _arguments, { principal }: Caller) => principal.role === 'viewer',
        user: (_node: RunNode, _arguments, caller: Caller) => presentViewer(caller),
        exitcode: async ({ run }: RunNode) => (await attemptsOf(run.id))?.exitCode ?? null,
        shouldStop: ({ run }: RunNode) => run.wish !== null,
        failed: ({ run }: RunNode) => run.state === 'failed',
        running: ({ run }: RunNode) => !isTerminalRunState(run.state),
        async summaryMetrics({ run, client }: RunNode) {
          const [summaries, values] = await Promise.all([summariesOf(run.id), valuesOf(run.id)])
          const lastStep = summaries?.reduce((step, one) => Math.max(step, one.lastStep), -1) ?? null
          return summaryOf(run, {
            client,
            summaries: summaries ?? [],
            values: values ?? new Map<string, string>(),
            lastStep,
          })
        },
      },
    },
  }
}
