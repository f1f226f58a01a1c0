// `sweep runs`: the runs of a sweep, or of a project, one line each.
import type { ListRunsResponse, RunJson } from '../../sweeps/api-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import { durationOf } from '../ranking-text.ts'
import { formatMetric, formatParams, stateLabel } from '../show-values.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly where?: string
  readonly sort?: string
  readonly limit?: number
}

export const command = defineCommand<Options>({
  name: 'runs',
  summary: 'List the runs of a sweep, or of a project',
  arguments: '[id]',
  examples: [
    ['sweep runs k3v9r2td', 'all runs of a sweep'],
    ["sweep runs @last -w 'state:failed lr>=1e-3'", 'those that a filter takes (sweep help filters)'],
    ['sweep runs --project vision --sort -val_loss --limit 20', 'of a whole project, sorted'],
  ],
  options: [
    { flags: '-w, --where <filter>', description: 'only the runs that it takes' },
    { flags: '--sort <column>', description: 'column to sort by, - in front for descending' },
    { flags: '--limit <n>', description: 'at most so many', parse: wholeNumber(0) },
  ],
  next: ['sweep show RUN', 'sweep logs RUN', 'sweep best ID'],
  run: async (context, [ref], options) => {
    const { project } = context
    if (ref === undefined && project === undefined) {
      throw new SweepError('USAGE', 'which runs?', {
        hint: 'Name a sweep (sweep runs @last) or a project (--project P).',
      })
    }
    const query = { where: options.where, sort: options.sort, limit: options.limit }
    const api = context.api()
    const text =
      ref === undefined
        ? await api.get('/runs', { ...query, project })
        : await api.get(refPath('sweeps', ref, '/runs'), query)
    if (context.isJson) {
      context.print(withSchema(text, 'sweep.runs/1'))
      return 0
    }
    const { runs, total } = JSON.parse(text) as ListRunsResponse // the server's own schema
    if (context.globals.quiet) for (const run of runs) context.print(run.id)
    else if (runs.length === 0) context.note(options.where ? 'No run fits the filter.' : 'No runs yet.')
    else for (const line of renderRuns(runs, context.width)) context.print(line)
    if (runs.length < total && !context.globals.quiet)
      context.note(`${runs.length} of ${total} runs shown (--limit).`)
    return 0
  },
})

export function renderRuns(runs: readonly RunJson[], width: number | null): string[] {
  const rows = runs.map((run) => [
    run.rank === null ? '–' : String(run.rank),
    run.id,
    stateLabel(run.state),
    formatMetric(run.value, width !== null),
    formatParams(run.configText, width !== null),
    durationOf(run),
    String(run.attempt),
    printable(run.attempts.at(-1)?.host ?? '–'),
  ])
  return layOutTable(
    [
      { title: '#', align: 'right' },
      { title: 'run' },
      { title: 'state' },
      { title: 'value' },
      { title: 'params', isElastic: true },
      { title: 'took', align: 'right' },
      { title: 'attempt', align: 'right' },
      { title: 'host' },
    ],
    rows,
    { width },
  )
}
