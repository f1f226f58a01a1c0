// What `drain`, `undrain` and `quarantine` share: one request per name, and a line per agent.
import type { AgentOrder, OrderAgentResponse } from '../sweeps/agent-schema.ts'
import { refPath } from './api-client.ts'
import { defineCommand } from './command.ts'
import type { AnyCommand } from './command.ts'
import { countOf } from './show-values.ts'
import { printable } from './terminal.ts'
import { withSchema } from './with-schema.ts'

type Agent = OrderAgentResponse['agents'][number]

export interface OrderWords {
  readonly order: AgentOrder
  readonly summary: string
  readonly does: string
  readonly notes: readonly string[]
  readonly next: readonly string[]
  /** What becomes of the agent. */
  readonly consequence: (agent: Agent) => string
}

interface Options {
  readonly reason?: string
}

export function defineOrderCommand(words: OrderWords): AnyCommand {
  const { order } = words
  return defineCommand<Options>({
    name: order,
    summary: words.summary,
    arguments: '<agent...>',
    examples: [
      [`sweep ${order} b2x8kd5t`, words.does],
      [`sweep ${order} gpu-07`, 'every agent of a host'],
      [`sweep ${order} b2x c9r --reason "new driver"`, 'several, with a reason that is kept'],
    ],
    options: [{ flags: '--reason <text>', description: 'kept with the agent' }],
    notes: ['With several names: --json prints one document a line.', ...words.notes],
    next: words.next,
    run: async (context, refs, { reason }) => {
      for (const ref of refs) {
        const body = reason === undefined ? {} : { reason }
        const text = await context.api().post(refPath('agents', ref, `/${order}`), body)
        const { agents, changed } = JSON.parse(text) as OrderAgentResponse // the server's own schema
        if (context.isJson) context.print(withSchema(text, `sweep.${order}/1`))
        else if (!changed)
          context.print(`${countOf(agents.length, 'agent')} of ${ref}: so already, nothing to do.`)
        else if (!context.globals.quiet)
          for (const agent of agents)
            context.print(`${agent.id} on ${printable(agent.host)}: ${words.consequence(agent)}`)
      }
      return 0
    },
  })
}
