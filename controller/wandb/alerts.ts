// `run.alert()`: kept with the run, and in the change log.
import { NotFoundError } from '../../sweeps/errors.ts'
import type { AlertLevel } from '../../sweeps/run-file.ts'
import type { ApiServices } from '../api-services.ts'
import { requireAccess } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'

const TYPE_DEFS = `
  enum AlertSeverity { INFO WARN ERROR }
  input NotifyScriptableRunAlertInput {
    entityName: String
    projectName: String!
    runName: String!
    title: String!
    text: String
    severity: AlertSeverity
    "milliseconds"
    waitDuration: Duration
    clientMutationId: String
  }
  extend type Mutation {
    notifyScriptableRunAlert(input: NotifyScriptableRunAlertInput!): SuccessPayload
  }
`

interface AlertInput {
  readonly projectName: string
  readonly runName: string
  readonly title: string
  readonly text?: string | null
  readonly severity?: 'INFO' | 'WARN' | 'ERROR' | null
  readonly waitDuration?: unknown
}

export function createAlertsPart({
  clientRuns,
  runFiles,
}: Pick<ApiServices, 'clientRuns' | 'runFiles'>): SchemaPart {
  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Mutation: {
        notifyScriptableRunAlert: async (_parent, { input }: { input: AlertInput }, caller) => {
          requireAccess(caller, 'work')
          const found = await clientRuns.find(input.projectName, input.runName, caller.principal.run)
          if (found === null) throw new NotFoundError(`run of project ${input.projectName}`, input.runName)
          await runFiles.addAlert(found.run.id, {
            title: input.title,
            text: input.text ?? '',
            level: (input.severity ?? 'INFO').toLowerCase() as AlertLevel,
            waitMs: Number(input.waitDuration ?? 0) || 0,
          })
          return { success: true }
        },
      },
    },
  }
}
