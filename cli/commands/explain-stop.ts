// `sweep explain-stop`: which runs of a file early termination would stop now, and why, without a server.
import { parseSweepFile } from '../../sweeps/config.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { explainStop } from '../../sweeps/explain-stop.ts'
import type { StopExplanation } from '../../sweeps/explain-stop.ts'
import { parseRunsJsonl } from '../../sweeps/plan.ts'
import { defineCommand } from '../command.ts'
import { readFileArgument } from '../read-file-argument.ts'
import { countOf, formatMetric } from '../show-values.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly runs?: string
}

export const command = defineCommand<Options>({
  name: 'explain-stop',
  summary: 'Which recorded runs would be stopped early now, and why',
  arguments: '<file>',
  examples: [
    ['sweep explain-stop sweep.yaml --runs runs.jsonl', 'each running run with its check, value and cut'],
    ['sweep explain-stop sweep.yaml --runs - < runs.jsonl', 'runs from standard input'],
    ["sweep explain-stop sweep.yaml --runs runs.jsonl --json | jq '.stopped'", 'for programs'],
  ],
  options: [{ flags: '--runs <file>', description: 'runs as they are, one JSON line each' }],
  next: ['sweep stops SWEEP', 'sweep show RUN'],
  run: async (context, [path = ''], options) => {
    if (options.runs === undefined) {
      throw new SweepError('USAGE', 'no runs are given', {
        hint: 'sweep explain-stop FILE --runs RUNS.jsonl; - reads standard input.',
      })
    }
    const file = await readFileArgument(context, path)
    context.setSource(file)
    const { config } = parseSweepFile(file.text)
    const explained = explainStop(
      config,
      parseRunsJsonl((await readFileArgument(context, options.runs)).text),
    )
    if (context.isJson) context.print(withSchema(JSON.stringify(explained), 'sweep.explain-stop/1'))
    else for (const line of renderExplanation(explained, context.width)) context.print(line)
    return 0
  },
})

function renderExplanation(explained: StopExplanation, width: number | null): string[] {
  const { bands, thresholds, stopped, decisions } = explained
  const cuts = thresholds.map(({ band, threshold, bracket }) => {
    const where = bracket === undefined ? String(band) : `${band} (bracket ${bracket})`
    return `${where}: ${formatMetric(threshold, width !== null)}`
  })
  const lines = [
    `checks at ${bands.join(', ')}`,
    `cuts      ${cuts.join(' · ') || 'none: no run reached a check'}`,
  ]
  if (decisions.length > 0) {
    lines.push(
      '',
      ...layOutTable(
        [{ title: 'run' }, { title: '' }, { title: 'why', isElastic: true }],
        decisions.map(({ run, stop, reason }) => [printable(run), stop ? 'stop' : 'keep', printable(reason)]),
        { width },
      ),
    )
  }
  return [...lines, `${countOf(stopped.length, 'run')} of ${decisions.length} running would be stopped.`]
}
