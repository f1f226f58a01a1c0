// `sweep plan`: the configurations that a fresh sweep would propose next, one by one, without a server.
import { parseSweepFile } from '../../sweeps/config.ts'
import { shownConfigText } from '../../sweeps/config-text.ts'
import { historyOf, parseRunsJsonl, planSweep } from '../../sweeps/plan.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import { readFileArgument } from '../read-file-argument.ts'
import { formatParams } from '../show-values.ts'
import { truncate, writeWithPressure } from '../terminal.ts'

interface Options {
  readonly count?: number
  readonly seed?: number
  readonly runs?: string
}

/** On a terminal nobody wants 10^9 lines. */
const TERMINAL_COUNT = 20

export const command = defineCommand<Options>({
  name: 'plan',
  summary: 'The configurations that a sweep would propose, one by one',
  arguments: '<file>',
  examples: [
    ['sweep plan sweep.yaml -n 10', 'the first ten'],
    ['sweep plan sweep.yaml --json --seed 7 | head -n 3', 'JSON Lines, as they come'],
    ['sweep plan sweep.yaml --runs runs.jsonl -n 1', 'the next one, after these runs'],
  ],
  options: [
    {
      flags: '-n, --count <n>',
      description: `how many (default: all; ${TERMINAL_COUNT} on a terminal)`,
      parse: wholeNumber(0),
    },
    { flags: '--seed <n>', description: 'seed, when the file has none', parse: wholeNumber(0) },
    { flags: '--runs <file>', description: 'runs that have been, one JSON line each' },
  ],
  next: ['sweep command sweep.yaml --config JSON', 'sweep create sweep.yaml'],
  run: async (context, [path = ''], options) => {
    const file = await readFileArgument(context, path)
    context.setSource(file)
    const history =
      options.runs === undefined ? undefined : (await readFileArgument(context, options.runs)).text
    const count = options.count ?? (context.width === null || context.isJson ? undefined : TERMINAL_COUNT)
    const plan = planSweep(file.text, {
      ...(count === undefined ? {} : { count }),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(history === undefined
        ? {}
        : { history: historyOf(parseRunsJsonl(history), parseSweepFile(file.text).config.metric) }),
    })
    for (const { index, configText } of plan) {
      const line = context.isJson
        ? `{"index":${index},"config":${shownConfigText(configText)}}`
        : truncate(
            `${String(index).padStart(5)}  ${formatParams(configText, context.width !== null)}`,
            context.width,
          )
      await writeWithPressure(context.io.stdout, `${line}\n`)
    }
    return 0
  },
})
