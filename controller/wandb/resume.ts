// What a client asks before it goes on with a run: where its lines end, at which step, and whether it was ever begun.
import { parseConfigText, plainOf } from '../../sweeps/config-text.ts'
import type { ApiServices } from '../api-services.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { isObject } from './lenient-json.ts'
import type { RunNode } from './run-node.ts'

const TYPE_DEFS = `
  extend type Run {
    "A list of lines as JSON: the last one of the history"
    historyTail: JSONString
    eventsTail: JSONString
    "What the client says of itself in the config. Without the key t the run was never begun."
    wandbConfig(keys: [String!]): JSONString
  }
`

export function createResumePart({ store }: Pick<ApiServices, 'store'>): SchemaPart {
  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Run: {
        historyTail: async ({ run, client }: RunNode) => {
          const summaries = (await store.listSummaries([run.id])).get(run.id) ?? []
          if (summaries.length === 0) return '[]'
          const step = Math.max(...summaries.map(({ lastStep }) => lastStep))
          const at = client?.heardAt ?? run.createdAt
          const line = { _step: step, _timestamp: at / 1000, _runtime: secondsOf(run.startedAt, at) }
          return JSON.stringify([JSON.stringify(line)])
        },
        eventsTail: ({ run, client }: RunNode) => {
          if (client === null || client.events.end === 0) return '[]'
          const line = {
            _runtime: secondsOf(run.startedAt, client.heardAt),
            _timestamp: client.heardAt / 1000,
          }
          return JSON.stringify([JSON.stringify(line)])
        },
        wandbConfig: ({ client }: RunNode, { keys }: { keys?: string[] }) => {
          const own = plainOf(parseConfigText(client?.wandbConfig ?? '{}').get('_wandb') ?? new Map())
          const value = isObject(own) && isObject(own['value']) ? own['value'] : {}
          const asked = Object.entries(value).filter(
            ([key]) => keys === undefined || keys === null || keys.includes(key),
          )
          return JSON.stringify(Object.fromEntries(asked))
        },
      },
    },
  }
}

function secondsOf(from: number | null, to: number): number {
  return from === null ? 0 : Math.max(0, to - from) / 1000
}
