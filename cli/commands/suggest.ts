// `sweep suggest`: what to try next, without a server: once for recorded runs, or line by line for a program that drives.
import { createInterface } from 'node:readline'
import { parseSweepFile } from '../../sweeps/config.ts'
import { shownConfigText } from '../../sweeps/config-text.ts'
import { STOPPING_TYPES } from '../../sweeps/stopping-settings.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { historyOf, parseRunsJsonl } from '../../sweeps/plan.ts'
import { suggestNext } from '../../sweeps/suggest-next.ts'
import type { StoppingType } from '../../sweeps/stopping-settings.ts'
import { createSuggestSession } from '../../sweeps/suggest-session.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { readOwnVersion } from '../own-version.ts'
import { errorAsJson, toSweepError } from '../print-error.ts'
import { readFileArgument } from '../read-file-argument.ts'
import { formatParams } from '../show-values.ts'
import { truncate, writeWithPressure } from '../terminal.ts'

interface Options {
  readonly runs?: string
  readonly count: number
  readonly seed?: number
  readonly stdio?: boolean
  readonly method: string
  readonly rule?: StoppingType
}

export const command = defineCommand<Options>({
  name: 'suggest',
  summary: 'The configurations to try next, after the runs of a file, with the reason',
  arguments: '[file]',
  examples: [
    ['sweep suggest sweep.yaml --runs runs.jsonl', 'one configuration'],
    ['sweep suggest sweep.yaml --runs runs.jsonl -n 8 --json', 'eight to run at once, as JSON Lines'],
    ['sweep suggest --stdio', 'JSON lines in and out: init, ask, report, tell, close'],
  ],
  options: [
    { flags: '--runs <file>', description: 'runs that have been, one JSON line each' },
    { flags: '-n, --count <n>', description: 'how many', parse: wholeNumber(0), default: 1 },
    { flags: '--seed <n>', description: 'seed, when the file has none', parse: wholeNumber(0) },
    { flags: '--stdio', description: 'answer a program that drives', default: false },
    {
      flags: '--method <name>',
      description: 'method, with --stdio',
      choices: ['bayes', 'random', 'grid'],
      default: 'bayes',
    },
    {
      flags: '--rule <name>',
      description: 'how runs are stopped early, with --stdio',
      choices: STOPPING_TYPES,
    },
  ],
  next: ['sweep plan sweep.yaml', 'sweep command sweep.yaml --config JSON'],
  run: async (context, [path], options) => {
    if (options.stdio) return answerDriver(context, options)
    if (path === undefined) {
      throw new SweepError('USAGE', 'no sweep file is given', {
        hint: 'sweep suggest FILE --runs RUNS.jsonl, or sweep suggest --stdio for a program.',
      })
    }
    const file = await readFileArgument(context, path)
    context.setSource(file)
    const { config } = parseSweepFile(file.text)
    const runs =
      options.runs === undefined ? [] : parseRunsJsonl((await readFileArgument(context, options.runs)).text)
    const seed = config.seed ?? options.seed ?? 0
    for (const next of suggestNext(config, seed, historyOf(runs, config.metric), options.count)) {
      const line = context.isJson
        ? `{"config":${shownConfigText(next.configText)},"explain":${next.suggestedBy}}`
        : truncate(formatParams(next.configText, context.width !== null), context.width)
      await writeWithPressure(context.io.stdout, `${line}\n`)
    }
    return 0
  },
})

/** A line that cannot be answered gets an error as its answer, and the next one is read. */
async function answerDriver(context: CommandContext, { method, rule }: Options): Promise<number> {
  const session = createSuggestSession({ method, rule, version: await readOwnVersion() })
  for await (const line of createInterface({ input: context.io.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    let answer: string | null
    try {
      answer = session.handle(line)
    } catch (error) {
      answer = errorAsJson(toSweepError(error))
    }
    if (answer === null) break
    await writeWithPressure(context.io.stdout, `${answer}\n`)
  }
  return 0
}
