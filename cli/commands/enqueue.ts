// `sweep enqueue`: puts configurations of one's own into a sweep's queue.
import type { EnqueueResponse } from '../../sweeps/sweep-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { nameOf, startAgentsHint } from '../edit-text.ts'
import { renderProblems } from '../print-error.ts'
import { readFileArgument } from '../read-file-argument.ts'
import { countOf, formatParams } from '../show-values.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly file?: string
  readonly repeat: boolean
  readonly dryRun: boolean
}

export const command = defineCommand<Options>({
  name: 'enqueue',
  summary: 'Put configurations of your own into the queue',
  arguments: '<id> [settings...]',
  examples: [
    ['sweep enqueue k3v9r2td lr=1e-3 opt=adamw', 'one configuration; constants are filled in'],
    ['sweep enqueue k3v9 -f configs.jsonl', 'one a line; also YAML, also - for standard input'],
    ['sweep enqueue k3v9 lr=1e-3 opt=adamw --repeat', 'once more, with another seed'],
  ],
  options: [
    { flags: '-f, --file <file>', description: 'JSON Lines, or a mapping or a list in YAML or JSON' },
    { flags: '--repeat', description: 'also what the sweep has tried before', default: false },
    { flags: '--dry-run', description: 'check them, add nothing', default: false },
  ],
  notes: [
    'They come before new proposals, count against run_cap, and the method learns from them.',
    'What the sweep has already is left out. A finished sweep is opened again, for these alone.',
  ],
  next: ['sweep runs ID -w state:queued', 'sweep extend ID --runs +50'],
  run: async (context, [ref = '', ...settings], options) => {
    const text = await readConfigs(context, settings, options.file)
    const { repeat, dryRun } = options
    const body = { text, repeat, dryRun }
    const answerText = await context.api().post(refPath('sweeps', ref, '/enqueue'), body)
    if (context.isJson) {
      context.print(withSchema(answerText, 'sweep.enqueue/1'))
      return 0
    }
    const answer = JSON.parse(answerText) as EnqueueResponse // the server's own schema
    if (context.globals.quiet) for (const { runId } of answer.enqueued) context.print(runId ?? '')
    else tell(context, answer, dryRun)
    return 0
  },
})

function tell(context: CommandContext, answer: EnqueueResponse, isDryRun: boolean): void {
  const { sweep, enqueued, known, warnings } = answer
  if (warnings.length > 0) context.note(renderProblems(warnings, { hasColor: false, mark: '!' }))
  for (const { runId, configText } of enqueued)
    context.print(`${runId ?? 'would be '}  ${printable(formatParams(configText, false))}`)
  for (const { runId, state, configText } of known)
    context.note(`${runId} is ${state} with ${printable(formatParams(configText, false))}: left out.`)
  if (known.length > 0) context.note('To train them once more:  --repeat')
  const would = isDryRun ? 'Would enqueue' : 'Enqueued'
  context.print(`${would} ${countOf(enqueued.length, 'run')} in ${nameOf(sweep)}.`)
  const hint = isDryRun || enqueued.length === 0 ? null : startAgentsHint(sweep)
  if (hint !== null) context.note(hint)
}

async function readConfigs(
  context: CommandContext,
  settings: readonly string[],
  file: string | undefined,
): Promise<string> {
  if (file !== undefined && settings.length > 0)
    throw new SweepError('USAGE', 'either key=value or -f FILE, not both')
  if (file !== undefined) {
    const source = await readFileArgument(context, file)
    if (source.text.trim() === '')
      throw new SweepError('USAGE', `${source.name} is empty`, { hint: 'One configuration a line.' })
    context.setSource({ name: source.name, text: source.text })
    return source.text
  }
  const stray = settings.find((word) => word.indexOf('=') < 1)
  if (settings.length === 0 || stray !== undefined)
    throw new SweepError(
      'USAGE',
      stray === undefined ? 'no configuration is given' : `"${stray}" is not key=value`,
      { hint: 'As in:  sweep enqueue ID lr=1e-3 opt=adamw    or  -f configs.jsonl' },
    )
  const { applySettings } = await import('../../sweeps/config.ts')
  return applySettings('{}\n', settings)
}
