// `sweep best`: the ranking, or the best run's config as arguments, variables or YAML.
import type { BestRunsResponse, RunJson } from '../../sweeps/run-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand, exitCodeFor, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { fetchOutlook } from '../top/outlook.ts'
import { renderRanking } from '../ranking-text.ts'
import { configAsArguments, configAsEnvironment, configAsYaml } from '../config-output.ts'
import { fetchSweep, readStoredConfig, readTrainingWords } from '../sweep-state.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly count: number
  readonly summary?: 'best' | 'last' | 'min' | 'max'
  readonly include?: 'running'
  readonly args: boolean
  readonly env: boolean
  readonly yaml: boolean
}

export const command = defineCommand<Options>({
  name: 'best',
  summary: 'The ranking of a sweep',
  arguments: '<id>',
  examples: [
    ['sweep best k3v9r2td -n 3', 'the three best runs'],
    ['python train.py $(sweep best @last --args)', 'train the best one again'],
    ["sweep best k3v9 --json | jq '.runs[0].config'", 'its config, for programs'],
  ],
  options: [
    { flags: '-n, --count <n>', description: 'how many runs', parse: wholeNumber(1), default: 5 },
    {
      flags: '--summary <which>',
      description: 'rank by best, last, min or max',
      choices: ['best', 'last', 'min', 'max'],
    },
    {
      flags: '--include <what>',
      description: 'running: show them where they would rank',
      choices: ['running'],
    },
    { flags: '--args', description: "the best run's config as arguments", default: false },
    { flags: '--env', description: 'the same as shell variables, for eval', default: false },
    { flags: '--yaml', description: 'the same as YAML', default: false },
  ],
  notes: ['Exit code 8 when nothing is ranked yet.'],
  next: ['sweep show RUN', 'sweep export ID -o runs.csv'],
  run: async (context, [ref = ''], options) => {
    const isConfigOnly = options.args || options.env || options.yaml
    if ([options.args, options.env, options.yaml, context.isJson].filter(Boolean).length > 1) {
      throw new SweepError('USAGE', '--args, --env, --yaml and --json exclude each other')
    }
    const api = context.api()
    const text = await api.get(refPath('sweeps', ref, '/best'), {
      n: isConfigOnly ? 1 : options.count,
      summary: options.summary,
      include: isConfigOnly ? undefined : options.include,
    })
    const best = JSON.parse(text) as BestRunsResponse // the server's own schema
    const isEmpty = !best.runs.some((run) => run.rank !== null)
    if (context.isJson) context.print(withSchema(text, 'sweep.best/1'))
    if (isEmpty && (context.isJson || isConfigOnly)) throw nothingRanked(best)
    if (context.isJson) return 0
    if (isConfigOnly) {
      const run = best.runs[0]
      if (run === undefined) throw nothingRanked(best)
      context.print(options.args ? await argumentsOf(context, best, run) : configOutput(run, options))
      return 0
    }
    if (context.globals.quiet) {
      for (const run of best.runs) context.print(run.id)
      return isEmpty ? exitCodeFor('NOTHING_YET') : 0
    }
    const sweep = await fetchSweep(api, best.sweep.id)
    const trainingWords = await readTrainingWords(sweep)
    // The noise is of the sweep's own ranking
    const isOwn = options.summary === undefined && options.include === undefined && !isEmpty
    const outlook = isOwn ? await fetchOutlook(api, best.sweep.id, Date.now) : null
    const noiseText = outlook?.noiseText ?? null
    const look = {
      paint: context.paint,
      width: context.width,
      summary: options.summary,
      trainingWords,
      noiseText,
    }
    for (const line of renderRanking(best, sweep, look)) context.print(line)
    if (isEmpty) throw nothingRanked(best)
    return 0
  },
})

function nothingRanked(best: BestRunsResponse): SweepError {
  return new SweepError('NOTHING_YET', `${best.sweep.id} has no ranked run yet`, {
    hint: `Its runs:     sweep runs ${best.sweep.id}\nWait for it:  sweep wait ${best.sweep.id}`,
  })
}

function configOutput(run: RunJson, options: Options): string {
  return options.yaml ? configAsYaml(run.configText).trimEnd() : configAsEnvironment(run.configText)
}

async function argumentsOf(context: CommandContext, best: BestRunsResponse, run: RunJson): Promise<string> {
  const config = await readStoredConfig(await fetchSweep(context.api(), best.sweep.id))
  const { groupPaths } = await import('../../sweeps/config.ts')
  return configAsArguments(run.configText, config === null ? [] : groupPaths(config.parameters))
}
