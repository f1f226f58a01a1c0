// `sweep agents`: the training machines, one line each.
import type { ListAgentsResponse } from '../../sweeps/agent-schema.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { formatAge } from '../durations.ts'
import { countOf } from '../show-values.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'
import { watchAgents } from '../watch-agents.ts'
import { withSchema } from '../with-schema.ts'

type Agent = ListAgentsResponse['agents'][number]

interface Options {
  readonly all: boolean
  readonly watch: boolean
}

export const command = defineCommand<Options>({
  name: 'agents',
  summary: 'List agents, of one sweep or of all',
  arguments: '[id]',
  examples: [
    ['sweep agents', 'every agent that has not left'],
    ['sweep agents k3v9r2td', 'those that work one sweep'],
    ['sweep agents --watch', 'the list, kept up to date until Ctrl-C'],
    ["sweep agents --json | jq '.agents[] | select(.suspect)'", 'those that have gone silent'],
  ],
  options: [
    { flags: '--all', description: 'also those that have left', default: false },
    { flags: '--watch', description: 'go on, every 2 s, until Ctrl-C or --timeout', default: false },
  ],
  next: ['sweep agent ID       work a sweep on this machine', 'sweep runs ID -w state:running'],
  run: async (context, [ref], options) => {
    const select = (agents: readonly Agent[]) =>
      options.all ? agents : agents.filter((agent) => agent.state !== 'left')
    const render = (agents: readonly Agent[], width: number | null) => renderList(agents, width, context)
    if (options.watch) {
      await watchAgents(context, { sweepRef: ref, select, render })
      return 0
    }
    const text = await context.api().get('/agents', { sweep: ref })
    if (context.isJson) {
      context.print(withSchema(text, 'sweep.agents/1'))
      return 0
    }
    const shown = select((JSON.parse(text) as ListAgentsResponse).agents) // the server's own schema
    if (shown.length === 0 && !context.globals.quiet)
      context.note(`No agents.  Start one:  sweep agent ${ref ?? '@last'}`)
    else for (const line of render(shown, context.width)) context.print(line)
    return 0
  },
})

function renderList(
  agents: readonly Agent[],
  width: number | null,
  { globals }: Pick<CommandContext, 'globals'>,
): string[] {
  if (globals.quiet) return agents.map(({ id }) => id)
  return agents.length === 0 ? ['No agents.'] : [...renderAgents(agents, width), ...explainAgents(agents)]
}

export function renderAgents(agents: readonly Agent[], width: number | null): string[] {
  const rows = agents.map((agent) => [
    agent.id,
    printable(agent.host),
    `${agent.busy}/${agent.slots}`,
    utilizationOf(agent),
    `${agent.runs.finished}/${agent.runs.failed}`,
    nowOf(agent),
    formatAge(agent.silentMs),
  ])
  return layOutTable(
    [
      { title: 'agent' },
      { title: 'host' },
      { title: 'slots' },
      { title: 'gpu util' },
      { title: 'runs ok/fail' },
      { title: 'now', isElastic: true },
      { title: 'last seen' },
    ],
    rows,
    { width },
  )
}

/** Under the table: why an agent gets no work, and the last error of those that fail. */
export function explainAgents(agents: readonly Agent[]): string[] {
  return agents.flatMap((agent) => {
    if (agent.quarantine)
      return [`  ${agent.id}: ${printable(agent.quarantine.reason)}  sweep undrain ${agent.id}`]
    if (agent.lastError && agent.runs.failed > 0)
      return [`  ${agent.id}: last error of ${agent.lastError.runId}: ${printable(agent.lastError.text)}`]
    return []
  })
}

function utilizationOf({ utilization }: Agent): string {
  const percent = utilization?.gpuPercent ?? null
  return percent === null ? '-' : `${percent}%`
}

function nowOf(agent: Agent): string {
  if (agent.quarantine) return 'quarantined'
  if (agent.state === 'lost') return `lost ${formatAge(agent.silentMs)} ago`
  if (agent.state !== 'alive') return agent.state
  if (agent.suspect) return `silent for ${formatAge(agent.silentMs)}`
  return agent.now.length === 0 ? 'idle' : countOf(agent.now.length, 'run')
}
