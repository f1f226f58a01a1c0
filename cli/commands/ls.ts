// `sweep ls`: every sweep on one line.
import type { ListAgentsResponse } from '../../sweeps/agent-schema.ts'
import type { ListSweepsResponse, SweepJson } from '../../sweeps/sweep-schema.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import { formatAge } from '../durations.ts'
import { formatMetric, stateLabel } from '../show-values.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly state?: string
  readonly limit?: number
}

export const command = defineCommand<Options>({
  name: 'ls',
  summary: 'List sweeps, newest first',
  examples: [
    ['sweep ls', 'all sweeps'],
    ['sweep ls --state running,paused --project vision', 'the open ones of a project'],
    ["sweep ls --json | jq -r '.sweeps[].id'", 'their ids'],
  ],
  options: [
    { flags: '--state <states>', description: 'only these, separated by commas' },
    { flags: '--limit <n>', description: 'at most so many', parse: wholeNumber(1) },
  ],
  next: ['sweep show ID', 'sweep best ID'],
  run: async (context, _args, options) => {
    const api = context.api()
    const text = await api.get('/sweeps', { project: context.project, state: options.state })
    if (context.isJson && options.limit === undefined) {
      context.print(withSchema(text, 'sweep.ls/1'))
      return 0
    }
    const all = (JSON.parse(text) as ListSweepsResponse).sweeps // the server's own schema
    const sweeps = options.limit === undefined ? all : all.slice(0, options.limit)
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.ls/1', sweeps }))
    else if (context.globals.quiet) for (const sweep of sweeps) context.print(sweep.id)
    else if (sweeps.length === 0) context.note('No sweeps yet.  Create one:  sweep create sweep.yaml')
    else {
      const { agents } = JSON.parse(await api.get('/agents')) as ListAgentsResponse // the server's own schema
      for (const line of renderSweeps(sweeps, agents, context.now(), context.width)) context.print(line)
    }
    return 0
  },
})

type AgentFacts = Pick<ListAgentsResponse['agents'][number], 'state' | 'sweepIds'>

/** @param width columns of the terminal; null: nothing is cut */
export function renderSweeps(
  sweeps: readonly SweepJson[],
  agents: readonly AgentFacts[],
  now: number,
  width: number | null,
): string[] {
  const rows = sweeps.map((sweep) => [
    sweep.id,
    printable(sweep.name),
    stateLabel(sweep.state),
    sweep.best && sweep.metric
      ? `${printable(sweep.metric.name)} ${formatMetric(sweep.best.value, width !== null)}`
      : '–',
    progressOf(sweep),
    agentsOf(sweep, agents),
    formatAge(now - Date.parse(sweep.createdAt)),
  ])
  const titles = ['sweep', 'name', 'state', 'best', 'runs', 'agents', 'age']
  return layOutTable(
    titles.map((title) => ({ title, isElastic: title === 'name' })),
    rows,
    { width },
  )
}

/** `118/200`: runs that ended, of the cap or the size when there is one. */
function progressOf(sweep: SweepJson): string {
  const { finished, stopped, failed, cancelled, lost } = sweep.counts
  const cap = sweep.runCap ?? sweep.size
  return `${finished + stopped + failed + cancelled + lost}${cap === null ? '' : `/${cap}`}`
}

/** `5/6`: alive, of those that have not left. */
function agentsOf(sweep: SweepJson, agents: readonly AgentFacts[]): string {
  const here = agents.filter(
    (agent) => agent.state !== 'left' && agent.sweepIds.some((id) => id === sweep.id),
  )
  if (here.length === 0) return '–'
  return `${here.filter((agent) => agent.state !== 'lost').length}/${here.length}`
}
