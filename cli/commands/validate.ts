// `sweep validate`: checks a sweep file, without a server. The answer is on stdout, valid or not.
import { describeSweepFile } from '../../sweeps/describe-sweep-file.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { defineCommand, exitCodeFor, wholeNumber } from '../command.ts'
import { readFileArgument } from '../read-file-argument.ts'
import { renderValidation } from '../validation-text.ts'

interface Options {
  readonly strict: boolean
  readonly sample?: number
  readonly seed?: number
  readonly quantiles?: readonly number[]
  readonly showCommands: boolean
}

export const command = defineCommand<Options>({
  name: 'validate',
  summary: 'Check a sweep file: what it means, what is wrong with it',
  arguments: '<file>',
  examples: [
    ['sweep validate sweep.yaml --sample 3', 'and the command lines of three configurations'],
    ['sweep validate sweep.yaml --strict', 'warnings count as errors'],
    ['sweep validate - --json < sweep.yaml', 'for programs, from standard input'],
  ],
  options: [
    { flags: '--strict', description: 'warnings are errors', default: false },
    { flags: '--sample <n>', description: 'draw so many configurations', parse: wholeNumber(0) },
    { flags: '--seed <n>', description: 'seed of the sample', parse: wholeNumber(0) },
    {
      flags: '--quantiles <u,u,...>',
      description: 'values of each parameter at these quantiles',
      parse: parseQuantiles,
    },
    { flags: '--show-commands', description: 'the command line of each sample', default: false },
  ],
  notes: ['Exit code: 0, or 6 when the file is not valid.'],
  next: ['sweep plan sweep.yaml -n 10', 'sweep create sweep.yaml'],
  run: async (context, [path = ''], options) => {
    const file = await readFileArgument(context, path)
    const described = describeSweepFile(file.text, {
      strict: options.strict,
      showCommands: options.showCommands || !context.isJson,
      envvar: (name) => context.io.env[name],
      ...(options.sample === undefined ? {} : { sampleCount: options.sample }),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.quantiles === undefined ? {} : { quantiles: options.quantiles }),
    })
    if (context.isJson) context.print(described.documentText)
    else if (!context.globals.quiet)
      for (const line of renderValidation(file, described, context)) context.print(line)
    return described.valid ? 0 : exitCodeFor('CONFIG_INVALID')
  },
})

function parseQuantiles(text: string, flag: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)))
  if (values.every((value) => value >= 0 && value <= 1)) return values
  throw new SweepError('USAGE', `${flag}: "${text}" is not a list of numbers from 0 to 1`, {
    hint: 'As in:  --quantiles 0.1,0.5,0.9',
  })
}
