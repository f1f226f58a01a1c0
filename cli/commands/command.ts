// `sweep command`: the command line, environment and files of one run with a given config, without a server.
import { buildCommandLine } from '../../sweeps/command-line.ts'
import { conditionalPaths, groupPaths, parseSweepFile, problemsBeforeRunning } from '../../sweeps/config.ts'
import { SweepConfigError } from '../../sweeps/errors.ts'
import { defineCommand } from '../command.ts'
import { readFileArgument } from '../read-file-argument.ts'
import { quoteForShell } from '../shell-words.ts'

interface Options {
  readonly config: string
}

export const command = defineCommand<Options>({
  name: 'command',
  summary: 'The command line that a run of one configuration would get',
  arguments: '<file>',
  examples: [
    [`sweep command sweep.yaml --config '{"lr": 0.001}'`, 'as a line for a shell'],
    [
      `sweep command sweep.yaml --config '{"lr": 0.001}' --json`,
      'arguments, environment and files, for programs',
    ],
    [`sweep command - --config '{}' < sweep.yaml`, 'the file from standard input'],
  ],
  options: [{ flags: '--config <json>', description: "the run's config, taken as it stands", default: '{}' }],
  notes: ['The run is called run1, the sweep swp1, the working directory <CWD>.'],
  next: ['sweep create sweep.yaml'],
  run: async (context, [path = ''], options) => {
    const file = await readFileArgument(context, path)
    context.setSource(file)
    const { config, warnings } = parseSweepFile(file.text)
    const problems = problemsBeforeRunning(config)
    if (problems.length > 0) throw new SweepConfigError(problems, warnings)
    const line = buildCommandLine({
      command: config.command,
      program: config.program,
      configText: options.config,
      runId: 'run1',
      sweepId: 'swp1',
      cwd: '<CWD>',
      envvar: (name) => context.io.env[name],
      groups: groupPaths(config.parameters),
      conditional: conditionalPaths(config.parameters),
    })
    if (context.isJson) {
      const { argv, env, files, warnings: notes } = line
      context.print(JSON.stringify({ schema: 'sweep.command/1', argv, env, files, warnings: notes }))
    } else context.print(line.argv.map(quoteForShell).join(' '))
    for (const warning of line.warnings) if (!context.globals.quiet) context.note(`! ${warning}`)
    return 0
  },
})
